//! The graph in a map: for tests, and for computing a partition beside the stored one.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ops::Bound;

use crate::{Effects, Reader, RowKey, RowPrefix, RowValue};

/// Rows in memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    rows: BTreeMap<RowKey, RowValue>,
}

impl Memory {
    /// Does what the resolver decided.
    pub fn apply(&mut self, effects: Effects) {
        for (key, value) in effects.writes {
            match value {
                Some(value) => self.rows.insert(key, value),
                None => self.rows.remove(&key),
            };
        }
    }

    /// All rows in order of key.
    pub fn rows(&self) -> impl Iterator<Item = (&RowKey, &RowValue)> {
        self.rows.iter()
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
        let first = prefix.first();
        let start = match after {
            Some(after) if *after >= first => Bound::Excluded(*after),
            _ => Bound::Included(first),
        };
        let rows = self.rows.range((start, Bound::Unbounded));
        Ok(rows
            .take_while(|(key, _)| prefix.contains(key))
            .take(limit)
            .map(|(k, v)| (*k, v.clone()))
            .collect())
    }
}
