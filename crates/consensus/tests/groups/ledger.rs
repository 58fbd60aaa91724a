//! The machine of these tests, and a node that runs it.
//!
//! A ledger counts its commands and chains them into a digest, so that two ledgers are equal only
//! if they applied the same commands in the same order. It notices an entry that is applied twice.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use acquaint_consensus::{At, Consensus, Group, Machine, Options, Runtime, TokioRuntime};
use acquaint_storage::codec::Stored;
use acquaint_storage::{Batch, Error, GroupId, Key, Read, SlotMap, Store, StoreOptions};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// A command that the ledger cannot apply, unless it is a forgiving one.
pub(crate) const POISON: &[u8] = b"poison";

/// What a ledger has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entries {
    pub(crate) count: u64,
    pub(crate) digest: u64,
}

/// The mark of an entry that was applied.
#[derive(Serialize, Deserialize)]
struct Mark;

#[derive(Default)]
pub(crate) struct Ledger {
    pub(crate) forgives: bool,
}

impl Stored for Entries {
    const NAME: &'static str = "Entries";
    const VERSION: u8 = 1;
}

impl Stored for Mark {
    const NAME: &'static str = "Mark";
    const VERSION: u8 = 1;
}

impl Machine for Ledger {
    fn apply(&self, at: At, command: &[u8], batch: &mut Batch<'_>) -> Result<Bytes, Error> {
        let At { group, index } = at;
        if command == POISON && !self.forgives {
            return Err(Error::LogHole { group, index });
        }
        let mark = Key::Outbox {
            group,
            index,
            seq: 0,
        };
        assert!(!batch.contains(&mark)?, "{group} applied {index} twice");
        batch.put(&mark, &Mark);
        let key = entries_key(group);
        let mut entries: Entries = batch.get(&key)?.unwrap_or_default();
        entries.count += 1;
        entries.digest = chain(entries.digest, index, command);
        batch.put(&key, &entries);
        Ok(Bytes::copy_from_slice(&entries.count.to_be_bytes()))
    }
}

pub(crate) fn group(k: u16) -> GroupId {
    GroupId::Anchors(k)
}

pub(crate) fn slot_map(groups: u16) -> SlotMap {
    SlotMap::new(groups)
}

pub(crate) fn open(directory: &Path) -> Store {
    let mut options = StoreOptions::new(directory);
    options.cache_bytes = 1 << 20;
    options.free_bytes_min = 0;
    Store::open(&options).unwrap()
}

pub(crate) fn options(store: &Store, groups: u16) -> Options {
    let machine = |k| {
        let machine: Arc<dyn Machine> = Arc::new(Ledger::default());
        (group(k), machine)
    };
    let groups_and_machines = (0..groups).map(machine).collect();
    let mut options = Options::new(1, store.clone(), slot_map(groups), groups_and_machines);
    options.purge_interval = Duration::ZERO;
    options
}

/// A node with this many groups on tokio.
pub(crate) async fn start(store: &Store, groups: u16) -> Consensus<TokioRuntime> {
    Consensus::start(options(store, groups)).await.unwrap()
}

pub(crate) async fn propose<R: Runtime>(group: &Group<R>, command: &'static [u8]) -> u64 {
    let applied = group.propose(Bytes::from_static(command)).await.unwrap();
    u64::from_be_bytes(applied.outcome.as_ref().try_into().unwrap())
}

pub(crate) fn entries(store: &Store, id: GroupId) -> Entries {
    let entries = store.snapshot().get(&entries_key(id)).unwrap();
    entries.unwrap_or_default()
}

fn entries_key(group: GroupId) -> Key {
    Key::Change {
        group,
        index: 0,
        seq: 0,
    }
}

/// FNV-1a over everything so far.
fn chain(digest: u64, index: u64, command: &[u8]) -> u64 {
    let bytes = index
        .to_be_bytes()
        .into_iter()
        .chain(command.iter().copied());
    bytes.fold(digest ^ 0xcbf2_9ce4_8422_2325, |digest, byte| {
        (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
