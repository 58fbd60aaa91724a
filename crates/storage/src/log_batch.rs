//! The writes that the consensus crate gathers for the log.
//!
//! - Writes take effect in the order in which they were added, also across [`LogBatch::extend`].
//! - The rows are the consensus crate's own, in [`crate::codec`]'s form; storage keeps them as they are.

use crate::{
    GroupId,
    meta_key::{Meta, log_key, log_key_end},
};

/// A fact about a group's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogMeta {
    /// What the node has promised in elections.
    Vote,
    /// How far the log is known to be committed.
    Committed,
    /// The last entry that was purged.
    Purged,
}

/// A fact about a group's state, written together with the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateMeta {
    /// The last applied entry.
    Applied,
    /// The membership at that entry.
    Membership,
}

/// Appends, truncations, purges and facts of any number of groups, to be written at once.
#[derive(Debug, Default)]
pub struct LogBatch {
    pub(crate) writes: Vec<LogWrite>,
    bytes: usize,
}

/// One write to CF log or CF meta.
#[derive(Debug)]
pub(crate) enum LogWrite {
    PutLog { key: [u8; 10], value: Vec<u8> },
    DeleteLog { from: [u8; 10], to: [u8; 10] },
    PutMeta { key: [u8; 3], value: Vec<u8> },
}

impl LogBatch {
    /// A batch of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends an entry. The caller leaves no holes.
    pub fn append(&mut self, group: GroupId, index: u64, row: impl Into<Vec<u8>>) {
        self.push(LogWrite::PutLog {
            key: log_key(group, index),
            value: row.into(),
        });
    }

    /// Takes back every entry from this index on.
    pub fn truncate_from(&mut self, group: GroupId, index: u64) {
        self.push(LogWrite::DeleteLog {
            from: log_key(group, index),
            to: log_key_end(group),
        });
    }

    /// Deletes every entry up to and with this index.
    pub fn purge_to(&mut self, group: GroupId, index: u64) {
        let to = index
            .checked_add(1)
            .map_or(log_key_end(group), |next| log_key(group, next));
        self.push(LogWrite::DeleteLog {
            from: log_key(group, 0),
            to,
        });
    }

    /// Keeps a fact about the log.
    pub fn put(&mut self, group: GroupId, meta: LogMeta, row: impl Into<Vec<u8>>) {
        self.push(LogWrite::PutMeta {
            key: Meta::from(meta).key(group),
            value: row.into(),
        });
    }

    /// Adds the writes of another batch after those of this one.
    pub fn extend(&mut self, other: LogBatch) {
        self.bytes += other.bytes;
        self.writes.extend(other.writes);
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// About how many bytes the batch will write.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    fn push(&mut self, write: LogWrite) {
        self.bytes += match &write {
            LogWrite::PutLog { key, value } => key.len() + value.len(),
            LogWrite::PutMeta { key, value } => key.len() + value.len(),
            LogWrite::DeleteLog { from, to } => from.len() + to.len(),
        };
        self.writes.push(write);
    }
}
