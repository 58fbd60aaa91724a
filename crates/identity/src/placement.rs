//! Whose a node is, and which of its interactions.
//!
//! - People's nodes make profiles. A thing belongs to the *node* of a person, not to the profile: whoever that person turns
//!   out to be, the thing goes along.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Day, NodeId};

/// Days from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DayRange {
    /// The first day.
    pub first: Day,
    /// The last day.
    pub last: Day,
}

impl DayRange {
    /// True when the day is one of them.
    #[must_use]
    pub fn contains(&self, day: Day) -> bool {
        self.first <= day && day <= self.last
    }
}

/// Which of the interactions under an identifier belong to whoever holds it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// All of them.
    All,
    /// Those on these days.
    Days(Vec<DayRange>),
    /// Those on all other days.
    Except(Vec<DayRange>),
    /// None by itself: its strands are attributed one by one.
    Strands,
}

impl Scope {
    /// True when interactions on the day belong to the holder.
    #[must_use]
    pub fn contains(&self, day: Day) -> bool {
        let within = |ranges: &[DayRange]| ranges.iter().any(|range| range.contains(day));
        match self {
            Self::All => true,
            Self::Days(ranges) => within(ranges),
            Self::Except(ranges) => !within(ranges),
            Self::Strands => false,
        }
    }
}

/// Days on which a thing was somebody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Run {
    /// When.
    pub days: DayRange,
    /// Whose: a node that makes a profile.
    pub owner: NodeId,
}

/// Whose a node is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Placement {
    /// It makes a profile, alone or with others.
    Person {
        /// The node that the profile stands under.
        root: NodeId,
    },
    /// It is a person's thing.
    Owned {
        /// A node that makes a profile.
        owner: NodeId,
        /// True when it was seen with the person, false when only with another thing of theirs.
        direct: bool,
    },
    /// It was different people's on different days; the other days are nobody's.
    Split {
        /// The days, in order, none twice.
        runs: Vec<Run>,
        /// True when it was handed on: the last owner is the present one.
        handed_on: bool,
    },
    /// It is nobody's: its strands are attributed one by one.
    Nobody {
        /// Those who share it, if they are few: for matching names, and for whoever asks.
        among: BTreeSet<NodeId>,
    },
}

impl Placement {
    /// The node of the one person that it is, or belongs to.
    #[must_use]
    pub fn holder(&self, node: NodeId) -> Option<NodeId> {
        match self {
            Self::Person { .. } => Some(node),
            Self::Owned { owner, .. } => Some(*owner),
            Self::Split { .. } | Self::Nobody { .. } => None,
        }
    }
}

/// What the evidence of a people's node says about its part in linking people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Class {
    /// It links as others do.
    #[default]
    Plain,
    /// A mailbox of several logins of which one stands out: only that one's link counts.
    Dominated {
        /// The login.
        by: NodeId,
    },
    /// A mailbox of logins of one person, one after the other.
    Succession {
        /// The logins.
        logins: BTreeSet<NodeId>,
    },
    /// A mailbox of several people: it joins nobody.
    Shared,
    /// A login of a member of staff: only what was seen with it off the shared devices is its own.
    Operator {
        /// What is its own.
        own: BTreeSet<NodeId>,
    },
}
