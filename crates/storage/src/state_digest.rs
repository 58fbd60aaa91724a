//! One number for the whole state of a group: replicas at the same applied position have the same one.
//!
//! It covers every row that the group owns, byte for byte, in order of key. Rows of logs and of the node itself have no part in it.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::{Error, GroupId, Order, SlotMap, View};

/// The digest of a group's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateDigest {
    /// XXH3-128 over keys and values, each behind its length.
    pub hash: u128,
    /// How many rows there are.
    pub rows: u64,
}

impl View<'_> {
    /// The digest of a group's state, as of this view. It reads every row of the group.
    pub fn digest(&self, group: GroupId, map: &SlotMap) -> Result<StateDigest, Error> {
        let (mut hash, mut rows) = (Xxh3::new(), 0);
        for range in map.ranges(group) {
            self.for_each(&range, Order::Ascending, |key, value| {
                for part in [key, value] {
                    hash.update(&(part.len() as u64).to_be_bytes());
                    hash.update(part);
                }
                rows += 1;
                ControlFlow::Continue(())
            })?;
        }
        Ok(StateDigest {
            hash: hash.digest128(),
            rows,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::{Key, Store, StoreOptions, row::FeedPosition};

    #[test]
    fn it_is_of_the_rows_of_the_group_and_of_nothing_else() {
        let map = SlotMap::new(2);
        let digest = |rows: &[(u16, u64, u32)]| {
            let dir = tempfile::tempdir().unwrap();
            let store = Store::open(&StoreOptions::new(dir.path())).unwrap();
            for &(number, index, value) in rows {
                let group = GroupId::Anchors(number);
                let mut batch = store.batch(group);
                let key = Key::Change {
                    group,
                    index,
                    seq: 0,
                };
                batch.put(&key, &FeedPosition { index, seq: value });
                batch.commit().unwrap();
            }
            store.snapshot().digest(GroupId::Anchors(0), &map).unwrap()
        };
        let base = digest(&[(0, 1, 7), (0, 2, 8)]);
        assert_eq!(base.rows, 2);
        assert_eq!(
            digest(&[(0, 2, 8), (1, 9, 9), (0, 1, 7)]),
            base,
            "order, another group"
        );
        for other in [
            &[(0, 1, 7)][..],
            &[(0, 1, 7), (0, 2, 9)],
            &[(0, 1, 7), (0, 3, 8)],
        ] {
            assert_ne!(digest(other).hash, base.hash, "{other:?}");
        }
    }
}
