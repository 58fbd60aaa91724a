//! Two partitions of the same identifiers: what was put together, what was taken apart, and what changed its owner.
//!
//! - Profiles are compared by the values that name people. Things follow their owners, and only those that follow another
//!   one, or nobody any more, have moved.
//! - Ids of profiles are not compared: a merge renames one of two, and that is no change.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_identity::NodeId;

use super::report::{MergesReport, MovesReport, SplitsReport};
use super::whose::{Partition, Whose};

/// The values that name people of a profile, by the profile that they are in on the other side.
pub(super) type Parts = BTreeMap<NodeId, Vec<NodeId>>;

/// A thing whose owner is another one, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) thing: NodeId,
    pub(super) before: Whose,
    pub(super) after: Whose,
}

/// What is different.
pub(super) struct Comparison {
    /// New profiles that hold people of several old ones.
    pub(super) merges: BTreeMap<NodeId, Parts>,
    /// Old profiles whose people are in several new ones.
    pub(super) splits: BTreeMap<NodeId, Parts>,
    /// By thing.
    pub(super) moves: Vec<Move>,
}

impl Comparison {
    pub(super) fn of(before: &Partition, after: &Partition) -> Self {
        let mut merges: BTreeMap<NodeId, Parts> = BTreeMap::new();
        let mut splits: BTreeMap<NodeId, Parts> = BTreeMap::new();
        let mut moves = Vec::new();
        for node in before.nodes() {
            // The new rules may say of a namespace that it names people, or that it does not.
            if !before.names_person(node) && !after.names_person(node) {
                moves.extend(moved(before, after, node));
                continue;
            }
            let (old, new) = (before.profile(node), after.profile(node));
            let part = |parts: &mut BTreeMap<NodeId, Parts>, whole, part| {
                let parts = parts.entry(whole).or_default();
                parts.entry(part).or_default().push(node);
            };
            part(&mut merges, new, old);
            part(&mut splits, old, new);
        }
        merges.retain(|_, parts| parts.len() > 1);
        splits.retain(|_, parts| parts.len() > 1);
        Self {
            merges,
            splits,
            moves,
        }
    }

    pub(super) fn merges_report(&self) -> MergesReport {
        let old: BTreeSet<&NodeId> = self.merges.values().flat_map(BTreeMap::keys).collect();
        MergesReport {
            profiles: self.merges.len() as u64,
            of: old.len() as u64,
        }
    }

    pub(super) fn splits_report(&self) -> SplitsReport {
        let new: BTreeSet<&NodeId> = self.splits.values().flat_map(BTreeMap::keys).collect();
        SplitsReport {
            profiles: self.splits.len() as u64,
            into: new.len() as u64,
        }
    }

    pub(super) fn moves_report(&self) -> Vec<MovesReport> {
        let mut counts: BTreeMap<(Whose, Whose), u64> = BTreeMap::new();
        for moved in &self.moves {
            *counts.entry((moved.before, moved.after)).or_default() += 1;
        }
        let counts = counts.into_iter();
        counts
            .map(|((before, after), identifiers)| MovesReport {
                before,
                after,
                identifiers,
            })
            .collect()
    }
}

/// A thing has moved when it is not with whom its owners are now.
fn moved(before: &Partition, after: &Partition, thing: NodeId) -> Option<Move> {
    let (old, old_owners) = before.owners(thing);
    let (new, new_owners) = after.owners(thing);
    let now = |owners: BTreeSet<NodeId>| -> BTreeSet<NodeId> {
        owners
            .into_iter()
            .map(|owner| after.profile(owner))
            .collect()
    };
    let has_moved = old != new || now(old_owners) != now(new_owners);
    has_moved.then_some(Move {
        thing,
        before: old,
        after: new,
    })
}
