//! A few rows in order; or many, where many keys begin alike.

use std::collections::BTreeMap;
use std::ops::Bound;

/// Rows that lie side by side: past this many, making room for one between them moves too much.
const FEW_MAX: usize = 32;

/// Rows in order of key.
#[derive(Clone, Debug)]
pub(crate) enum Bucket<K, V> {
    Few(Vec<(K, V)>),
    Many(BTreeMap<K, V>),
}

impl<K, V> Default for Bucket<K, V> {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl<K: Ord + Copy, V> Bucket<K, V> {
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        match self {
            Self::Few(rows) => find(rows, key).ok().map(|at| &rows[at].1),
            Self::Many(rows) => rows.get(key),
        }
    }

    pub(crate) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        match self {
            Self::Few(rows) => find(rows, key).ok().map(|at| &mut rows[at].1),
            Self::Many(rows) => rows.get_mut(key),
        }
    }

    /// Puts a row; true when there was none.
    pub(crate) fn insert(&mut self, key: K, value: V) -> bool {
        match self {
            Self::Few(rows) => match find(rows, &key) {
                Ok(at) => {
                    rows[at].1 = value;
                    false
                }
                Err(at) => {
                    rows.insert(at, (key, value));
                    if rows.len() > FEW_MAX {
                        *self = Self::Many(std::mem::take(rows).into_iter().collect());
                    }
                    true
                }
            },
            Self::Many(rows) => rows.insert(key, value).is_none(),
        }
    }

    /// Takes a row out; true when there was one.
    pub(crate) fn remove(&mut self, key: &K) -> bool {
        match self {
            Self::Few(rows) => find(rows, key).map(|at| rows.remove(at)).is_ok(),
            Self::Many(rows) => rows.remove(key).is_some(),
        }
    }

    /// Rows in order of key, from a bound on.
    pub(crate) fn range(&self, start: Bound<K>) -> impl Iterator<Item = (&K, &V)> {
        let (few, many) = match self {
            Self::Few(rows) => {
                let is_before = |(key, _): &(K, V)| match start {
                    Bound::Included(first) => *key < first,
                    Bound::Excluded(last) => *key <= last,
                    Bound::Unbounded => false,
                };
                (&rows[rows.partition_point(is_before)..], None)
            }
            Self::Many(rows) => (&[][..], Some(rows.range((start, Bound::Unbounded)))),
        };
        let few = few.iter().map(|(key, value)| (key, value));
        few.chain(many.into_iter().flatten())
    }

    pub(crate) fn into_iter(self) -> impl Iterator<Item = (K, V)> {
        let (few, many) = match self {
            Self::Few(rows) => (rows, BTreeMap::new()),
            Self::Many(rows) => (Vec::new(), rows),
        };
        few.into_iter().chain(many)
    }

    /// Parts the rows in two; the keys of the second come after those of the first.
    pub(crate) fn part(mut self, is_second: impl Fn(&K) -> bool) -> (Self, Self) {
        match &mut self {
            Self::Few(rows) => {
                let second = rows.split_off(rows.partition_point(|(key, _)| !is_second(key)));
                (self, Self::Few(second))
            }
            Self::Many(_) => {
                let (second, first): (Vec<_>, Vec<_>) =
                    self.into_iter().partition(|(key, _)| is_second(key));
                (Self::of(first), Self::of(second))
            }
        }
    }

    /// A bucket of rows that are in order.
    pub(crate) fn of(rows: Vec<(K, V)>) -> Self {
        if rows.len() > FEW_MAX {
            Self::Many(rows.into_iter().collect())
        } else {
            Self::Few(rows)
        }
    }
}

fn find<K: Ord, V>(rows: &[(K, V)], key: &K) -> Result<usize, usize> {
    rows.binary_search_by(|(other, _)| other.cmp(key))
}
