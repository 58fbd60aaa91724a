//! Adding up what lies under an anchor.
//!
//! ```text
//! any anchor, whole             one rollup                                   one get
//! weak anchor, on some days     its rollups of those days                    one range
//! strong anchor, on some days   its interactions of those days               one range
//! any anchor, one strand        the interactions of the strand, some days    one range, and a get per interaction
//! ```
//!
//! - All give the same sum for the same interactions: a rollup is the sum of what it was made of.
//! - Every row read counts against one bound, whatever it is a row of.

use std::ops::RangeInclusive;

use acquaint_profile::{
    Day, IdentifierId, Monoid, Rollup, StrandId, Strength, Timestamp, WorkspaceId,
};
use acquaint_storage::row::{InteractionRow, RollupRow};
use acquaint_storage::{Key, KeyRange, Order, Read, Slot, View};

use super::parts::Part;
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

    /// Adds a part of a profile.
    pub(crate) fn add_part(&mut self, part: &Part) -> Result<(), Error> {
        let Some(ranges) = &part.days else {
            return match (part.strand, part.strength) {
                (Some(strand), _) => self.add_strand(part.anchor, strand, None),
                (None, _) => self.add_whole(part.anchor),
            };
        };
        for days in ranges {
            if self.rows_left == 0 {
                break;
            }
            let days = days.clone();
            match (part.strand, part.strength) {
                (Some(strand), _) => self.add_strand(part.anchor, strand, Some(days))?,
                (None, Strength::Strong) => self.add_interactions(part.anchor, &days)?,
                (None, Strength::Weak) => self.add_days(part.anchor, &days)?,
            }
        }
        Ok(())
    }

    /// Adds everything under an anchor.
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

    /// Adds what happened under a weak anchor on these days.
    pub(crate) fn add_days(
        &mut self,
        anchor: IdentifierId,
        days: &RangeInclusive<Day>,
    ) -> Result<(), Error> {
        let range = KeyRange::rollups_of_days(self.workspace, &anchor, *days.start(), *days.end());
        let rows = self
            .view
            .scan::<RollupRow>(&range, Order::Ascending, self.rows_left)?;
        rows.iter().for_each(|(_, row)| self.add(&row.rollup));
        Ok(())
    }

    /// Adds what happened under a strong anchor on some days, of which it keeps no rollup.
    fn add_interactions(
        &mut self,
        anchor: IdentifierId,
        days: &RangeInclusive<Day>,
    ) -> Result<(), Error> {
        let (from, to) = (days.start().start(), after(*days.end()));
        let mut range =
            KeyRange::interactions_between(self.workspace, &anchor, Some(from), Some(to));
        loop {
            let rows_max = self.rows_left.min(CHUNK_ROWS);
            let rows = self
                .view
                .scan::<InteractionRow>(&range, Order::Ascending, rows_max)?;
            for (_, row) in &rows {
                self.add(&Rollup::of(&row.interaction));
            }
            match rows.last() {
                Some((last, _)) if rows.len() == CHUNK_ROWS => range = range.after(last),
                _ => return Ok(()),
            }
        }
    }

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
            days.map(|days| after(*days.end())),
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

/// The first moment after a day.
pub(crate) fn after(day: Day) -> Timestamp {
    // Of the last day there is, its own first moment: nothing can have happened so late.
    Day(day.0.saturating_add(1)).start()
}

/// Where the interaction stands that a strand names.
pub(crate) fn interaction(place: &[u8]) -> Result<Key, Error> {
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

pub(crate) fn astray() -> Error {
    Error::Inconsistent("a strand names an interaction that its anchor does not have".into())
}
