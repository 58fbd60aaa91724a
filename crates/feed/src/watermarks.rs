//! How far an identity group has taken in the outbox of each anchors group.
//!
//! - A cell is a copy of a committed watermark row, never ahead of it: it is set after the batch that wrote the row.
//! - Cells only grow, so that a waiter that was let through stays right.
//! - `wait` is woken by the cell. It has no time-out of its own: the caller bounds it with its runtime's clock.

use tokio::sync::watch;

use acquaint_storage::row::FeedPosition;

/// One cell per anchors group.
#[derive(Debug)]
pub struct Watermarks {
    cells: Vec<watch::Sender<FeedPosition>>,
}

impl Watermarks {
    /// Cells for `anchors_groups` groups, all at the beginning.
    pub fn new(anchors_groups: u16) -> Self {
        Self {
            cells: (0..anchors_groups)
                .map(|_| watch::Sender::new(FeedPosition::default()))
                .collect(),
        }
    }

    /// The committed watermark of anchors group `number` is at least `place`.
    pub fn raise(&self, number: u16, place: FeedPosition) {
        if let Some(cell) = self.cells.get(usize::from(number)) {
            cell.send_if_modified(|current| {
                let raised = place > *current;
                *current = place.max(*current);
                raised
            });
        }
    }

    /// How far anchors group `number` has been taken in; the beginning for a group that does not exist.
    pub fn at(&self, number: u16) -> FeedPosition {
        self.cells
            .get(usize::from(number))
            .map_or_else(FeedPosition::default, |cell| *cell.borrow())
    }

    /// Waits until the outbox of anchors group `number` has been taken in up to and including `place`.
    ///
    /// For a group that does not exist this never ends.
    pub async fn wait(&self, number: u16, place: FeedPosition) {
        let Some(cell) = self.cells.get(usize::from(number)) else {
            return std::future::pending().await;
        };
        let mut receiver = cell.subscribe();
        // The sender lives as long as `self`, so the only way to end is that the place was reached.
        let _ = receiver.wait_for(|current| *current >= place).await;
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
}
