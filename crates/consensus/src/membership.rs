//! Who belongs to a group: learners, voters, and changes of both.
//!
//! - A new node follows as a *learner* until it has caught up, and is a *voter* from then on. Only voters count for a majority.
//! - Changes of a group go through its log, one at a time; they are proposed at its leader, from whichever node they are asked.
//! - Leaving is for good: the id of a node that was removed is never used again.

use std::collections::{BTreeMap, BTreeSet};

use openraft::{BasicNode, ChangeMembers};
use serde::{Deserialize, Serialize};

use crate::type_config::StoredMembership;

/// A change of the members of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// A node follows from now on, without a vote. Nothing changes if it does already.
    AddLearner {
        /// The node.
        node: u64,
        /// Where it can be reached.
        address: String,
    },
    /// Learners are voters from now on.
    Promote {
        /// The nodes.
        nodes: BTreeSet<u64>,
    },
    /// A node has no part in the group any more.
    Remove {
        /// The node.
        node: u64,
    },
    /// The leader hands over to another voter.
    TransferLeader {
        /// The voter.
        to: u64,
    },
}

/// Who belongs to a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// Those who vote; while the voters change, those of both sets.
    pub voters: BTreeSet<u64>,
    /// Those who only follow.
    pub learners: BTreeSet<u64>,
    /// Where each can be reached.
    pub addresses: BTreeMap<u64, String>,
    /// Whether the voters are being changed.
    pub is_changing: bool,
}

impl Members {
    pub(crate) fn of(stored: &StoredMembership) -> Self {
        let membership = stored.membership();
        let address = |(id, node): (&u64, &BasicNode)| (*id, node.addr.clone());
        Members {
            voters: membership.voter_ids().collect(),
            learners: membership.learner_ids().collect(),
            addresses: membership.nodes().map(address).collect(),
            is_changing: membership.get_joint_config().len() > 1,
        }
    }

    /// Whether a node belongs to the group in any way.
    #[must_use]
    pub fn contains(&self, node: u64) -> bool {
        self.voters.contains(&node) || self.learners.contains(&node)
    }
}

/// What is left to do of a change, in openraft's terms; nothing for a transfer, which is not a change of members.
pub(crate) fn step(change: &Change, members: &Members) -> Option<ChangeMembers<u64, BasicNode>> {
    match change {
        Change::AddLearner { node, address } => (!members.contains(*node)).then(|| {
            let node = (*node, BasicNode::new(address));
            ChangeMembers::AddNodes([node].into())
        }),
        // A change that was cut short between its two steps is finished by asking for it again.
        Change::Promote { nodes } => (members.is_changing || !nodes.is_subset(&members.voters))
            .then(|| ChangeMembers::AddVoterIds(nodes.clone())),
        Change::Remove { node } if members.voters.contains(node) || members.is_changing => {
            Some(ChangeMembers::RemoveVoters([*node].into()))
        }
        Change::Remove { node } => {
            (members.learners.contains(node)).then(|| ChangeMembers::RemoveNodes([*node].into()))
        }
        Change::TransferLeader { .. } => None,
    }
}
