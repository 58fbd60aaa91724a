//! What is seen of the cluster, told to every invariant at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use acquaint_consensus::{At, Status};
use acquaint_history::NumberSet;
use acquaint_storage::row::EntryRow;
use acquaint_storage::{GroupId, LogMeta, Store, codec};
use parking_lot::Mutex;

use crate::invariants::{self, Invariant};
use crate::machines::{Taken, Tally, digest};
use crate::trace::Trace;

/// Bytes of entries that one look at a log reads.
const LOOK_BYTES_MAX: usize = 64 << 20;

/// Watches a cluster. Clones are the same.
#[derive(Clone)]
pub(crate) struct Audit {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    invariants: Vec<Box<dyn Invariant>>,
    broken: Option<String>,
    trace: Trace,
    /// Up to where the log of each replica was looked at and cannot change any more.
    looked: BTreeMap<(u64, GroupId), u64>,
    /// How many things each invariant was shown.
    events: u64,
}

/// Something that was seen.
pub(crate) enum Event<'a> {
    /// A replica applies a command.
    Applied(&'a Applied),
    /// A replica was looked at.
    Seen(&'a Sight),
    /// A client was told that its command was applied at this index. So many voters had it in their logs.
    Acknowledged { at: At, held: usize, voters: usize },
    /// A node answered a read from its state at this index of the group.
    Read {
        at: At,
        key: u8,
        seen: &'a NumberSet,
    },
    /// A node's disk is gone, with the node: what was known of it holds no longer.
    Wiped { node: u64 },
    /// Nothing is wrong any more and everything has come to rest.
    Settled(&'a Settled),
}

/// A command as a replica applied it.
pub(crate) struct Applied {
    pub(crate) node: u64,
    pub(crate) at: At,
    /// The digest of the command.
    pub(crate) command: u64,
    pub(crate) effect: Effect,
    /// What the group has come to by it.
    pub(crate) tally: Tally,
}

/// What a command changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Nothing,
    Pinned { key: u8, message: u32 },
}

/// One replica at one moment.
pub(crate) struct Sight {
    pub(crate) node: u64,
    pub(crate) group: GroupId,
    pub(crate) status: Status,
    /// The last applied index in the store.
    pub(crate) applied: u64,
    /// The last purged index in the store.
    pub(crate) purged: u64,
    /// The last index in the log.
    pub(crate) last_log: u64,
    /// The entries that may have changed since the last look.
    pub(crate) entries: Vec<SeenEntry>,
}

/// An entry of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeenEntry {
    pub(crate) index: u64,
    pub(crate) term: u64,
    /// The leader that wrote it.
    pub(crate) leader: u64,
    /// The digest of what it says.
    pub(crate) payload: u64,
}

/// The cluster at rest.
pub(crate) struct Settled {
    /// What is pinned to each board and key, as each node has it.
    pub(crate) pinned: BTreeMap<(GroupId, u8), BTreeMap<u64, NumberSet>>,
    /// What was collected how often, as each node has it.
    pub(crate) collected: BTreeMap<u64, Vec<Taken>>,
    /// What clients were told to be pinned.
    pub(crate) acknowledged: BTreeMap<(GroupId, u8), NumberSet>,
}

impl Audit {
    pub(crate) fn new(trace: Trace) -> Self {
        let inner = Inner {
            invariants: invariants::all(),
            broken: None,
            trace,
            looked: BTreeMap::new(),
            events: 0,
        };
        Audit {
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    pub(crate) fn applied(&self, applied: &Applied) {
        let Applied { node, at, .. } = applied;
        let numbers = [
            *node,
            u64::from(at.group.number()),
            at.index,
            applied.command,
        ];
        self.inner.lock().trace.note("apply", &numbers);
        self.tell(&Event::Applied(applied));
    }

    /// Shows something to every invariant.
    pub(crate) fn tell(&self, event: &Event<'_>) {
        let mut inner = self.inner.lock();
        if let Event::Wiped { node } = event {
            inner.looked.retain(|(of, _), _| of != node);
        }
        inner.events += 1;
        let mut broken = None;
        for invariant in &mut inner.invariants {
            if let Err(what) = invariant.look(event) {
                broken = broken.or(Some(format!("{}: {what}", invariant.name())));
            }
        }
        if let Some(broken) = broken {
            drop(inner);
            self.break_off(broken);
        }
    }

    /// Looks at a replica.
    pub(crate) fn look(
        &self,
        node: u64,
        status: Status,
        applied: u64,
        store: &Store,
    ) -> Result<(), acquaint_storage::Error> {
        let group = status.group;
        let before = self.inner.lock().looked.get(&(node, group)).copied();
        let purged = store.log_meta(group, LogMeta::Purged)?;
        let purged = purged.map(|bytes| codec::decode(&bytes)).transpose()?;
        let purged = purged.map_or(0, |row: acquaint_storage::row::PositionRow| row.index);
        let last_log = store.last_log(group)?.map_or(purged, |(index, _)| index);
        let from = before.unwrap_or(0).max(purged) + 1;
        let rows = store.read_log(group, from..last_log + 1, LOOK_BYTES_MAX)?;
        let entries = rows.iter().map(|(index, row)| seen_entry(*index, row));
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        let fixed = status.committed.unwrap_or(0).min(last_log);
        self.inner.lock().looked.insert((node, group), fixed);
        self.tell(&Event::Seen(&Sight {
            node,
            group,
            status,
            applied,
            purged,
            last_log,
            entries,
        }));
        Ok(())
    }

    /// Ends the run with what was found to be wrong.
    pub(crate) fn break_off(&self, broken: String) {
        let mut inner = self.inner.lock();
        inner.trace.say(&format!("BROKEN {broken}"));
        inner.broken.get_or_insert(broken);
    }

    /// The first thing that was found to be wrong.
    pub(crate) fn broken(&self) -> Option<String> {
        self.inner.lock().broken.clone()
    }

    /// How much was shown to the invariants.
    pub(crate) fn events(&self) -> u64 {
        self.inner.lock().events
    }
}

fn seen_entry(index: u64, row: &[u8]) -> Result<SeenEntry, acquaint_storage::Error> {
    let entry: EntryRow = codec::decode(row)?;
    Ok(SeenEntry {
        index,
        term: entry.position.term,
        leader: entry.position.node,
        payload: digest(0, row),
    })
}
