//! The board: messages under keys, and an outbox.

use std::sync::Arc;

use acquaint_consensus::{At, Machine};
use acquaint_history::NumberSet;
use acquaint_storage::codec::{self, Stored};
use acquaint_storage::{Batch, Error, GroupId, Key, KeyRange, Order, Read, Store};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::command::{Command, Parcel};
use super::{Tally, digest};
use crate::audit::{Applied, Audit, Effect};

/// Rows that a trim deletes at most.
const TRIM_ROWS_MAX: usize = 1_000;
/// Messages that a read looks at, at most.
const PINNED_MAX: usize = 100_000;

/// The machine of a board.
pub(crate) struct Board {
    node: u64,
    audit: Audit,
}

/// A message under a key, with the index of the command that pinned it.
#[derive(Serialize, Deserialize)]
struct Pinned {
    index: u64,
}

impl Stored for Pinned {
    const NAME: &'static str = "Pinned";
    const VERSION: u8 = 1;
}

impl Board {
    pub(crate) fn machine(node: u64, audit: Audit) -> Arc<dyn Machine> {
        Arc::new(Board { node, audit })
    }

    fn change(at: At, command: Command, batch: &mut Batch<'_>) -> Result<Effect, Error> {
        let At { group, index } = at;
        match command {
            Command::Pin { key, message, .. } => {
                let row = pinned_key(group, key, message);
                if batch.contains(&row)? {
                    return Ok(Effect::Nothing);
                }
                batch.put(&row, &Pinned { index });
                let parcel = Parcel {
                    index,
                    key,
                    message,
                };
                batch.put(&parcel_key(group, index), &parcel);
                Ok(Effect::Pinned { key, message })
            }
            Command::Trim { through } => {
                let range = KeyRange::outbox(group).before(&parcel_key(group, through + 1));
                for (key, _) in batch.scan_bytes(&range, Order::Ascending, TRIM_ROWS_MAX)? {
                    batch.delete(&Key::decode(&key)?);
                }
                Ok(Effect::Nothing)
            }
            Command::Deliver { .. } => Ok(Effect::Nothing),
        }
    }
}

impl Machine for Board {
    fn apply(&self, at: At, bytes: &[u8], batch: &mut Batch<'_>) -> Result<Bytes, Error> {
        let command: Command = codec::decode(bytes)?;
        let effect = Self::change(at, command, batch)?;
        let tally = Tally::count(&tally_key(at.group), at.index, bytes, batch)?;
        self.audit.applied(&Applied {
            node: self.node,
            at,
            command: digest(0, bytes),
            effect,
            tally,
        });
        Ok(Bytes::copy_from_slice(&at.index.to_be_bytes()))
    }
}

/// The messages under a key.
pub(crate) fn pinned(store: &Store, group: GroupId, key: u8) -> Result<NumberSet, Error> {
    let first = pinned_key(group, key, 0);
    let range = KeyRange::changes(group).starting_at(&first);
    let range = match key.checked_add(1) {
        Some(next) => range.before(&pinned_key(group, next, 0)),
        None => range.before(&tally_key(group)),
    };
    let rows = (store.snapshot()).scan_bytes(&range, Order::Ascending, PINNED_MAX)?;
    let mut messages = NumberSet::new();
    for (row, _) in rows {
        if let Key::Change { index, .. } = Key::decode(&row)? {
            messages.insert(u32::try_from(index & u64::from(u32::MAX)).unwrap_or(u32::MAX));
        }
    }
    Ok(messages)
}

/// Parcels after an index that wait to be collected.
pub(crate) fn outbox_after(
    store: &Store,
    group: GroupId,
    index: u64,
    limit: usize,
) -> Result<Vec<Parcel>, Error> {
    let range = KeyRange::outbox(group).after(&parcel_key(group, index));
    let rows = store
        .snapshot()
        .scan::<Parcel>(&range, Order::Ascending, limit)?;
    Ok(rows.into_iter().map(|(_, parcel)| parcel).collect())
}

fn pinned_key(group: GroupId, key: u8, message: u32) -> Key {
    Key::Change {
        group,
        index: u64::from(key) << 32 | u64::from(message),
        seq: 0,
    }
}

fn tally_key(group: GroupId) -> Key {
    Key::Change {
        group,
        index: u64::MAX,
        seq: 0,
    }
}

fn parcel_key(group: GroupId, index: u64) -> Key {
    Key::Outbox {
        group,
        index,
        seq: 0,
    }
}
