//! Raft groups and their numbers.
//!
//! The number of a group is in every key of the log and in the partitions of its own rows. Frozen.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One Raft group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum GroupId {
    /// Workspaces, access keys, settings, placement.
    Registry,
    /// The identity graphs of the workspaces that are assigned to it.
    Identity(u16),
    /// The interactions and rollups of a range of slots.
    Anchors(u16),
}

impl GroupId {
    /// How many groups of one kind there can be.
    pub const PER_KIND_MAX: u16 = 0x1000;

    /// The number of the group.
    pub fn number(self) -> u16 {
        match self {
            Self::Registry => 0,
            Self::Identity(k) => 0x1000 | (k % Self::PER_KIND_MAX),
            Self::Anchors(k) => 0x2000 | (k % Self::PER_KIND_MAX),
        }
    }

    /// The group of this number, if there is one.
    pub fn from_number(number: u16) -> Option<Self> {
        match number {
            0 => Some(Self::Registry),
            0x1000..=0x1FFF => Some(Self::Identity(number & 0x0FFF)),
            0x2000..=0x2FFF => Some(Self::Anchors(number & 0x0FFF)),
            _ => None,
        }
    }

    /// The partition (first two bytes) of the rows of CF data that the group owns whatever its slots.
    pub(crate) fn partition(self) -> u16 {
        match self {
            Self::Registry => 0x3000,
            other => other.number(),
        }
    }

    /// The group whose own rows are in this partition.
    pub(crate) fn of_partition(partition: u16) -> Option<Self> {
        match partition {
            0x3000 => Some(Self::Registry),
            0x1000..=0x2FFF => Self::from_number(partition),
            _ => None,
        }
    }
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry => f.write_str("registry"),
            Self::Identity(k) => write!(f, "identity-{k}"),
            Self::Anchors(k) => write!(f, "anchors-{k}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_frozen_and_go_both_ways() {
        for (group, number, partition) in [
            (GroupId::Registry, 0x0000, 0x3000),
            (GroupId::Identity(0), 0x1000, 0x1000),
            (GroupId::Identity(7), 0x1007, 0x1007),
            (GroupId::Anchors(0), 0x2000, 0x2000),
            (GroupId::Anchors(0x0FFF), 0x2FFF, 0x2FFF),
        ] {
            assert_eq!(group.number(), number);
            assert_eq!(group.partition(), partition);
            assert_eq!(GroupId::from_number(number), Some(group));
            assert_eq!(GroupId::of_partition(partition), Some(group));
        }
        assert_eq!(GroupId::from_number(0x3000), None);
        assert_eq!(GroupId::from_number(1), None);
    }
}
