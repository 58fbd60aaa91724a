//! The rules of a workspace: every cap, tier, limit and list that the partition depends on.
//!
//! - Rules are data: they are replicated with the workspace, and the same rules over the same evidence give the same
//!   partition.
//! - There is at least one namespace.

use std::collections::BTreeSet;

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::{NodeRow, Rank};

/// A pattern over matching keys of one namespace; stored as its text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BlockedPattern(Regex);

impl BlockedPattern {
    /// True when the key is blocked.
    #[must_use]
    pub fn matches(&self, key: &str) -> bool {
        self.0.is_match(key)
    }
}

impl PartialEq for BlockedPattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl TryFrom<String> for BlockedPattern {
    type Error = regex::Error;

    fn try_from(text: String) -> Result<Self, regex::Error> {
        Regex::new(&text).map(Self)
    }
}

impl From<BlockedPattern> for String {
    fn from(pattern: BlockedPattern) -> Self {
        pattern.0.as_str().to_owned()
    }
}

/// What holds for one namespace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NamespaceRule {
    /// The namespace.
    pub name: String,
    /// A person has at most one value.
    pub exclusive: bool,
    /// A value names a customer, rather than something that people share or hand on.
    pub customer: bool,
    /// Names and birth dates given with a value describe its owner.
    pub describes: bool,
    /// Values of it in one profile.
    pub per_profile_max: u32,
    /// By rank of the neighbour's namespace: distinct neighbours past which those links stop.
    pub neighbours_max: Vec<u32>,
    /// By rank of the neighbour's namespace: strength of the link, the smaller the stronger.
    pub tiers: Vec<u8>,
    /// Keys that mean nothing.
    pub blocked: BTreeSet<String>,
    /// Patterns of keys that mean nothing.
    pub blocked_patterns: Vec<BlockedPattern>,
}

/// The rules, by rank of namespace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// One per namespace, the strongest first.
    pub namespaces: Vec<NamespaceRule>,
    /// Nodes in one profile.
    pub profile_nodes_max: u32,
    /// Nodes in one raw component; past it the component is pending.
    pub component_nodes_max: u32,
}

impl Rules {
    /// The rule of a namespace. A rank that the rules do not know takes the last one's: the weakest.
    pub(crate) fn namespace(&self, rank: Rank) -> &NamespaceRule {
        &self.namespaces[usize::from(rank.0).min(self.namespaces.len() - 1)]
    }

    /// Distinct neighbours of rank `to` past which links from a node of rank `from` to them stop.
    pub(crate) fn cap(&self, from: Rank, to: Rank) -> u32 {
        let caps = &self.namespace(from).neighbours_max;
        caps[usize::from(to.0).min(caps.len() - 1)]
    }

    /// The strength of a link, the smaller the stronger; nought is kept for aliases and operator facts.
    pub(crate) fn tier(&self, a: Rank, b: Rank) -> u8 {
        let tiers = &self.namespace(a).tiers;
        tiers[usize::from(b.0).min(tiers.len() - 1)]
    }

    /// True when links from the node to neighbours of that rank stop.
    pub(crate) fn is_hub(&self, node: &NodeRow, towards: Rank) -> bool {
        self.hub_side(node, towards).is_some()
    }

    /// The ranks of its neighbours towards which the node is a hub.
    pub(crate) fn hubs(&self, node: &NodeRow) -> Vec<Rank> {
        node.neighbours
            .keys()
            .copied()
            .filter(|towards| self.is_hub(node, *towards))
            .collect()
    }

    /// The namespace whose cap the node is over, so that links from it to neighbours of rank `towards` stop: that one
    /// itself or, for something that people share, any that describes people. What has too many people's addresses is
    /// nobody's, even if only few of them logged in on it.
    pub(crate) fn hub_side(&self, node: &NodeRow, towards: Rank) -> Option<Rank> {
        if node
            .neighbours
            .get(&towards)
            .is_some_and(|count| *count > self.cap(node.rank, towards))
        {
            return Some(towards);
        }
        if self.namespace(node.rank).customer || !self.namespace(towards).describes {
            return None;
        }
        let over = |(rank, count): &(&Rank, &u32)| {
            self.namespace(**rank).describes && **count > self.cap(node.rank, **rank)
        };
        node.neighbours.iter().find(over).map(|(rank, _)| *rank)
    }

    /// True when the key means nothing.
    pub(crate) fn is_blocked(&self, rank: Rank, key: &str) -> bool {
        let rule = self.namespace(rank);
        rule.blocked.contains(key)
            || rule
                .blocked_patterns
                .iter()
                .any(|pattern| pattern.matches(key))
    }
}
