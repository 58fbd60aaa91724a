//! Maps of sums: a sum for each key, and a sample of the keys when there are too many.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::{Channel, Currency, Kind, Monoid};

/// A sum for each key; of the keys, the `MAX` with the smallest hashes.
///
/// Keeping the smallest hashes is order-free and exact: a key among the smallest of the whole is among the smallest of every
/// part that holds it, so none of its sum is ever lost. A key is either whole or absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample<K: Ord, V, const MAX: usize> {
    /// The sum per key.
    pub entries: BTreeMap<K, V>,
    /// Whether something was left out: a key beyond `MAX`, or a name beyond its size.
    pub truncated: bool,
}

/// A key that can be sampled by hash. The text is frozen: which keys a full map holds depends on it.
pub trait SampleKey: Ord + Clone {
    /// The text that is hashed; different for different keys.
    fn text(&self) -> &str;
}

impl SampleKey for String {
    fn text(&self) -> &str {
        self
    }
}

impl SampleKey for Channel {
    fn text(&self) -> &str {
        self.as_str()
    }
}

impl SampleKey for Currency {
    fn text(&self) -> &str {
        self.as_str()
    }
}

impl SampleKey for Kind {
    fn text(&self) -> &str {
        self.as_str()
    }
}

impl<K: SampleKey, V: Monoid + Clone, const MAX: usize> Sample<K, V, MAX> {
    /// Adds to the sum of a key.
    pub(crate) fn add(&mut self, key: K, value: &V) {
        self.entries
            .entry(key)
            .or_insert_with(V::empty)
            .merge(value);
        self.bound();
    }

    /// The sum of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key)
    }

    fn bound(&mut self) {
        if self.entries.len() <= MAX {
            return;
        }
        self.truncated = true;
        let mut by_hash: Vec<_> = self
            .entries
            .keys()
            .map(|key| (xxh3_64(key.text().as_bytes()), key))
            .collect();
        by_hash.sort_unstable();
        let dropped: BTreeSet<K> = by_hash[MAX..]
            .iter()
            .map(|(_, key)| (*key).clone())
            .collect();
        self.entries.retain(|key, _| !dropped.contains(key));
    }
}

impl<K: SampleKey, V: Monoid + Clone, const MAX: usize> Monoid for Sample<K, V, MAX> {
    fn empty() -> Self {
        Sample {
            entries: BTreeMap::new(),
            truncated: false,
        }
    }

    fn merge(&mut self, other: &Self) {
        self.truncated |= other.truncated;
        for (key, value) in &other.entries {
            match self.entries.get_mut(key) {
                Some(held) => held.merge(value),
                None => {
                    self.entries.insert(key.clone(), value.clone());
                }
            }
        }
        self.bound();
    }

    fn absorb(&mut self, other: Self) {
        self.truncated |= other.truncated;
        if self.entries.is_empty() {
            self.entries = other.entries;
            return;
        }
        for (key, value) in other.entries {
            match self.entries.get_mut(&key) {
                Some(held) => held.absorb(value),
                None => {
                    self.entries.insert(key, value);
                }
            }
        }
        self.bound();
    }
}
