//! A batch of changes to the state of one group.
//!
//! - It reads its own writes: a command sees what the commands before it in the same batch have done.
//! - It is written in one piece, with the group's applied position and membership, or not at all.
//! - It is not synced. The log entries that it came from are, earlier in the same write-ahead log.

use std::{
    collections::BTreeMap,
    ops::{Bound, ControlFlow},
};

use rocksdb::{DBPinnableSlice, WriteBatch};

use crate::{
    Error, GroupId, Key, KeyRange, Order, Read, RowBytes, StateMeta, Store,
    codec::{self, Stored},
    engine::{DATA, META, family, for_each, row_range_options},
    meta_key::Meta,
};

/// A row that a batch writes, or deletes where there is no value.
type Change<'a> = (&'a Vec<u8>, &'a Option<Vec<u8>>);

/// Changes to the state of one group that are not written yet.
pub struct Batch<'a> {
    store: &'a Store,
    group: GroupId,
    rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    /// Rows of the store that were fetched before they are asked for. Nobody else writes the rows of the group.
    fetched: BTreeMap<Vec<u8>, Option<DBPinnableSlice<'a>>>,
    metas: BTreeMap<[u8; 3], Vec<u8>>,
}

impl<'a> Batch<'a> {
    pub(crate) fn new(store: &'a Store, group: GroupId) -> Self {
        Self {
            store,
            group,
            rows: BTreeMap::new(),
            fetched: BTreeMap::new(),
            metas: BTreeMap::new(),
        }
    }

    /// The group whose state it changes.
    pub fn group(&self) -> GroupId {
        self.group
    }

    /// Reads rows that will be asked for, all at once, which costs less than one by one.
    pub fn fetch<'k>(&mut self, keys: impl IntoIterator<Item = &'k Key>) -> Result<(), Error> {
        let store = self.store;
        let mut keys: Vec<Vec<u8>> = keys.into_iter().map(Key::encode).collect();
        keys.retain(|key| !self.rows.contains_key(key) && !self.fetched.contains_key(key));
        keys.sort_unstable();
        let family = family(store.db(), DATA)?;
        let found = store.db().batched_multi_get_cf(family, &keys, true);
        for (key, row) in keys.into_iter().zip(found) {
            self.fetched
                .insert(key, row.map_err(Error::engine("read rows"))?);
        }
        Ok(())
    }

    /// Writes a row.
    pub fn put<T: Stored>(&mut self, key: &Key, row: &T) {
        self.rows.insert(key.encode(), Some(codec::encode(row)));
    }

    /// Deletes a row, if it is there.
    pub fn delete(&mut self, key: &Key) {
        self.rows.insert(key.encode(), None);
    }

    /// Keeps a fact about the group's state.
    pub fn put_meta(&mut self, fact: StateMeta, row: impl Into<Vec<u8>>) {
        self.metas
            .insert(Meta::from(fact).key(self.group), row.into());
    }

    /// How many rows will be written or deleted.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether nothing would be written.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.metas.is_empty()
    }

    /// Writes everything in one piece.
    pub fn commit(self) -> Result<(), Error> {
        let db = self.store.db();
        let (data, meta) = (family(db, DATA)?, family(db, META)?);
        let mut writes = WriteBatch::default();
        for (key, row) in &self.rows {
            match row {
                Some(row) => writes.put_cf(data, key, row),
                None => writes.delete_cf(data, key),
            }
        }
        for (key, row) in &self.metas {
            writes.put_cf(meta, key, row);
        }
        self.store
            .write("write the state of a group", writes, false)
    }

    /// The batch's own rows of a range, in this order.
    fn own<'b>(
        &'b self,
        range: &KeyRange,
        order: Order,
    ) -> Box<dyn Iterator<Item = Change<'b>> + 'b> {
        let bounds = (
            Bound::Included(&range.from[..]),
            Bound::Excluded(&range.to[..]),
        );
        let rows = self.rows.range::<[u8], _>(bounds);
        match order {
            Order::Ascending => Box::new(rows),
            Order::Descending => Box::new(rows.rev()),
        }
    }
}

impl Read for Batch<'_> {
    fn get_bytes<T>(
        &self,
        key: &Key,
        read: impl FnOnce(&[u8]) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let key = key.encode();
        match (self.rows.get(&key), self.fetched.get(&key)) {
            (Some(own), _) => own.as_deref().map(read).transpose(),
            (None, Some(fetched)) => fetched.as_deref().map(read).transpose(),
            (None, None) => {
                let found = self
                    .store
                    .db()
                    .get_pinned_cf(family(self.store.db(), DATA)?, key);
                found
                    .map_err(Error::engine("read a row"))?
                    .map(|bytes| read(&bytes))
                    .transpose()
            }
        }
    }

    fn scan_bytes(
        &self,
        range: &KeyRange,
        order: Order,
        limit: usize,
    ) -> Result<Vec<RowBytes>, Error> {
        if range.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let mut own = self.own(range, order).peekable();
        let mut rows: Vec<RowBytes> = Vec::new();
        let comes_first = |own: &[u8], stored: &[u8]| match order {
            Order::Ascending => own <= stored,
            Order::Descending => own >= stored,
        };
        let stored = self.store.db().raw_iterator_cf_opt(
            family(self.store.db(), DATA)?,
            row_range_options(range, order),
        );
        for_each(stored, order, |key, value| {
            let mut hidden = false;
            while rows.len() < limit
                && let Some((own_key, row)) = own.next_if(|(own_key, _)| comes_first(own_key, key))
            {
                hidden |= own_key.as_slice() == key;
                rows.extend(row.as_ref().map(|row| (own_key.clone(), row.clone())));
            }
            if rows.len() < limit && !hidden {
                rows.push((key.to_vec(), value.to_vec()));
            }
            if rows.len() < limit {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        })?;
        let rest = own.filter_map(|(key, row)| row.as_ref().map(|row| (key.clone(), row.clone())));
        let missing = limit - rows.len();
        rows.extend(rest.take(missing));
        Ok(rows)
    }
}
