//! Reading rows, from a view or through a batch.

use crate::{
    Error, Key, KeyRange, Order,
    codec::{self, Stored},
};

/// A key and its value.
pub type RowBytes = (Vec<u8>, Vec<u8>);

/// What can be read: a [`crate::View`] (nothing changes under it) or a [`crate::Batch`] (reads its own writes).
pub trait Read {
    /// The bytes of a row, shown to `read` where they lie.
    fn get_bytes<T>(
        &self,
        key: &Key,
        read: impl FnOnce(&[u8]) -> Result<T, Error>,
    ) -> Result<Option<T>, Error>;

    /// Up to `limit` rows of a range as bytes.
    fn scan_bytes(
        &self,
        range: &KeyRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<RowBytes>, Error>;

    /// A row.
    fn get<T: Stored>(&self, key: &Key) -> Result<Option<T>, Error> {
        self.get_bytes(key, codec::decode)
    }

    /// Whether there is a row.
    fn contains(&self, key: &Key) -> Result<bool, Error> {
        Ok(self.get_bytes(key, |_| Ok(()))?.is_some())
    }

    /// Up to `limit` rows of a range.
    fn scan<T: Stored>(
        &self,
        range: &KeyRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<(Key, T)>, Error> {
        let mut rows = Vec::new();
        for (key, value) in self.scan_bytes(range, order, limit)? {
            rows.push((Key::decode(&key)?, codec::decode(&value)?));
        }
        Ok(rows)
    }
}
