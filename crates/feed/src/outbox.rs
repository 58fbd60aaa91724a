//! The outbox of an anchors group: evidence that waits to be taken to the identity group.

use std::sync::Arc;

use acquaint_storage::row::{FeedPosition, OutboxRow};
use acquaint_storage::{GroupId, Key, KeyRange, Order, Read, RowBytes, Store, codec};

use crate::{Error, Recent};

/// How much one page holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLimits {
    /// Rows at most.
    pub rows_max: usize,
    /// Bytes of rows at most; a page holds one row however large it is.
    pub bytes_max: usize,
}

/// Some rows of an outbox, in order.
#[derive(Clone, Debug, Default)]
pub struct OutboxPage {
    /// The rows with their places.
    pub rows: Vec<(FeedPosition, OutboxRow)>,
}

impl OutboxPage {
    /// The place of the last row.
    pub fn last(&self) -> Option<FeedPosition> {
        self.rows.last().map(|(place, _)| *place)
    }
}

/// Reads the outbox of one anchors group.
#[derive(Clone)]
pub struct Outbox {
    store: Store,
    group: GroupId,
    recent: Arc<Recent>,
}

impl Outbox {
    /// The outbox of `group`, as it is in the store of this node.
    pub fn new(store: Store, group: GroupId) -> Self {
        Self::with_recent(store, group, Arc::default())
    }

    /// The same, whose last rows are in memory.
    pub fn with_recent(store: Store, group: GroupId, recent: Arc<Recent>) -> Self {
        Self {
            store,
            group,
            recent,
        }
    }

    /// Nobody will ask for rows up to and with `through` any more.
    pub fn pass(&self, through: FeedPosition) {
        self.recent.pass(through);
    }

    /// The group whose outbox it is.
    pub fn group(&self) -> GroupId {
        self.group
    }

    /// The next rows after `after`, as many as the limits allow.
    pub fn after(&self, after: FeedPosition, limits: PageLimits) -> Result<OutboxPage, Error> {
        if let Some(page) = self.recent.page(after, limits) {
            return Ok(page);
        }
        let mut page = OutboxPage::default();
        let mut bytes = 0_usize;
        for (key, value) in self.bytes_after(after, limits.rows_max)? {
            bytes = bytes.saturating_add(value.len());
            if bytes > limits.bytes_max && !page.rows.is_empty() {
                break;
            }
            if let Some(place) = place_of(&key)? {
                page.rows.push((place, codec::decode(&value)?));
            }
        }
        Ok(page)
    }

    /// The places of the next rows after `after`.
    pub(crate) fn places_after(
        &self,
        after: FeedPosition,
        rows_max: usize,
    ) -> Result<Vec<FeedPosition>, Error> {
        if let Some(places) = self.recent.places(after, rows_max) {
            return Ok(places);
        }
        let rows = self.bytes_after(after, rows_max)?;
        let places = rows.iter().map(|(key, _)| place_of(key));
        places.filter_map(Result::transpose).collect()
    }

    fn bytes_after(&self, after: FeedPosition, rows_max: usize) -> Result<Vec<RowBytes>, Error> {
        let first = Key::Outbox {
            group: self.group,
            index: after.index,
            seq: after.seq,
        };
        let range = KeyRange::outbox(self.group).after(&first);
        let view = self.store.snapshot();
        Ok(view.scan_bytes(&range, Order::Ascending, rows_max)?)
    }

    /// The place of the last row at or before `index`, if it has not been trimmed.
    pub fn last_until(&self, index: u64) -> Result<Option<FeedPosition>, Error> {
        let end = Key::Outbox {
            group: self.group,
            index: index.saturating_add(1),
            seq: 0,
        };
        let range = KeyRange::outbox(self.group).before(&end);
        let view = self.store.snapshot();
        let Some((key, _)) = view.scan_bytes(&range, Order::Descending, 1)?.pop() else {
            return Ok(None);
        };
        place_of(&key)
    }
}

fn place_of(key: &[u8]) -> Result<Option<FeedPosition>, Error> {
    match Key::decode(key)? {
        Key::Outbox { index, seq, .. } => Ok(Some(FeedPosition { index, seq })),
        _ => Ok(None),
    }
}
