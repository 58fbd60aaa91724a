//! What a group replicates: a deterministic machine over rows.

use acquaint_storage::{Batch, GroupId};
use bytes::Bytes;

/// The place of a command in its group's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// The group whose log it is.
    pub group: GroupId,
    /// The index of the entry in the log.
    pub index: u64,
}

/// A deterministic state machine whose state is rows of the store.
///
/// - Everything that `apply` reads comes from the batch, and everything it writes goes into it: the
///   consensus crate commits the batch together with the applied position.
/// - A refusal is an outcome, the same on every replica. An error stops the node:
///   an entry that cannot be applied is never skipped.
/// - `apply` is called in log order and never twice for the same index over a surviving state.
pub trait Machine: Send + Sync + 'static {
    /// Applies one command to the batch, and answers with the outcome for the proposer.
    fn apply(
        &self,
        at: At,
        command: &[u8],
        batch: &mut Batch<'_>,
    ) -> Result<Bytes, acquaint_storage::Error>;

    /// Whether applying a small command takes little time, so that the task of the group can do it itself. Others go to the
    /// thread of the group.
    fn is_brief(&self, _command: &[u8]) -> bool {
        true
    }

    /// Every entry up to `index` is readable now. A hint to wake readers: it may be missed in a
    /// crash, and the rows tell the truth.
    fn published(&self, _index: u64) {}

    /// The state was replaced as a whole by a snapshot: whatever is kept in memory is stale.
    fn restored(&self) {}
}

/// A machine that takes every command and does nothing, for tests of what lies around one.
#[cfg(test)]
pub(crate) struct Nothing;

#[cfg(test)]
impl Machine for Nothing {
    fn apply(
        &self,
        _at: At,
        _command: &[u8],
        _batch: &mut Batch<'_>,
    ) -> Result<Bytes, acquaint_storage::Error> {
        Ok(Bytes::new())
    }
}
