//! The messages that an anchor has met.
//!
//! - A message is (message id, strand). The smallest strand of an id stands under the id alone, so that one read says of a new
//!   message that it is new; further ones, which are rare, stand under keys of their own. Which came first does not show.
//! - Rows are never taken back: dedup lives as long as the interaction.

use acquaint_profile::{IdentifierId, StrandId, WorkspaceId};
use acquaint_storage::row::SeenRow;
use acquaint_storage::{Error, Key, MessageHash, Read, Slot};

/// A message id at an anchor.
#[derive(Clone, Copy)]
pub(super) struct MessageAt {
    pub(super) workspace: WorkspaceId,
    pub(super) anchor: IdentifierId,
    pub(super) message: MessageHash,
}

/// The state of a message at an anchor.
pub(super) enum Met {
    /// Nothing: its id is new.
    Never,
    /// It is there.
    Before(SeenRow),
    /// Its id is there, under other identifiers. This is the row of the smallest strand.
    Otherwise(SeenRow),
}

impl MessageAt {
    /// The key of the smallest strand of the id, or of another one.
    pub(super) fn key(&self, strand: Option<StrandId>) -> Key {
        Key::Seen {
            slot: Slot::of(&self.anchor),
            workspace: self.workspace,
            anchor: self.anchor,
            message: self.message,
            strand,
        }
    }

    /// The state of the message with these identifiers.
    pub(super) fn met(&self, strand: StrandId, rows: &impl Read) -> Result<Met, Error> {
        let Some(first) = rows.get::<SeenRow>(&self.key(None))? else {
            return Ok(Met::Never);
        };
        if first.strand == strand {
            return Ok(Met::Before(first));
        }
        Ok(match rows.get(&self.key(Some(strand)))? {
            Some(row) => Met::Before(row),
            None => Met::Otherwise(first),
        })
    }
}
