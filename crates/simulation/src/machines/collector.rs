//! The collector: every message once, whoever delivers it how often.

use std::sync::Arc;

use acquaint_consensus::{At, Machine};
use acquaint_storage::codec::{self, Stored};
use acquaint_storage::{Batch, Error, GroupId, Key, KeyRange, Order, Read, Store};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::command::{Command, Parcel};
use super::{Tally, digest};
use crate::audit::{Applied, Audit, Effect};

/// Messages that are listed, at most.
const COLLECTED_MAX: usize = 1_000_000;

/// The machine of the collector.
pub(crate) struct Collector {
    node: u64,
    audit: Audit,
}

/// How far the outbox of a board was taken.
#[derive(Default, Serialize, Deserialize)]
struct Watermark {
    index: u64,
}

/// How often a message was taken: more than once is a fault.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Taken {
    /// The number of the board.
    pub(crate) from: u16,
    pub(crate) key: u8,
    pub(crate) message: u32,
    pub(crate) times: u32,
}

impl Stored for Watermark {
    const NAME: &'static str = "Watermark";
    const VERSION: u8 = 1;
}

impl Stored for Taken {
    const NAME: &'static str = "Taken";
    const VERSION: u8 = 1;
}

impl Collector {
    pub(crate) fn machine(node: u64, audit: Audit) -> Arc<dyn Machine> {
        Arc::new(Collector { node, audit })
    }

    fn take(at: At, from: GroupId, parcels: &[Parcel], batch: &mut Batch<'_>) -> Result<(), Error> {
        let key = watermark_key(at.group, from);
        let mut watermark: Watermark = batch.get(&key)?.unwrap_or_default();
        for parcel in parcels {
            if parcel.index <= watermark.index {
                continue;
            }
            watermark.index = parcel.index;
            let key = taken_key(at.group, from, parcel);
            let before: Taken = batch.get(&key)?.unwrap_or_default();
            let taken = Taken {
                from: from.number(),
                key: parcel.key,
                message: parcel.message,
                times: before.times + 1,
            };
            batch.put(&key, &taken);
        }
        batch.put(&key, &watermark);
        Ok(())
    }
}

impl Machine for Collector {
    fn apply(&self, at: At, bytes: &[u8], batch: &mut Batch<'_>) -> Result<Bytes, Error> {
        if let Command::Deliver { from, parcels } = codec::decode(bytes)? {
            Self::take(at, from, &parcels, batch)?;
        }
        let tally = Tally::count(&tally_key(at.group), at.index, bytes, batch)?;
        self.audit.applied(&Applied {
            node: self.node,
            at,
            command: digest(0, bytes),
            effect: Effect::Nothing,
            tally,
        });
        Ok(Bytes::copy_from_slice(&at.index.to_be_bytes()))
    }
}

/// Up to which index the outbox of a board was taken.
pub(crate) fn watermark(store: &Store, collector: GroupId, from: GroupId) -> Result<u64, Error> {
    let row = store
        .snapshot()
        .get::<Watermark>(&watermark_key(collector, from))?;
    Ok(row.map_or(0, |row| row.index))
}

/// Everything that was taken.
pub(crate) fn collected(store: &Store, collector: GroupId) -> Result<Vec<Taken>, Error> {
    let range = KeyRange::profile_changes(collector).before(&tally_key(collector));
    let rows = store
        .snapshot()
        .scan::<Taken>(&range, Order::Ascending, COLLECTED_MAX)?;
    Ok(rows.into_iter().map(|(_, taken)| taken).collect())
}

fn watermark_key(identity: GroupId, from: GroupId) -> Key {
    Key::Watermark { identity, from }
}

fn tally_key(group: GroupId) -> Key {
    Key::ProfileChange {
        group,
        index: u64::MAX,
        seq: 0,
    }
}

fn taken_key(group: GroupId, from: GroupId, parcel: &Parcel) -> Key {
    Key::ProfileChange {
        group,
        index: u64::from(from.number()) << 40
            | u64::from(parcel.key) << 32
            | u64::from(parcel.message),
        seq: 0,
    }
}
