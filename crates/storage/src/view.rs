//! A consistent view of the rows.

use std::ops::ControlFlow;

use rocksdb::{ReadOptions, Snapshot};

use crate::{
    Error, GroupId, Key, KeyRange, Order, Read, RowBytes, StateMeta, Store,
    codec::{self, Stored},
    engine::{DATA, META, family, for_each, row_range_options},
    meta_key::Meta,
};

/// Rows that are read one by one: reading them together costs more than it saves.
const SINGLE_GETS_MAX: usize = 2;

/// Every row as it was at one moment, whatever is written afterwards. To be held for one request, not longer: rows
/// that it can still see are not given back to the disk.
pub struct View<'a> {
    store: &'a Store,
    snapshot: Snapshot<'a>,
}

impl<'a> View<'a> {
    pub(crate) fn new(store: &'a Store) -> Self {
        Self {
            store,
            snapshot: store.db().snapshot(),
        }
    }

    /// Many rows at once, in the order of the keys.
    pub fn multi_get<T: Stored>(&self, keys: &[Key]) -> Result<Vec<Option<T>>, Error> {
        if keys.len() <= SINGLE_GETS_MAX {
            return keys.iter().map(|key| self.get(key)).collect();
        }
        let family = family(self.store.db(), DATA)?;
        let bytes: Vec<Vec<u8>> = keys.iter().map(Key::encode).collect();
        let mut options = ReadOptions::default();
        options.set_snapshot(&self.snapshot);
        let found = self
            .store
            .db()
            .batched_multi_get_cf_opt(family, &bytes, false, &options);
        let mut rows = Vec::with_capacity(keys.len());
        for row in found {
            let row = row.map_err(Error::engine("read rows"))?;
            rows.push(row.map(|bytes| codec::decode(&bytes)).transpose()?);
        }
        Ok(rows)
    }

    /// Shows each row of a range as bytes, until `row` breaks.
    pub fn for_each(
        &self,
        range: &KeyRange,
        order: Order,
        row: impl FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        if range.is_empty() {
            return Ok(());
        }
        let options = row_range_options(range, order);
        for_each(
            self.snapshot
                .raw_iterator_cf_opt(family(self.store.db(), DATA)?, options),
            order,
            row,
        )
    }

    /// A fact about a group's state, as of this view.
    pub fn state_meta(&self, group: GroupId, fact: StateMeta) -> Result<Option<Vec<u8>>, Error> {
        let key = Meta::from(fact).key(group);
        let found = self.snapshot.get_cf(family(self.store.db(), META)?, key);
        found.map_err(Error::engine("read the state of a group"))
    }
}

impl Read for View<'_> {
    fn get_bytes<T>(
        &self,
        key: &Key,
        read: impl FnOnce(&[u8]) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let found = self
            .snapshot
            .get_pinned_cf(family(self.store.db(), DATA)?, key.encode());
        found
            .map_err(Error::engine("read a row"))?
            .map(|bytes| read(&bytes))
            .transpose()
    }

    fn scan_bytes(
        &self,
        range: &KeyRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<RowBytes>, Error> {
        let mut rows = Vec::new();
        if limit == 0 {
            return Ok(rows);
        }
        self.for_each(range, order, |key, value| {
            rows.push((key.to_vec(), value.to_vec()));
            if rows.len() < limit {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        Ok(rows)
    }
}
