//! An ordered map for keys that begin with a hash.
//!
//! ```text
//! key ─► table ─► bucket by its leading bits ─► a few rows in order
//! ```
//!
//! - Ids are keyed hashes, so their leading bits spread rows evenly, and a row is found in one step where a tree of ten
//!   million has eight. Where they do not (one node with a hundred thousand links), a bucket is a tree like any other.
//! - Tables, buckets and maps are in order of key, so that iterating them is.

use std::ops::Bound;

use crate::bucket::Bucket;
use crate::{NodeId, RowKey, RowPrefix};

/// Rows per bucket on average, past which a table has twice the buckets.
const BUCKET_ROWS_MAX: usize = 8;

/// A key whose order begins with a number.
pub(crate) trait Leading: Ord + Copy {
    /// The number: a key with a smaller one is the smaller key.
    fn leading(&self) -> u64;
}

impl Leading for NodeId {
    fn leading(&self) -> u64 {
        leading(&self.0)
    }
}

/// Of keys of one table.
impl Leading for RowKey {
    fn leading(&self) -> u64 {
        place(self).1
    }
}

fn leading(id: &[u8; 16]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *id;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// The number of a key's table, in the order of the tables, and what the key begins with.
fn place(key: &RowKey) -> (usize, u64) {
    match key {
        RowKey::Evidence { strand, .. } => (0, leading(&strand.0)),
        RowKey::SourceStrand { source, .. } => (1, leading(&source.0)),
        RowKey::NodeEvidence { node, .. } => (2, leading(&node.0)),
        RowKey::Node { node } => (3, leading(&node.0)),
        RowKey::Link { node, .. } => (4, leading(&node.0)),
        RowKey::Trait { node, .. } => (5, leading(&node.0)),
        RowKey::Identifier { id } => (6, leading(&id.0)),
        RowKey::Profile { root } => (7, leading(&root.0)),
        RowKey::Member { holder, .. } => (8, leading(&holder.0)),
        RowKey::Candidate { node, .. } => (9, leading(&node.0)),
        RowKey::Fact { fact } => (10, leading(&fact.0)),
        RowKey::Pending { of, .. } => (11, leading(of)),
        RowKey::Rules { epoch } => (12, u64::from(*epoch) << 32),
        RowKey::Via { node, .. } => (13, leading(&node.0)),
        RowKey::Attribution { strand } => (14, leading(&strand.0)),
        RowKey::Revoked { source } => (15, leading(&source.0)),
        RowKey::Withheld { source, .. } => (16, leading(&source.0)),
        RowKey::Epochs => (17, 0),
        RowKey::Extent { root } => (18, leading(&root.0)),
        RowKey::PendingCount => (19, 0),
    }
}

const TABLES: usize = 20;

/// True when the keys of the range begin with different numbers.
fn is_whole_table(prefix: &RowPrefix) -> bool {
    match prefix {
        RowPrefix::Evidence
        | RowPrefix::Nodes
        | RowPrefix::Profiles
        | RowPrefix::Facts
        | RowPrefix::Pending
        | RowPrefix::AllMembers
        | RowPrefix::Attributions
        | RowPrefix::AllWithheld => true,
        RowPrefix::EvidenceOf(_)
        | RowPrefix::SourceStrands(_)
        | RowPrefix::NodeEvidence(_)
        | RowPrefix::Links(_)
        | RowPrefix::LinksTowards(..)
        | RowPrefix::Traits(_)
        | RowPrefix::Members(_)
        | RowPrefix::MembersOf(..)
        | RowPrefix::Candidates(_)
        | RowPrefix::PendingOf(_)
        | RowPrefix::Vias(_)
        | RowPrefix::Withheld(_) => false,
    }
}

/// The rows of one table.
#[derive(Clone, Debug)]
pub(crate) struct Table<K, V> {
    /// As many as a power of two; the leading bits of a key are the number of its bucket.
    buckets: Vec<Bucket<K, V>>,
    len: usize,
}

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self {
            buckets: vec![Bucket::default()],
            len: 0,
        }
    }
}

impl<K: Leading, V> Table<K, V> {
    fn place(&self, leading: u64) -> usize {
        let bits = self.buckets.len().trailing_zeros();
        // With one bucket there are no bits: a shift by all 64 is none.
        let number = leading.checked_shr(u64::BITS - bits).unwrap_or(0);
        usize::try_from(number).expect("a table has fewer buckets than memory has bytes")
    }

    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.buckets[self.place(key.leading())].get(key)
    }

    pub(crate) fn insert(&mut self, key: K, value: V) {
        let place = self.place(key.leading());
        if self.buckets[place].insert(key, value) {
            self.len += 1;
            self.make_room();
        }
    }

    pub(crate) fn remove(&mut self, key: &K) {
        let place = self.place(key.leading());
        if self.buckets[place].remove(key) {
            self.len -= 1;
            if self.len < self.buckets.len() / 2 {
                self.join_buckets();
            }
        }
    }

    /// The value of a key, made first where there is none.
    pub(crate) fn get_or_insert<E>(
        &mut self,
        key: K,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<&mut V, E> {
        let mut place = self.place(key.leading());
        if self.buckets[place].get(&key).is_none() {
            let value = make()?;
            self.insert(key, value);
            place = self.place(key.leading());
        }
        let value = self.buckets[place].get_mut(&key);
        Ok(value.expect("it was found or put above"))
    }

    /// Parts every bucket by the next bit when they are full.
    fn make_room(&mut self) {
        if self.len <= self.buckets.len() * BUCKET_ROWS_MAX {
            return;
        }
        let old = std::mem::take(&mut self.buckets);
        let bits = old.len().trailing_zeros() + 1;
        self.buckets.reserve_exact(old.len() * 2);
        let is_upper = |key: &K| (key.leading() >> (u64::BITS - bits)) & 1 == 1;
        for bucket in old {
            let (lower, upper) = bucket.part(is_upper);
            self.buckets.extend([lower, upper]);
        }
    }

    /// Puts every two buckets together.
    fn join_buckets(&mut self) {
        let mut old = std::mem::take(&mut self.buckets).into_iter();
        while let (Some(lower), Some(upper)) = (old.next(), old.next()) {
            let both = lower.into_iter().chain(upper.into_iter());
            self.buckets.push(Bucket::of(both.collect()));
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.buckets
            .iter()
            .flat_map(|bucket| bucket.range(Bound::Unbounded))
    }

    pub(crate) fn into_iter(self) -> impl Iterator<Item = (K, V)> {
        self.buckets.into_iter().flat_map(Bucket::into_iter)
    }
}

/// Rows of all tables.
#[derive(Clone, Debug)]
pub(crate) struct Rows<V> {
    tables: [Table<RowKey, V>; TABLES],
}

impl<V> Default for Rows<V> {
    fn default() -> Self {
        Self {
            tables: std::array::from_fn(|_| Table::default()),
        }
    }
}

impl<V> Rows<V> {
    pub(crate) fn get(&self, key: &RowKey) -> Option<&V> {
        self.tables[place(key).0].get(key)
    }

    pub(crate) fn insert(&mut self, key: RowKey, value: V) {
        self.tables[place(&key).0].insert(key, value);
    }

    pub(crate) fn remove(&mut self, key: &RowKey) {
        self.tables[place(key).0].remove(key);
    }

    /// The rows of a range in order of key, those after the key `after`.
    pub(crate) fn range<'a>(
        &'a self,
        prefix: &'a RowPrefix,
        after: Option<&RowKey>,
    ) -> impl Iterator<Item = (&'a RowKey, &'a V)> {
        let first = prefix.first();
        let start = match after {
            Some(after) if *after >= first => Bound::Excluded(*after),
            _ => Bound::Included(first),
        };
        let (Bound::Included(key) | Bound::Excluded(key)) = start else {
            unreachable!("a range has a start")
        };
        let (table, leading) = place(&key);
        let table = &self.tables[table];
        let from = table.place(leading);
        let to = if is_whole_table(prefix) {
            table.buckets.len()
        } else {
            from + 1
        };
        table.buckets[from..to]
            .iter()
            .flat_map(move |bucket| bucket.range(start))
            .take_while(|(key, _)| prefix.contains(key))
    }

    /// All rows in order of key.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&RowKey, &V)> {
        self.tables.iter().flat_map(Table::iter)
    }

    /// All rows in order of key.
    pub(crate) fn into_iter(self) -> impl Iterator<Item = (RowKey, V)> {
        self.tables.into_iter().flat_map(Table::into_iter)
    }
}
