//! Last-writer maps: the newest value of each key, and the newest keys.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{MessageId, Monoid, Semilattice, Timestamp};

/// A value, and where it comes from.
///
/// The order of entries is that of their fields: time, then message id; value and source only break the tie between two
/// messages that share both (the same message id under other identifiers), so that the greater entry is the same for all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry<V> {
    /// When the message that carried it happened.
    pub time: Timestamp,
    /// The message that carried it.
    pub message_id: MessageId,
    /// The value.
    pub value: V,
    /// The write key or import that the message came by.
    pub source: String,
}

/// The newest entry of each key; of the keys, the `MAX` whose newest entries are newest.
///
/// Dropping keys is order-free: a key that belongs to the newest `MAX` of the whole is among the newest `MAX` of every part
/// that holds its newest entry, so no partial sum drops it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latest<K: Ord, V, const MAX: usize> {
    /// The newest entry per key.
    pub entries: BTreeMap<K, Entry<V>>,
    /// Whether something was left out: a key beyond `MAX`, a name or value beyond its size.
    pub truncated: bool,
}

impl<K: Ord + Clone, V: Ord + Clone, const MAX: usize> Latest<K, V, MAX> {
    /// Puts an entry in, unless a newer one of its key is there.
    pub(crate) fn put(&mut self, key: K, entry: Entry<V>) {
        if self.entries.get(&key).is_none_or(|held| *held < entry) {
            self.entries.insert(key, entry);
        }
        self.bound();
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.entries.get(key).map(|entry| &entry.value)
    }

    fn bound(&mut self) {
        if self.entries.len() <= MAX {
            return;
        }
        self.truncated = true;
        let mut newest_first: Vec<_> = self
            .entries
            .iter()
            .map(|(key, e)| (e.time, &e.message_id, key))
            .collect();
        newest_first.sort_unstable_by(|a, b| b.cmp(a));
        let dropped: BTreeSet<K> = newest_first[MAX..]
            .iter()
            .map(|(_, _, key)| (*key).clone())
            .collect();
        self.entries.retain(|key, _| !dropped.contains(key));
    }
}

impl<K: Ord + Clone, V: Ord + Clone, const MAX: usize> Monoid for Latest<K, V, MAX> {
    fn empty() -> Self {
        Latest {
            entries: BTreeMap::new(),
            truncated: false,
        }
    }

    fn merge(&mut self, other: &Self) {
        self.truncated |= other.truncated;
        for (key, entry) in &other.entries {
            // Looked at before it is cloned: most of what is merged is older than what is held.
            if self.entries.get(key).is_none_or(|held| held < entry) {
                self.entries.insert(key.clone(), entry.clone());
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
        for (key, entry) in other.entries {
            if self.entries.get(&key).is_none_or(|held| *held < entry) {
                self.entries.insert(key, entry);
            }
        }
        self.bound();
    }
}

impl<K: Ord + Clone, V: Ord + Clone, const MAX: usize> Semilattice for Latest<K, V, MAX> {}
