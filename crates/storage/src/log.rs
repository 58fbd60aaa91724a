//! Reading the logs back.
//!
//! - A range that is asked for comes whole, up to the bound in bytes, or is an error: a consensus library that gets a
//!   short read would take it for the truth.

use std::ops::{ControlFlow, Range};

use rocksdb::ReadOptions;

use crate::{
    Error, GroupId, KeyRange, LogMeta, Order, Store,
    engine::{LOG, family, for_each, range_options},
    meta_key::{log_key, log_key_end, parse_log_key},
};

impl Store {
    /// The rows of a range of indexes: every one from the start on, until the end of the range or, after at least
    /// one, until `bytes_max` is passed. A missing row is [`Error::LogHole`].
    pub fn read_log(
        &self,
        group: GroupId,
        range: Range<u64>,
        bytes_max: usize,
    ) -> Result<Vec<(u64, Vec<u8>)>, Error> {
        let (mut rows, mut bytes, mut full, mut hole) = (Vec::new(), 0, false, None);
        if range.is_empty() {
            return Ok(rows);
        }
        let keys = KeyRange {
            from: log_key(group, range.start).to_vec(),
            to: log_key(group, range.end).to_vec(),
        };
        self.for_each_log(&keys, Order::Ascending, |key, value| {
            let next = range.start + rows.len() as u64;
            match parse_log_key(key) {
                Ok((_, index)) if index == next => {}
                _ => {
                    hole = Some(next);
                    return ControlFlow::Break(());
                }
            }
            bytes += value.len();
            if !rows.is_empty() && bytes > bytes_max {
                full = true;
                return ControlFlow::Break(());
            }
            rows.push((next, value.to_vec()));
            ControlFlow::Continue(())
        })?;
        let end = range.start + rows.len() as u64;
        if hole.is_some() || (!full && end < range.end) {
            return Err(Error::LogHole { group, index: end });
        }
        Ok(rows)
    }

    /// The last row of a group's log.
    pub fn last_log(&self, group: GroupId) -> Result<Option<(u64, Vec<u8>)>, Error> {
        let keys = KeyRange {
            from: log_key(group, 0).to_vec(),
            to: log_key_end(group).to_vec(),
        };
        let mut last = None;
        self.for_each_log(&keys, Order::Descending, |key, value| {
            last = Some(parse_log_key(key).map(|(_, index)| (index, value.to_vec())));
            ControlFlow::Break(())
        })?;
        last.transpose()
    }

    /// Shows the index and the size of each row of a group's log, in order.
    pub fn for_each_log_size(
        &self,
        group: GroupId,
        mut row: impl FnMut(u64, u64),
    ) -> Result<(), Error> {
        let keys = KeyRange {
            from: log_key(group, 0).to_vec(),
            to: log_key_end(group).to_vec(),
        };
        let mut broken = None;
        self.for_each_log(&keys, Order::Ascending, |key, value| {
            match parse_log_key(key) {
                Ok((_, index)) => row(index, value.len() as u64),
                Err(error) => {
                    broken = Some(error);
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        })?;
        broken.map_or(Ok(()), Err)
    }

    /// A fact about a group's log.
    pub fn log_meta(&self, group: GroupId, fact: LogMeta) -> Result<Option<Vec<u8>>, Error> {
        self.meta(group, fact.into())
    }

    fn for_each_log(
        &self,
        keys: &KeyRange,
        order: Order,
        row: impl FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let options = range_options(ReadOptions::default(), keys);
        for_each(
            self.db()
                .raw_iterator_cf_opt(family(self.db(), LOG)?, options),
            order,
            row,
        )
    }
}
