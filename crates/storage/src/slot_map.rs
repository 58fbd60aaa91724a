//! Which anchors group owns which slots.
//!
//! - Ranges are contiguous and as equal as they can be; group `k` of `n` starts at `k × 4096 / n`.
//! - Every slot has exactly one owner.

use serde::{Deserialize, Serialize};

use crate::{GroupId, KeyRange, Slot, codec::Stored};

/// The division of the slots among the anchors groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotMap {
    /// Grows with every change of the map; it is part of a position.
    pub version: u64,
    /// How many anchors groups share the slots: 1 to [`Slot::COUNT`].
    pub anchors_groups: u16,
}

impl SlotMap {
    /// The first map with this many groups; at least one, at most [`Slot::COUNT`].
    pub fn new(anchors_groups: u16) -> Self {
        Self {
            version: 1,
            anchors_groups: anchors_groups.clamp(1, Slot::COUNT),
        }
    }

    /// The anchors group that owns a slot.
    pub fn group_of(&self, slot: Slot) -> GroupId {
        let groups = u32::from(self.anchors_groups);
        // The inverse of `first_slot`: the largest k with k × 4096 / n ≤ slot.
        let k = ((u32::from(slot.number()) + 1) * groups - 1) / u32::from(Slot::COUNT);
        GroupId::Anchors(k as u16)
    }

    /// The first and the last slot of an anchors group; none of a group that is not on the map.
    pub fn slots(&self, group: GroupId) -> Option<(Slot, Slot)> {
        match group {
            GroupId::Anchors(k) if k < self.anchors_groups => {
                let first = Slot::new(self.first_slot(k))?;
                Some((first, Slot::new(self.first_slot(k + 1) - 1)?))
            }
            _ => None,
        }
    }

    /// Every group of a node with this map: registry, identity-0 and the anchors groups.
    pub fn groups(&self) -> Vec<GroupId> {
        let anchors = (0..self.anchors_groups).map(GroupId::Anchors);
        [GroupId::Registry, GroupId::Identity(0)]
            .into_iter()
            .chain(anchors)
            .collect()
    }

    /// The ranges of CF data that a group owns.
    pub fn ranges(&self, group: GroupId) -> Vec<KeyRange> {
        let own = KeyRange::partitions(group.partition(), group.partition() + 1);
        match group {
            GroupId::Anchors(k) if k < self.anchors_groups => {
                vec![
                    KeyRange::partitions(self.first_slot(k), self.first_slot(k + 1)),
                    own,
                ]
            }
            _ => vec![own],
        }
    }

    fn first_slot(&self, k: u16) -> u16 {
        (u32::from(k) * u32::from(Slot::COUNT) / u32::from(self.anchors_groups)) as u16
    }
}

impl Stored for SlotMap {
    const NAME: &'static str = "SlotMap";
    const VERSION: u8 = 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_has_exactly_one_owner() {
        for groups in [1, 2, 3, 4, 5, 7, 16, 100, 4095, 4096] {
            let map = SlotMap::new(groups);
            for k in 0..groups {
                let (first, last) = map.slots(GroupId::Anchors(k)).expect("it is on the map");
                assert_eq!(map.group_of(first), map.group_of(last));
                for number in map.first_slot(k)..map.first_slot(k + 1) {
                    let slot = Slot::new(number).expect("below the count");
                    assert_eq!(
                        map.group_of(slot),
                        GroupId::Anchors(k),
                        "{groups} groups, slot {number}"
                    );
                }
            }
            assert_eq!(map.first_slot(groups), Slot::COUNT);
        }
    }
}
