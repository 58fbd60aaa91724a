//! Which slots an anchors group takes interactions for.
//!
//! - The group goes by a row of its own, set through its log: every replica refuses the same commands, whatever the registry
//!   says by then on its node.
//! - A command with a slot of another group is refused as a whole. Whoever sent it has an old division of the slots.

use acquaint_consensus::At;
use acquaint_storage::command::{AnchorsOutcome, IngestBatch};
use acquaint_storage::{Batch, Error, Key, Read, Slot, SlotMap};

/// The version of the group's division of the slots, if a message of the command belongs to another group; 0 if the group has
/// none yet.
pub(super) fn not_owned(
    at: At,
    command: &IngestBatch,
    batch: &Batch<'_>,
) -> Result<Option<u64>, Error> {
    let Some(map) = batch.get::<SlotMap>(&Key::Slots { group: at.group })? else {
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
pub(super) fn set(at: At, map: SlotMap, batch: &mut Batch<'_>) -> Result<AnchorsOutcome, Error> {
    let key = Key::Slots { group: at.group };
    let known = batch.get::<SlotMap>(&key)?;
    if known.is_none_or(|known| known.version < map.version) {
        batch.put(&key, &map);
    }
    Ok(AnchorsOutcome::SlotsSet)
}
