//! The graph in a map: for tests, and for computing a partition beside the stored one.

use std::convert::Infallible;

use crate::rows::Rows;
use crate::{Effects, Reader, RowKey, RowPrefix, RowValue};

/// Rows in memory.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    rows: Rows<RowValue>,
}

impl Memory {
    /// Does what the resolver decided.
    pub fn apply(&mut self, effects: Effects) {
        for (key, value) in effects.writes {
            match value {
                Some(value) => self.rows.insert(key, value),
                None => self.rows.remove(&key),
            }
        }
    }

    /// All rows in order of key.
    pub fn rows(&self) -> impl Iterator<Item = (&RowKey, &RowValue)> {
        self.rows.iter()
    }
}

impl PartialEq for Memory {
    fn eq(&self, other: &Self) -> bool {
        self.rows().eq(other.rows())
    }
}

impl Reader for Memory {
    type Error = Infallible;

    fn get(&self, key: &RowKey) -> Result<Option<RowValue>, Infallible> {
        Ok(self.rows.get(key).cloned())
    }

    fn scan(
        &self,
        prefix: &RowPrefix,
        after: Option<&RowKey>,
        limit: usize,
    ) -> Result<Vec<(RowKey, RowValue)>, Infallible> {
        let rows = self.rows.range(prefix, after).take(limit);
        Ok(rows.map(|(key, value)| (*key, value.clone())).collect())
    }
}
