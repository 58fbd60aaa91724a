//! How far an identity group has taken in the outbox of each anchors group.
//!
//! - A cell is a copy of a committed watermark row, never ahead of it: it is set after the batch that wrote the row.
//! - Cells only grow, so that a waiter that was let through stays right.
//! - `wait` is woken by the cell, and only once its place is reached. It has no time-out of its own: the caller bounds it with
//!   its runtime's clock.

use std::collections::BTreeMap;

use acquaint_storage::row::FeedPosition;
use parking_lot::Mutex;
use tokio::sync::oneshot;

/// One cell per anchors group.
#[derive(Debug)]
pub struct Watermarks {
    cells: Vec<Mutex<Cell>>,
}

#[derive(Debug, Default)]
struct Cell {
    place: FeedPosition,
    /// By the place that each waits for, and its number.
    waiters: BTreeMap<(FeedPosition, u64), oneshot::Sender<()>>,
    /// The number of the last waiter.
    last: u64,
}

/// A waiter that has not been woken leaves when it is dropped.
struct Waiter<'a> {
    cell: &'a Mutex<Cell>,
    key: (FeedPosition, u64),
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.cell.lock().waiters.remove(&self.key);
    }
}

impl Watermarks {
    /// Cells for `anchors_groups` groups, all at the beginning.
    pub fn new(anchors_groups: u16) -> Self {
        Self {
            cells: (0..anchors_groups).map(|_| Mutex::default()).collect(),
        }
    }

    /// The committed watermark of anchors group `number` is at least `place`.
    pub fn raise(&self, number: u16, place: FeedPosition) {
        let Some(cell) = self.cells.get(usize::from(number)) else {
            return;
        };
        let reached = {
            let mut cell = cell.lock();
            if place <= cell.place {
                return;
            }
            cell.place = place;
            let waiting = cell.waiters.split_off(&(place, u64::MAX));
            std::mem::replace(&mut cell.waiters, waiting)
        };
        for waiter in reached.into_values() {
            // One that has just given up is not waiting any more.
            let _ = waiter.send(());
        }
    }

    /// How far anchors group `number` has been taken in; the beginning for a group that does not exist.
    pub fn at(&self, number: u16) -> FeedPosition {
        let cell = self.cells.get(usize::from(number));
        cell.map_or_else(FeedPosition::default, |cell| cell.lock().place)
    }

    /// Waits until the outbox of anchors group `number` has been taken in up to and including `place`.
    ///
    /// For a group that does not exist this never ends.
    pub async fn wait(&self, number: u16, place: FeedPosition) {
        let Some(cell) = self.cells.get(usize::from(number)) else {
            return std::future::pending().await;
        };
        let (sender, reached) = oneshot::channel();
        let key = {
            let mut cell = cell.lock();
            if place <= cell.place {
                return;
            }
            cell.last += 1;
            let key = (place, cell.last);
            cell.waiters.insert(key, sender);
            key
        };
        let _waiter = Waiter { cell, key };
        // The sender lives in the cell until the place is reached.
        let _ = reached.await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_cell_never_goes_back() {
        let watermarks = Watermarks::new(2);
        watermarks.raise(1, FeedPosition { index: 5, seq: 1 });
        watermarks.raise(1, FeedPosition { index: 4, seq: 9 });
        assert_eq!(watermarks.at(1), FeedPosition { index: 5, seq: 1 });
        assert_eq!(watermarks.at(0), FeedPosition::default());
    }

    #[tokio::test]
    async fn a_waiter_is_woken_when_its_place_is_reached() {
        let watermarks = Arc::new(Watermarks::new(1));
        let waiter = tokio::spawn({
            let watermarks = Arc::clone(&watermarks);
            async move { watermarks.wait(0, FeedPosition { index: 3, seq: 2 }).await }
        });
        watermarks.raise(0, FeedPosition { index: 3, seq: 1 });
        tokio::task::yield_now().await;
        assert!(!waiter.is_finished());
        watermarks.raise(0, FeedPosition { index: 4, seq: 0 });
        assert!(waiter.await.is_ok());
    }

    #[tokio::test]
    async fn a_waiter_that_gives_up_leaves_nothing() {
        let watermarks = Watermarks::new(1);
        let wait = watermarks.wait(0, FeedPosition { index: 3, seq: 2 });
        let waited = tokio::time::timeout(std::time::Duration::ZERO, wait).await;
        assert!(waited.is_err());
        assert!(watermarks.cells[0].lock().waiters.is_empty());
    }
}
