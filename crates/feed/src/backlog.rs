//! How many rows of an outbox the identity group has not taken yet.
//!
//! - Rows are counted when somebody asks, from the table itself: each row once, and at most [`LOOK_ROWS_MAX`] at a time, so a
//!   look is short however much there is. After a start, or when a snapshot has come, a few looks find all.
//! - What was taken is left out in runs of [`RUN_ROWS`], so the count is too large by less than one run.

use std::collections::VecDeque;

use acquaint_storage::row::FeedPosition;
use parking_lot::Mutex;

use crate::{Error, Outbox};

/// Rows that one look counts.
const LOOK_ROWS_MAX: usize = 4_096;
/// Rows that are left out together.
const RUN_ROWS: u64 = 256;

/// Counts the rows of one outbox.
pub struct Backlog {
    outbox: Outbox,
    counted: Mutex<Counted>,
}

#[derive(Default)]
struct Counted {
    /// The last row that was counted.
    last: FeedPosition,
    runs: VecDeque<Run>,
    rows: u64,
}

struct Run {
    last: FeedPosition,
    rows: u64,
}

impl Backlog {
    /// Of an outbox of which nothing has been counted.
    pub fn new(outbox: Outbox) -> Self {
        Self {
            outbox,
            counted: Mutex::default(),
        }
    }

    /// The rows after `taken`, as far as they have been looked at.
    pub fn rows(&self, taken: FeedPosition) -> Result<u64, Error> {
        let mut counted = self.counted.lock();
        counted.leave_out(taken);
        for place in self.outbox.places_after(counted.last, LOOK_ROWS_MAX)? {
            counted.add(place);
        }
        Ok(counted.rows)
    }
}

impl Counted {
    fn leave_out(&mut self, taken: FeedPosition) {
        while let Some(run) = self.runs.front().filter(|run| run.last <= taken) {
            self.rows -= run.rows;
            self.runs.pop_front();
        }
        self.last = self.last.max(taken);
    }

    fn add(&mut self, place: FeedPosition) {
        self.last = place;
        self.rows += 1;
        match self.runs.back_mut() {
            Some(run) if run.rows < RUN_ROWS => {
                run.last = place;
                run.rows += 1;
            }
            _ => self.runs.push_back(Run {
                last: place,
                rows: 1,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use acquaint_storage::{GroupId, Key, Store, StoreOptions};

    use super::*;

    const GROUP: GroupId = GroupId::Anchors(1);

    fn place(index: u64) -> FeedPosition {
        FeedPosition { index, seq: 0 }
    }

    /// Rows of which only the keys matter.
    fn put(store: &Store, indexes: std::ops::Range<u64>) {
        let mut batch = store.batch(GROUP);
        for index in indexes {
            let key = Key::Outbox {
                group: GROUP,
                index,
                seq: 0,
            };
            batch.put(&key, &place(index));
        }
        batch.commit().unwrap();
    }

    #[test]
    fn rows_are_counted_until_they_are_taken() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreOptions::new(directory.path())).unwrap();
        let backlog = || Backlog::new(Outbox::new(store.clone(), GROUP));
        let (one, nothing) = (backlog(), place(0));
        assert_eq!(one.rows(nothing).unwrap(), 0);
        put(&store, 1..1_001);
        assert_eq!(one.rows(nothing).unwrap(), 1_000);
        assert_eq!(one.rows(nothing).unwrap(), 1_000, "each once");
        put(&store, 1_001..1_101);
        assert_eq!(one.rows(nothing).unwrap(), 1_100);
        let left = one.rows(place(600)).unwrap();
        assert!((500..500 + RUN_ROWS).contains(&left), "{left}");
        assert_eq!(one.rows(place(1_100)).unwrap(), 0);
        // Whoever counts from the start leaves out what was taken before.
        assert_eq!(backlog().rows(place(600)).unwrap(), 500);
    }

    #[test]
    fn a_look_is_short_and_the_next_ones_find_the_rest() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreOptions::new(directory.path())).unwrap();
        let backlog = Backlog::new(Outbox::new(store.clone(), GROUP));
        let most = LOOK_ROWS_MAX as u64;
        put(&store, 1..most + 101);
        assert_eq!(backlog.rows(place(0)).unwrap(), most);
        assert_eq!(backlog.rows(place(0)).unwrap(), most + 100);
    }
}
