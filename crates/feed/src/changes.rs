//! The change feed of an anchors group: which anchors changed, in order.
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

    /// The next rows after `cursor`, at most `rows_max`.
    pub fn after(&self, cursor: FeedPosition, rows_max: usize) -> Result<ChangePage, Error> {
        let first = Key::Change {
            group: self.group,
            index: cursor.index,
            seq: cursor.seq,
        };
        let range = KeyRange::changes(self.group).after(&first);
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
