//! The change feed of an anchors group: which anchors changed, one row for each command that changed any, in order.
//!
//! Whatever is derived (kept views, the search index, webhooks) follows it with a cursor of its own, and advances that cursor
//! only after its own write.

use acquaint_storage::row::{ChangeRow, FeedPosition};
use acquaint_storage::{GroupId, Key, KeyRange, Order, Read, Store};

use crate::Error;

/// Some rows of a change feed, in order.
#[derive(Clone, Debug, Default)]
pub struct ChangePage {
    /// The rows with their places.
    pub rows: Vec<(FeedPosition, ChangeRow)>,
}

impl ChangePage {
    /// Where the next page begins: after its last row.
    pub fn cursor(&self) -> Option<FeedPosition> {
        self.rows.last().map(|(place, _)| *place)
    }
}

/// Reads the change feed of one anchors group.
#[derive(Clone)]
pub struct ChangeFeed {
    store: Store,
    group: GroupId,
}

impl ChangeFeed {
    /// The feed of `group`, as it is in the store of this node.
    pub fn new(store: Store, group: GroupId) -> Self {
        Self { store, group }
    }

    /// The places of the next rows after `cursor`, at most `rows_max`.
    pub fn places_after(
        &self,
        cursor: FeedPosition,
        rows_max: usize,
    ) -> Result<Vec<FeedPosition>, Error> {
        let view = self.store.snapshot();
        let rows = view.scan_bytes(&self.range_after(cursor), Order::Ascending, rows_max)?;
        let places = rows.iter().map(|(key, _)| match Key::decode(key)? {
            Key::Change { index, seq, .. } => Ok(Some(FeedPosition { index, seq })),
            _ => Ok(None),
        });
        places.filter_map(Result::transpose).collect()
    }

    fn range_after(&self, cursor: FeedPosition) -> KeyRange {
        let last = Key::Change {
            group: self.group,
            index: cursor.index,
            seq: cursor.seq,
        };
        KeyRange::changes(self.group).after(&last)
    }

    /// The next rows after `cursor`, at most `rows_max`.
    pub fn after(&self, cursor: FeedPosition, rows_max: usize) -> Result<ChangePage, Error> {
        let range = self.range_after(cursor);
        let view = self.store.snapshot();
        let mut page = ChangePage::default();
        for (key, row) in view.scan(&range, Order::Ascending, rows_max)? {
            if let Key::Change { index, seq, .. } = key {
                page.rows.push((FeedPosition { index, seq }, row));
            }
        }
        Ok(page)
    }
}
