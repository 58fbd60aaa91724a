//! How an anchors machine tells the identity group what a strand says.

use acquaint_consensus::At;
use acquaint_identity::Evidence;
use acquaint_profile::WorkspaceId;
use acquaint_storage::row::{FeedPosition, OutboxRow};
use acquaint_storage::{Batch, Key};

/// Puts evidence into the outbox, as the row `seq` of the command at `at`; answers the row with its place.
pub(super) fn put(
    at: At,
    seq: u32,
    workspace: WorkspaceId,
    evidence: Evidence,
    batch: &mut Batch<'_>,
) -> (FeedPosition, OutboxRow) {
    let position = FeedPosition {
        index: at.index,
        seq,
    };
    let key = Key::Outbox {
        group: at.group,
        index: position.index,
        seq: position.seq,
    };
    let row = OutboxRow {
        workspace,
        evidence,
    };
    batch.put(&key, &row);
    (position, row)
}
