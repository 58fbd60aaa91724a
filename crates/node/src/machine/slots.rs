//! The slots that an anchors group takes interactions for.
//!
//! - The group goes by a row of its own, set through its log: every replica refuses the same commands, whatever the registry
//!   says by then on its node.
//! - The row is kept in memory, since every command asks for it. It changes in `set` alone, and with the whole state.
//! - A command with a slot of another group is refused as a whole. Whoever sent it has an old division of the slots.

use acquaint_consensus::At;
use acquaint_storage::command::{AnchorsOutcome, IngestBatch};
use acquaint_storage::{Batch, Error, Key, Read, Slot, SlotMap};
use parking_lot::Mutex;

/// The division of the slots that a group goes by.
#[derive(Default)]
pub(super) struct Slots {
    /// The row, once it was read.
    known: Mutex<Option<SlotMap>>,
}

impl Slots {
    /// The version of the group's division of the slots, if a message of the command belongs to another group; 0 if the group
    /// has none yet.
    pub(super) fn not_owned(
        &self,
        at: At,
        command: &IngestBatch,
        batch: &Batch<'_>,
    ) -> Result<Option<u64>, Error> {
        let Some(map) = self.get(at, batch)? else {
            return Ok(Some(0));
        };
        let owns = |slot| map.group_of(slot) == at.group;
        let mut slots = command
            .messages
            .iter()
            .map(|message| Slot::of(&message.anchor));
        Ok((!slots.all(owns)).then_some(map.version))
    }

    /// Goes by a division of the slots from here on, unless it goes by a later one.
    pub(super) fn set(
        &self,
        at: At,
        map: SlotMap,
        batch: &mut Batch<'_>,
    ) -> Result<AnchorsOutcome, Error> {
        let known = self.get(at, batch)?;
        if known.is_none_or(|known| known.version < map.version) {
            batch.put(&Key::Slots { group: at.group }, &map);
            *self.known.lock() = Some(map);
        }
        Ok(AnchorsOutcome::SlotsSet)
    }

    /// The row may be another one now.
    pub(super) fn forget(&self) {
        *self.known.lock() = None;
    }

    fn get(&self, at: At, batch: &Batch<'_>) -> Result<Option<SlotMap>, Error> {
        let mut known = self.known.lock();
        if known.is_none() {
            *known = batch.get(&Key::Slots { group: at.group })?;
        }
        Ok(*known)
    }
}
