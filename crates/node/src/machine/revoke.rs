//! How an anchors machine takes a message's word about identity away, and gives it back.
//!
//! ```text
//! message ─► marked with the fact ─► was it silent, is it now? ─ the same ─► nothing else changes
//!                                      │ no
//!                                      └─► the testimonies of the strand's other messages of that source, added up
//!                                            └─► strand, in the next revision ─► outbox row
//! ```
//!
//! - What happened stays: the interaction keeps its place in timeline and rollup, and the message is a duplicate as before.
//! - Without its last fact the evidence is again what it was, but for the revision.
//! - A strand with more interactions than one command may read is refused before anything is written.

use acquaint_consensus::At;
use acquaint_storage::command::{
    AnchorsOutcome, NotRevoked, REVOKE_FACTS_MAX, REVOKE_INTERACTIONS_MAX, RevokeMessage,
};
use acquaint_storage::row::{FeedPosition, InteractionRow, OutboxRow, SeenRow, StrandRow};
use acquaint_storage::{Batch, Error, Key, KeyRange, Order, Read, Slot};

use super::outbox;
use super::seen::{MessageAt, Met};

/// Applies the command; what it puts into the outbox is added to `rows`.
pub(super) fn revoke(
    at: At,
    command: &RevokeMessage,
    rows: &mut Vec<(FeedPosition, OutboxRow)>,
    batch: &mut Batch<'_>,
) -> Result<AnchorsOutcome, Error> {
    let Some((key, mut row)) = find(command, batch)? else {
        return Ok(AnchorsOutcome::NotRevoked(NotRevoked::Unknown));
    };
    let strand_key = Key::Strand {
        slot: Slot::of(&command.anchor),
        workspace: command.workspace,
        anchor: command.anchor,
        strand: command.strand,
    };
    let mut strand: StrandRow = batch.get(&strand_key)?.unwrap_or_default();
    let was_silent = !row.revoked_by.is_empty();
    let changed = match command.revoked {
        true => row.revoked_by.insert(command.fact),
        false => row.revoked_by.remove(&command.fact),
    };
    if row.revoked_by.len() > REVOKE_FACTS_MAX {
        return Ok(AnchorsOutcome::NotRevoked(NotRevoked::TooManyFacts));
    }
    let is_silent = !row.revoked_by.is_empty();
    if changed && is_silent != was_silent {
        let Some(places) = places(command, batch)? else {
            return Ok(AnchorsOutcome::NotRevoked(NotRevoked::TooManyInteractions));
        };
        batch.put(&key, &row);
        derive(&mut strand, &row.interaction.source, &places, batch)?;
        let told = tell(at, command, &mut strand, &row.interaction.source, batch);
        rows.extend(told);
        batch.put(&strand_key, &strand);
    } else if changed {
        batch.put(&key, &row);
    }
    Ok(AnchorsOutcome::Revoked {
        outbox: strand.last_outbox,
    })
}

/// The message, where it stands.
fn find(
    command: &RevokeMessage,
    batch: &Batch<'_>,
) -> Result<Option<(Key, InteractionRow)>, Error> {
    let at = MessageAt {
        workspace: command.workspace,
        anchor: command.anchor,
        message: command.message,
    };
    let Met::Before(SeenRow { time, row, .. }) = at.met(command.strand, batch)? else {
        return Ok(None);
    };
    let key = Key::Interaction {
        slot: Slot::of(&command.anchor),
        workspace: command.workspace,
        anchor: command.anchor,
        time,
        row,
    };
    Ok(batch.get(&key)?.map(|row| (key, row)))
}

/// Where the interactions of the strand stand; none when there are too many.
fn places(command: &RevokeMessage, batch: &Batch<'_>) -> Result<Option<Vec<Key>>, Error> {
    let (workspace, anchor) = (command.workspace, command.anchor);
    let range =
        KeyRange::strand_interactions_between(workspace, &anchor, &command.strand, None, None);
    let found = batch.scan_bytes(&range, Order::Ascending, REVOKE_INTERACTIONS_MAX + 1)?;
    if found.len() > REVOKE_INTERACTIONS_MAX {
        return Ok(None);
    }
    let mut places = Vec::with_capacity(found.len());
    for (key, _) in found {
        if let Key::StrandInteraction {
            slot, time, row, ..
        } = Key::decode(&key)?
        {
            places.push(Key::Interaction {
                slot,
                workspace,
                anchor,
                time,
                row,
            });
        }
    }
    Ok(Some(places))
}

/// Adds up what the messages of one source say that are not revoked.
fn derive(
    strand: &mut StrandRow,
    source: &str,
    places: &[Key],
    batch: &Batch<'_>,
) -> Result<(), Error> {
    let Some(known) = strand.sources.get_mut(source) else {
        return Ok(());
    };
    let mut sum = known.silent();
    sum.revision = known.revision.saturating_add(1);
    for place in places {
        if let Some(row) = batch.get::<InteractionRow>(place)?
            && row.interaction.source == source
            && row.revoked_by.is_empty()
        {
            sum.hear(&row.testimony);
        }
    }
    *known = sum;
    Ok(())
}

/// Puts the new state into the outbox, and gives the row.
fn tell(
    at: At,
    command: &RevokeMessage,
    strand: &mut StrandRow,
    source: &str,
    batch: &mut Batch<'_>,
) -> Option<(FeedPosition, OutboxRow)> {
    let evidence = strand.sources.get(source)?.clone();
    let row = outbox::put(at, 0, command.workspace, evidence, batch);
    strand.last_outbox = strand.last_outbox.max(Some(row.0));
    Some(row)
}
