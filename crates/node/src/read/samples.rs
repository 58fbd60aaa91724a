//! Some messages that show what the evidence of strands says.
//!
//! - They are the earliest of each strand, so they do not depend on the order in which messages came in.
//! - A message that was revoked, or came from another source, says nothing and is passed over.
//! - The rows read for one strand are bounded: a strand whose earliest messages all came from elsewhere gives none.

use std::collections::BTreeSet;

use acquaint_identity as identity;
use acquaint_profile::{IdentifierId, StrandId};
use acquaint_storage::row::InteractionRow;
use acquaint_storage::{KeyRange, Order, Read};

use super::reading::Reading;
use super::sum::interaction;
use crate::Error;

/// Interactions of one strand that are read.
const ROWS_MAX: usize = 16;
/// Messages taken of one strand.
const PER_STRAND_MAX: usize = 3;

/// At most `limit` ids of messages of these strands, each with its anchor, that came from these sources; sorted.
pub(crate) fn of(
    reading: &Reading<'_>,
    strands: &BTreeSet<(identity::IdentifierId, identity::StrandId)>,
    sources: &BTreeSet<identity::Source>,
    limit: usize,
) -> Result<Vec<String>, Error> {
    let mut ids = BTreeSet::new();
    for (anchor, strand) in strands {
        let (anchor, strand) = (IdentifierId(anchor.0), StrandId(strand.0));
        let range = KeyRange::strand_interactions_between(
            reading.workspace.id,
            &anchor,
            &strand,
            None,
            None,
        );
        let places = (reading.view).scan_bytes(&range, Order::Ascending, ROWS_MAX)?;
        let keys = places.iter().map(|(place, _)| interaction(place));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        let rows = reading.view.multi_get::<InteractionRow>(&keys)?;
        let speaking = rows.into_iter().flatten().filter(|row| {
            let is_of = |source: &identity::Source| source.0 == row.interaction.source;
            row.revoked_by.is_empty() && sources.iter().any(is_of)
        });
        let of_strand = speaking.map(|row| row.interaction.message_id.as_str().to_owned());
        ids.extend(of_strand.take(PER_STRAND_MAX));
    }
    Ok(ids.into_iter().take(limit).collect())
}
