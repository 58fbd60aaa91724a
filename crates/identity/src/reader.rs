//! Where the resolver reads the graph from: RocksDB in the server, a map in tests.

use crate::{RowKey, RowPrefix, RowValue};

/// A consistent view of the rows.
pub trait Reader {
    /// What reading can fail with.
    type Error;

    /// The row of a key.
    ///
    /// # Errors
    /// When the rows cannot be read.
    fn get(&self, key: &RowKey) -> Result<Option<RowValue>, Self::Error>;

    /// Rows of a range in order of key, at most `limit`, only those after the key `after`.
    ///
    /// # Errors
    /// When the rows cannot be read.
    fn scan(
        &self,
        prefix: &RowPrefix,
        after: Option<&RowKey>,
        limit: usize,
    ) -> Result<Vec<(RowKey, RowValue)>, Self::Error>;
}
