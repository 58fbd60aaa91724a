//! The last rows of an outbox, in memory.
//!
//! - The table is the truth. These are copies of rows that were written a moment ago, so that whoever follows the outbox closely
//!   need not read them back.
//! - It knows from where on it holds every row. Whoever asks from before that reads the table.
//! - Rows and bytes are bounded: the oldest go first, then the table answers.

use std::collections::VecDeque;

use acquaint_storage::row::{FeedPosition, OutboxRow};
use parking_lot::Mutex;

use crate::{OutboxPage, PageLimits};

/// Rows that are held.
const ROWS_MAX: usize = 8_192;
/// Bytes of rows that are held, about.
const BYTES_MAX: usize = 4 << 20;
/// Bytes of a row beside its texts and days.
const ROW_BYTES: usize = 256;
/// Bytes of an identifier beside its texts.
const IDENTIFIER_BYTES: usize = 96;
/// Bytes of a day.
const DAY_BYTES: usize = 8;

/// The last rows of one outbox.
#[derive(Default)]
pub struct Recent {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    rows: VecDeque<(FeedPosition, OutboxRow)>,
    bytes: usize,
    /// Every row after this place is here. None: nothing is known of what was written.
    after: Option<FeedPosition>,
}

impl Recent {
    /// Adds the rows, in order, that the commands from `first` on have written. They are readable in the table by now.
    pub fn publish(&self, first: u64, rows: Vec<(FeedPosition, OutboxRow)>) {
        let mut held = self.held.lock();
        held.after.get_or_insert(FeedPosition {
            index: first.saturating_sub(1),
            seq: u32::MAX,
        });
        for row in rows {
            held.bytes += weight(&row.1);
            held.rows.push_back(row);
        }
        while held.rows.len() > ROWS_MAX || held.bytes > BYTES_MAX {
            held.pop();
        }
    }

    /// Lets go of the rows up to and with `through`.
    pub fn pass(&self, through: FeedPosition) {
        let mut held = self.held.lock();
        while held
            .rows
            .front()
            .is_some_and(|(place, _)| *place <= through)
        {
            held.pop();
        }
    }

    /// The table may hold other rows now.
    pub fn forget(&self) {
        *self.held.lock() = Held::default();
    }

    /// The next rows after `after`, if they are all here.
    pub(crate) fn page(&self, after: FeedPosition, limits: PageLimits) -> Option<OutboxPage> {
        let held = self.held.lock();
        let mut bytes = 0_usize;
        let rows = held.rows_after(after)?.take(limits.rows_max);
        let fitting = rows.take_while(|(_, row)| {
            let is_first = bytes == 0;
            bytes = bytes.saturating_add(weight(row));
            is_first || bytes <= limits.bytes_max
        });
        Some(OutboxPage {
            rows: fitting.cloned().collect(),
        })
    }

    /// The places of the next rows after `after`, if they are all here.
    pub(crate) fn places(&self, after: FeedPosition, rows_max: usize) -> Option<Vec<FeedPosition>> {
        let held = self.held.lock();
        let rows = held.rows_after(after)?.take(rows_max);
        Some(rows.map(|(place, _)| *place).collect())
    }
}

impl Held {
    fn pop(&mut self) {
        if let Some((place, row)) = self.rows.pop_front() {
            self.bytes -= weight(&row);
            self.after = Some(place);
        }
    }

    fn rows_after(
        &self,
        after: FeedPosition,
    ) -> Option<impl Iterator<Item = &(FeedPosition, OutboxRow)>> {
        let is_whole = self.after.is_some_and(|whole_after| whole_after <= after);
        let first = self.rows.partition_point(|(place, _)| *place <= after);
        is_whole.then(|| self.rows.range(first..))
    }
}

/// About how many bytes a row takes.
fn weight(row: &OutboxRow) -> usize {
    let evidence = &row.evidence;
    let texts = evidence.identifiers.iter();
    let texts = texts.map(|one| IDENTIFIER_BYTES + one.canonical.len() + one.key.len());
    let traits = evidence.first_names.iter().chain(&evidence.birth_dates);
    let traits = traits.map(|(value, days)| value.len() + days.len() * DAY_BYTES);
    ROW_BYTES + texts.sum::<usize>() + traits.sum::<usize>() + evidence.days.len() * DAY_BYTES
}

#[cfg(test)]
mod tests {
    use acquaint_identity::{Day, Evidence, IdentifierId, Source, StrandId};
    use acquaint_profile::WorkspaceId;

    use super::*;

    const ALL: PageLimits = PageLimits {
        rows_max: usize::MAX,
        bytes_max: usize::MAX,
    };

    fn place(index: u64, seq: u32) -> FeedPosition {
        FeedPosition { index, seq }
    }

    fn row(days: u32) -> OutboxRow {
        let (strand, anchor) = (StrandId([1; 16]), IdentifierId([2; 16]));
        let mut evidence = Evidence::new(strand, Source("web".to_owned()), anchor, Vec::new());
        evidence.days = (0..days).map(Day).collect();
        OutboxRow {
            workspace: WorkspaceId(1),
            evidence,
        }
    }

    fn rows(places: &[FeedPosition]) -> Vec<(FeedPosition, OutboxRow)> {
        places.iter().map(|place| (*place, row(1))).collect()
    }

    fn check(recent: &Recent, after: FeedPosition, expected: Option<&[FeedPosition]>) {
        let page = recent.page(after, ALL);
        let places = page.map(|page| page.rows.iter().map(|row| row.0).collect::<Vec<_>>());
        assert_eq!(places.as_deref(), expected);
        assert_eq!(recent.places(after, usize::MAX).as_deref(), expected);
    }

    #[test]
    fn it_answers_only_where_it_has_everything() {
        let recent = Recent::default();
        check(&recent, place(9, 0), None);
        let (first, second, third) = (place(5, 0), place(5, 1), place(8, 0));
        recent.publish(4, rows(&[first, second]));
        check(&recent, place(2, 0), None);
        check(&recent, place(4, 0), Some(&[first, second]));
        recent.publish(6, rows(&[third]));
        check(&recent, first, Some(&[second, third]));
        check(&recent, third, Some(&[]));
        recent.pass(first);
        check(&recent, place(4, 0), None);
        check(&recent, first, Some(&[second, third]));
        recent.forget();
        check(&recent, third, None);
    }

    #[test]
    fn rows_and_bytes_are_bounded() {
        let recent = Recent::default();
        for index in 1..ROWS_MAX as u64 + 11 {
            recent.publish(index, rows(&[place(index, 0)]));
        }
        check(&recent, place(9, 0), None);
        let left = recent.places(place(10, 0), usize::MAX).unwrap_or_default();
        assert_eq!(left.len(), ROWS_MAX);
        for index in 10_000..10_200 {
            recent.publish(index, vec![(place(index, 0), row(4_096))]);
        }
        let held = recent.held.lock();
        assert!(held.bytes <= BYTES_MAX && held.rows.len() < 200);
    }
}
