//! The rules of a workspace: every cap, tier, limit and list that the partition depends on.

use std::collections::BTreeSet;

use regex::Regex;
use serde::{Deserialize, Serialize};

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
    /// The standard rules for namespaces given as (name, exclusive), the strongest first.
    #[must_use]
    pub fn standard(namespaces: &[(&str, bool)]) -> Self {
        let _ = namespaces;
        todo!()
    }
}
