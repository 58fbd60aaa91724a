//! The rules of a workspace: every cap, tier, limit and list that the partition depends on.
//!
//! - Rules are data: they are replicated with the workspace, and the same rules over the same evidence give the same
//!   partition.
//! - There is at least one namespace.

use std::collections::BTreeSet;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use crate::{NodeRow, Rank};

/// A pattern over matching keys of one namespace; stored as its text.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BlockedPattern(Regex);

/// Bytes of a compiled pattern. Rules hold some hundreds of patterns at most.
const PATTERN_COMPILED_BYTES_MAX: usize = 256 * 1024;

impl BlockedPattern {
    /// A pattern that somebody wrote; the error says what is wrong with it.
    pub(crate) fn bounded(text: &str) -> Result<Self, String> {
        let pattern = RegexBuilder::new(text)
            .size_limit(PATTERN_COMPILED_BYTES_MAX)
            .build();
        pattern.map(Self).map_err(|error| match error {
            regex::Error::CompiledTooBig(bytes) => {
                format!("`{text}` is too large: more than {bytes} bytes once compiled; repeat less in it")
            }
            error => {
                let told = error.to_string();
                let last = told.lines().last().unwrap_or_default();
                let why = last.strip_prefix("error: ").unwrap_or(last);
                format!("`{text}` is not a regular expression: {why}")
            }
        })
    }

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
    /// Nought: a value names a person. Else it names a thing that people share or hand on, and is worked in after the
    /// layers before it: 1 phones and cards, 2 devices, 3 browsers.
    pub layer: u8,
    /// What becomes of a thing of several owners of whom none stands out.
    pub sharing: Sharing,
    /// Names and birth dates given with a value describe its owner.
    pub describes: bool,
    /// Values of it in one profile. Only people's namespaces are limited: a thing joins nobody.
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

/// What becomes of a thing of several owners of whom none stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sharing {
    /// It is nobody's; a strand under it goes to the owner of the same first name.
    ByName,
    /// It is theirs on the days on which only one of them was seen with it.
    ByDay,
}

/// The rules, by rank of namespace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// One per namespace, the strongest first.
    pub namespaces: Vec<NamespaceRule>,
    /// First names that stand for one another, each line one name and its short forms, lower case.
    pub nicknames: Vec<BTreeSet<String>>,
    /// How many times the days of the second account the first must have, for a mailbox to be the first one's alone.
    pub mailbox_dominance: u32,
    /// How many times the days of all other owners together the first must have, for a thing to be the first one's alone.
    pub owner_dominance: u32,
    /// Days on which each of the owners of a thing must have been seen with it, one after the other, for it to have been
    /// handed on.
    pub handed_on_days_min: u32,
    /// Days on which a name must have been given to be held against another one: fewer is a slip of the pen.
    pub name_days_min: u32,
    /// Customers' identifiers typed on shared devices that make a login a member of staff.
    pub operator_foreign_min: u32,
    /// Days on which a mailbox that is a slip of the pen was seen, at most.
    pub typo_days_max: u32,
    /// Edits (a letter added, left out, changed, or two swapped) that a slip of the pen makes, at most.
    pub typo_edits_max: u32,
    /// People's nodes in one profile.
    pub profile_nodes_max: u32,
    /// People's nodes that a repair may look at in one command; a region past it is pending, and the next step may look at
    /// twice as many.
    pub region_nodes_max: u32,
    /// Pieces of derived work that one command does beside taking its evidence; the rest is left to steps.
    pub work_max: u32,
}

impl Rules {
    /// The rule of a namespace. A rank that the rules do not know takes the last one's: the weakest.
    #[must_use]
    pub fn namespace(&self, rank: Rank) -> &NamespaceRule {
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

    /// True when a value of the namespace names a person.
    pub(crate) fn is_people(&self, rank: Rank) -> bool {
        self.namespace(rank).layer == 0
    }

    /// True when the node takes part in saying who is one person: it names one, or an operator spoke of it.
    pub(crate) fn is_person(&self, node: &NodeRow) -> bool {
        self.is_people(node.rank) || !node.facts.is_empty()
    }

    /// True when more people's values were seen with the thing than one household has: it is nobody's.
    pub(crate) fn is_public(&self, node: &NodeRow) -> bool {
        !self.is_people(node.rank) && self.over_people(node).is_some()
    }

    /// True when it is a device or a browser on which staff serve customers, or customers serve themselves.
    pub(crate) fn is_kiosk(&self, node: &NodeRow) -> bool {
        self.namespace(node.rank).layer > 1 && self.is_public(node)
    }

    /// True when a login was seen with more people's values of some kind than one person has: a call centre's.
    pub(crate) fn is_busy(&self, node: &NodeRow) -> bool {
        self.namespace(node.rank).exclusive && self.over_people(node).is_some()
    }

    /// True when too many logins were seen with a person's value, which is no login, for it to name one person.
    pub(crate) fn is_crowd(&self, node: &NodeRow) -> bool {
        let over = |(rank, count): (&Rank, &u32)| {
            self.namespace(*rank).exclusive && *count > self.cap(node.rank, *rank)
        };
        self.is_people(node.rank)
            && !self.namespace(node.rank).exclusive
            && node.neighbours.iter().any(over)
    }

    /// A namespace that describes people, over whose cap the node is.
    fn over_people(&self, node: &NodeRow) -> Option<Rank> {
        let over = |(rank, count): &(&Rank, &u32)| {
            self.namespace(**rank).describes && **count > self.cap(node.rank, **rank)
        };
        node.neighbours.iter().find(over).map(|(rank, _)| *rank)
    }

    /// True when two first names can be one person's.
    pub(crate) fn same_name(&self, a: &str, b: &str) -> bool {
        a == b
            || self
                .nicknames
                .iter()
                .any(|names| names.contains(a) && names.contains(b))
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
        if self.is_people(node.rank) || !self.namespace(towards).describes {
            return None;
        }
        self.over_people(node)
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
