//! How an anchors machine tells the identity group again what every strand says.
//!
//! Evidence is a state: telling it again changes nothing where it is known, and brings it back where it was lost. A page
//! is bounded, and says where the next one begins; what arrives meanwhile is told by itself.

use acquaint_consensus::At;
use acquaint_storage::command::{AnchorsOutcome, REEMIT_STRANDS_MAX, ReemitStrands, StrandPlace};
use acquaint_storage::row::{FeedPosition, OutboxRow, StrandRow};
use acquaint_storage::{Batch, Error, Key, KeyRange, Order, Read, Slot};

use super::outbox;

/// Applies the command; what it puts into the outbox is added to `told`.
pub(super) fn reemit(
    at: At,
    command: ReemitStrands,
    told: &mut Vec<(FeedPosition, OutboxRow)>,
    batch: &mut Batch<'_>,
) -> Result<AnchorsOutcome, Error> {
    let (mut strands, mut rows) = (0_usize, 0_u32);
    let mut last = None;
    for (key, strand) in page(&command, batch)? {
        for evidence in strand.sources.into_values() {
            told.push(outbox::put(at, rows, command.workspace, evidence, batch));
            rows += 1;
        }
        strands += 1;
        if let Key::Strand { anchor, strand, .. } = key {
            last = Some(StrandPlace { anchor, strand });
        }
    }
    Ok(AnchorsOutcome::Reemitted {
        strands: u32::try_from(strands).unwrap_or(u32::MAX),
        outbox: told.last().map(|(position, _)| *position),
        next: last.filter(|_| strands == REEMIT_STRANDS_MAX),
    })
}

/// The strands of the page.
fn page(command: &ReemitStrands, batch: &Batch<'_>) -> Result<Vec<(Key, StrandRow)>, Error> {
    let after = command.after.map(|place| Key::Strand {
        slot: Slot::of(&place.anchor),
        workspace: command.workspace,
        anchor: place.anchor,
        strand: place.strand,
    });
    let first = command
        .after
        .map_or(command.first, |place| Slot::of(&place.anchor));
    let mut strands = Vec::new();
    for slot in (first.number()..=command.last.number()).filter_map(Slot::new) {
        let mut range = KeyRange::workspace_strands(slot, command.workspace);
        if let Some(after) = &after {
            range = range.after(after);
        }
        let left = REEMIT_STRANDS_MAX - strands.len();
        strands.extend(batch.scan(&range, Order::Ascending, left)?);
        if strands.len() == REEMIT_STRANDS_MAX {
            break;
        }
    }
    Ok(strands)
}
