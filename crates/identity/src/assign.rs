//! Writes groups of nodes as profiles, and says which profiles became which.
//!
//! - A profile stands under the node of its strongest, smallest identifier, so that its place depends on its members
//!   alone.
//! - Only rows that differ are written.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::Graph;
use crate::repair::{Work, standing};
use crate::{
    IdentifierId, NodeId, ProfileChange, ProfileRow, Rank, Reader, RowKey, RowPrefix, RowValue,
};

/// Nodes that are one profile.
pub(crate) struct Group {
    pub(crate) nodes: Vec<NodeId>,
    pub(crate) calm: bool,
    pub(crate) pending: bool,
}

/// Profiles before and after that share nodes.
#[derive(Default)]
struct Cluster {
    old: BTreeSet<NodeId>,
    new: BTreeSet<IdentifierId>,
    /// The place of the earliest cause.
    cause: usize,
}

/// Makes the groups the profiles of their nodes.
pub(crate) fn assign<R: Reader>(
    graph: &mut Graph<'_, R>,
    groups: Vec<Group>,
    old: &BTreeMap<NodeId, ProfileRow>,
    work: &Work,
) -> Result<Vec<ProfileChange>, R::Error> {
    let touch = &work.touch;
    let mut clusters = Clusters::default();
    let mut roots = BTreeSet::new();
    let mut moves = Vec::new();
    let mut profiles = Vec::new();
    for group in groups {
        let (root, profile, came_from) = describe(graph, &group)?;
        let known: BTreeSet<NodeId> = came_from
            .iter()
            .copied()
            .filter(|root| old.contains_key(root))
            .collect();
        let only = if came_from.len() == 1 {
            came_from.first().and_then(|root| old.get(root))
        } else {
            None
        };
        let is_same = only
            .is_some_and(|was| was.nodes == profile.nodes && was.canonical == profile.canonical);
        if !is_same || (touch.renamed && group.nodes.iter().any(|node| touch.seeds.contains(node)))
        {
            let cause = work.cause_of(group.nodes.iter());
            clusters.add(known, Some(profile.canonical), cause);
        }
        moves.extend(group.nodes.into_iter().map(|node| (node, root)));
        roots.insert(root);
        profiles.push((root, profile));
    }
    for (node, root) in &touch.gone {
        if old.contains_key(root) {
            let cause = work.cause_of(std::iter::once(node));
            clusters.add(BTreeSet::from([*root]), None, cause);
        }
    }
    for (node, root) in moves {
        move_node(graph, node, root)?;
    }
    for root in old.keys().filter(|root| !roots.contains(root)) {
        graph.delete(RowKey::Profile { root: *root });
    }
    for (root, profile) in profiles {
        if old.get(&root) != Some(&profile) {
            graph.put(RowKey::Profile { root }, RowValue::Profile(profile));
        }
    }
    Ok(clusters.changes(old, work))
}

/// A group's root, its profile row, and the roots that its nodes come from.
fn describe<R: Reader>(
    graph: &mut Graph<'_, R>,
    group: &Group,
) -> Result<(NodeId, ProfileRow, BTreeSet<NodeId>), R::Error> {
    let mut nodes: BTreeMap<Rank, u32> = BTreeMap::new();
    let mut came_from = BTreeSet::new();
    let mut best = None;
    for node in &group.nodes {
        let Some(row) = graph.node(*node)? else {
            continue;
        };
        *nodes.entry(row.rank).or_default() += 1;
        came_from.insert(row.root);
        let standing = standing(*node, row);
        if best.is_none_or(|best| standing < best) {
            best = Some(standing);
        }
    }
    let (_, canonical, root) =
        best.expect("a group has a node, and every node of a group has a row");
    Ok((
        root,
        ProfileRow {
            canonical,
            nodes,
            calm: group.calm,
            pending: group.pending,
        },
        came_from,
    ))
}

/// Puts a node, with its identifiers, under a root.
pub(crate) fn move_node<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    root: NodeId,
) -> Result<(), R::Error> {
    let Some(from) = graph.node(node)?.map(|row| row.root) else {
        return Ok(());
    };
    if from == root {
        return Ok(());
    }
    for (key, value) in graph.scan(&RowPrefix::MembersOf(from, node), None, usize::MAX)? {
        if let RowKey::Member { id, .. } = key {
            graph.delete(key);
            graph.put(RowKey::Member { root, node, id }, value);
        }
    }
    if let Some(row) = graph.node_mut(node)? {
        row.root = root;
    }
    Ok(())
}

/// Clusters of profiles in the making.
#[derive(Default)]
struct Clusters {
    clusters: Vec<Cluster>,
    of: BTreeMap<NodeId, usize>,
}

impl Clusters {
    fn add(&mut self, old: BTreeSet<NodeId>, new: Option<IdentifierId>, cause: usize) {
        let met: BTreeSet<usize> = old
            .iter()
            .filter_map(|root| self.of.get(root).copied())
            .collect();
        let mut cluster = Cluster {
            old,
            new: new.into_iter().collect(),
            cause,
        };
        for at in met {
            let other = std::mem::take(&mut self.clusters[at]);
            cluster.old.extend(other.old);
            cluster.new.extend(other.new);
            cluster.cause = cluster.cause.min(other.cause);
        }
        let at = self.clusters.len();
        self.of.extend(cluster.old.iter().map(|root| (*root, at)));
        self.clusters.push(cluster);
    }

    fn changes(self, old: &BTreeMap<NodeId, ProfileRow>, work: &Work) -> Vec<ProfileChange> {
        let ids = |roots: BTreeSet<NodeId>| {
            roots
                .iter()
                .filter_map(|root| old.get(root))
                .map(|row| row.canonical)
                .collect()
        };
        let clusters = self
            .clusters
            .into_iter()
            .filter(|cluster| !cluster.old.is_empty() || !cluster.new.is_empty());
        let mut changes: Vec<ProfileChange> = clusters
            .map(|cluster| ProfileChange {
                old: ids(cluster.old),
                new: cluster.new,
                cause: work.cause(cluster.cause),
            })
            .collect();
        changes.sort();
        changes
    }
}
