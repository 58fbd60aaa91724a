//! A partition as far as it is compared: whose each node is.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_identity::{IdentifierId, Memory, NodeId, Placement, Rank, RowKey, RowValue, Rules};
use serde::Serialize;

/// A node.
struct Node {
    rank: Rank,
    /// True when its namespace names people.
    names_person: bool,
    canonical: IdentifierId,
    placement: Placement,
    identifiers: u64,
}

/// Whose a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Whose {
    /// One person's.
    Somebodys,
    /// Different people's, by day.
    ByDay,
    /// Everybody's, or of several of whom none stands out.
    Nobodys,
    /// It was seen with nobody.
    Alone,
}

/// Whose each node is, under some rules.
pub(super) struct Partition {
    nodes: BTreeMap<NodeId, Node>,
}

/// How much a profile holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Size {
    /// Values that name people, those with one matching key counted once.
    pub(super) people: u64,
    /// Identifiers, its things' among them.
    pub(super) identifiers: u64,
}

impl Partition {
    pub(super) fn of(memory: &Memory, rules: &Rules) -> Self {
        let mut nodes = BTreeMap::new();
        let mut identifiers: BTreeMap<NodeId, u64> = BTreeMap::new();
        for (key, value) in memory.rows() {
            match (key, value) {
                (RowKey::Node { node }, RowValue::Node(row)) => {
                    let rule = rules.namespaces.get(usize::from(row.rank.0));
                    let known = Node {
                        rank: row.rank,
                        names_person: rule.is_some_and(|rule| rule.layer == 0),
                        canonical: row.canonical,
                        placement: row.placement.clone(),
                        identifiers: 0,
                    };
                    nodes.insert(*node, known);
                }
                (RowKey::Identifier { .. }, RowValue::Identifier(row)) => {
                    *identifiers.entry(row.node).or_default() += 1;
                }
                _ => {}
            }
        }
        for (node, count) in identifiers {
            if let Some(node) = nodes.get_mut(&node) {
                node.identifiers = count;
            }
        }
        Self { nodes }
    }

    pub(super) fn nodes(&self) -> impl Iterator<Item = NodeId> {
        self.nodes.keys().copied()
    }

    /// Identifiers, all spellings counted.
    pub(super) fn identifiers(&self) -> u64 {
        self.nodes.values().map(|node| node.identifiers).sum()
    }

    pub(super) fn names_person(&self, node: NodeId) -> bool {
        self.nodes.get(&node).is_some_and(|node| node.names_person)
    }

    /// The identifier that a node is called by, with the rank of its namespace.
    pub(super) fn name(&self, node: NodeId) -> Option<(Rank, IdentifierId)> {
        let node = self.nodes.get(&node)?;
        Some((node.rank, node.canonical))
    }

    /// The profile that a node is in, by its root. What is nobody's is a profile of its own.
    pub(super) fn profile(&self, node: NodeId) -> NodeId {
        let placement = |node: &NodeId| self.nodes.get(node).map(|node| &node.placement);
        let holder = placement(&node).and_then(|placement| placement.holder(node));
        match holder.as_ref().and_then(placement) {
            Some(Placement::Person { root }) => *root,
            _ => node,
        }
    }

    /// Whose a thing is, and the nodes of those whose it is.
    pub(super) fn owners(&self, node: NodeId) -> (Whose, BTreeSet<NodeId>) {
        match self.nodes.get(&node).map(|node| &node.placement) {
            Some(Placement::Owned { owner, .. }) => (Whose::Somebodys, BTreeSet::from([*owner])),
            Some(Placement::Split { runs, .. }) => {
                (Whose::ByDay, runs.iter().map(|run| run.owner).collect())
            }
            Some(Placement::Nobody { .. }) => (Whose::Nobodys, BTreeSet::new()),
            // An operator may have said whose a thing is; then it makes a profile with a person.
            Some(Placement::Person { root }) if self.names_person(*root) => {
                (Whose::Somebodys, BTreeSet::from([*root]))
            }
            Some(Placement::Person { .. }) | None => (Whose::Alone, BTreeSet::new()),
        }
    }

    /// Every profile that holds a value that names a person.
    pub(super) fn people(&self) -> BTreeMap<NodeId, Size> {
        let mut profiles: BTreeMap<NodeId, Size> = BTreeMap::new();
        for (id, node) in &self.nodes {
            let size = profiles.entry(self.profile(*id)).or_default();
            size.people += u64::from(node.names_person);
            size.identifiers += node.identifiers;
        }
        profiles.retain(|_, size| size.people > 0);
        profiles
    }

    /// Things that are no one person's, counted by whose they are.
    pub(super) fn things(&self) -> BTreeMap<Whose, u64> {
        let mut things = BTreeMap::new();
        for node in self.nodes().filter(|node| !self.names_person(*node)) {
            *things.entry(self.owners(node).0).or_default() += 1;
        }
        things
    }
}
