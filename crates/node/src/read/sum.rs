//! Adding up what lies under an anchor.
//!
//! ```text
//! strong anchor, whole          one rollup                                   one get
//! weak anchor, on some days     its rollups of those days                    one range
//! any anchor, one strand        the interactions of the strand, some days    one range, and a get per interaction
//! ```
//!
//! - All three give the same sum for the same interactions: a rollup is the sum of what it was made of.
//! - Every row read counts against one bound, whatever it is a row of.

use std::ops::RangeInclusive;

use acquaint_profile::{Day, IdentifierId, Monoid, Rollup, StrandId, WorkspaceId};
use acquaint_storage::row::{InteractionRow, RollupRow};
use acquaint_storage::{Key, KeyRange, Order, Read, Slot, View};

use crate::Error;

/// Interactions fetched at once.
const CHUNK_ROWS: usize = 256;

/// A sum, and how many rows it may still read.
pub(crate) struct Sum<'a> {
    view: &'a View<'a>,
    workspace: WorkspaceId,
    pub(crate) rollup: Rollup,
    pub(crate) rows_left: usize,
}

impl<'a> Sum<'a> {
    pub(crate) fn new(view: &'a View<'a>, workspace: WorkspaceId, rows_max: usize) -> Self {
        Self {
            view,
            workspace,
            rollup: Rollup::empty(),
            rows_left: rows_max,
        }
    }

    /// Adds everything under a strong anchor.
    pub(crate) fn add_whole(&mut self, anchor: IdentifierId) -> Result<(), Error> {
        let key = Key::Rollup {
            slot: Slot::of(&anchor),
            workspace: self.workspace,
            anchor,
            day: None,
        };
        if self.rows_left > 0
            && let Some(row) = self.view.get::<RollupRow>(&key)?
        {
            self.add(&row.rollup);
        }
        Ok(())
    }

    /// Adds what happened under a weak anchor, on these days or on all.
    pub(crate) fn add_days(
        &mut self,
        anchor: IdentifierId,
        days: Option<RangeInclusive<Day>>,
    ) -> Result<(), Error> {
        let range = match days {
            Some(days) => {
                KeyRange::rollups_of_days(self.workspace, &anchor, *days.start(), *days.end())
            }
            None => KeyRange::rollups(self.workspace, &anchor),
        };
        let rows = self
            .view
            .scan::<RollupRow>(&range, Order::Ascending, self.rows_left)?;
        rows.iter().for_each(|(_, row)| self.add(&row.rollup));
        Ok(())
    }

    #[cfg_attr(not(test), expect(dead_code, reason = "no profile names strands yet"))]
    /// Adds what happened under an anchor with exactly these identifiers, on these days or on all.
    pub(crate) fn add_strand(
        &mut self,
        anchor: IdentifierId,
        strand: StrandId,
        days: Option<RangeInclusive<Day>>,
    ) -> Result<(), Error> {
        let range = KeyRange::strand_interactions_between(
            self.workspace,
            &anchor,
            &strand,
            days.as_ref().map(|days| days.start().start()),
            days.map(|days| Day(days.end().0.saturating_add(1)).start()),
        );
        let places = self
            .view
            .scan_bytes(&range, Order::Ascending, self.rows_left)?;
        for places in places.chunks(CHUNK_ROWS) {
            let keys = places.iter().map(|(place, _)| interaction(place));
            let keys = keys.collect::<Result<Vec<_>, _>>()?;
            for row in self.view.multi_get::<InteractionRow>(&keys)? {
                let row = row.ok_or_else(astray)?;
                self.add(&Rollup::of(&row.interaction));
            }
        }
        Ok(())
    }

    fn add(&mut self, rollup: &Rollup) {
        self.rollup.merge(rollup);
        self.rows_left = self.rows_left.saturating_sub(1);
    }
}

/// Where the interaction stands that a strand names.
fn interaction(place: &[u8]) -> Result<Key, Error> {
    match Key::decode(place)? {
        Key::StrandInteraction {
            slot,
            workspace,
            anchor,
            time,
            row,
            ..
        } => Ok(Key::Interaction {
            slot,
            workspace,
            anchor,
            time,
            row,
        }),
        _ => Err(astray()),
    }
}

fn astray() -> Error {
    Error::Inconsistent("a strand names an interaction that its anchor does not have".into())
}
