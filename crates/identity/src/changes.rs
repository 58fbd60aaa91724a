//! Which profiles became which: what a command says it changed.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::Graph;
use crate::work::Work;
use crate::{IdentifierId, NodeId, NodeRow, Placement, ProfileChange, Reader};

/// Profiles before and after that share nodes.
#[derive(Default)]
struct Cluster {
    old: BTreeSet<IdentifierId>,
    new: BTreeSet<IdentifierId>,
    /// The place of the earliest cause.
    cause: usize,
}

/// The changes of a command, in order of the old ids.
pub(crate) fn changes<R: Reader>(
    graph: &mut Graph<'_, R>,
    work: &mut Work,
) -> Result<Vec<ProfileChange>, R::Error> {
    let mut clusters: Vec<Cluster> = Vec::new();
    let mut of: BTreeMap<IdentifierId, usize> = BTreeMap::new();
    for (node, cause) in work.take_moved() {
        let mut cluster = Cluster {
            cause,
            ..Cluster::default()
        };
        // Whatever it left and whatever it came to, as they were and as they are.
        let mut roots = roots_before(graph, node)?;
        roots.extend(self::roots(graph, node)?);
        for root in roots {
            cluster
                .old
                .extend(graph.profile_before(root)?.map(|p| p.canonical));
            cluster
                .new
                .extend(graph.profile(root)?.map(|p| p.canonical));
        }
        if cluster.old.is_empty() && cluster.new.is_empty() {
            continue;
        }
        // An id that stands on both sides is one profile.
        let ids = cluster.old.iter().chain(&cluster.new);
        let met: BTreeSet<usize> = ids.filter_map(|id| of.get(id).copied()).collect();
        for at in met {
            let other = std::mem::take(&mut clusters[at]);
            cluster.old.extend(other.old);
            cluster.new.extend(other.new);
            cluster.cause = cluster.cause.min(other.cause);
        }
        let at = clusters.len();
        of.extend(cluster.old.iter().chain(&cluster.new).map(|id| (*id, at)));
        clusters.push(cluster);
    }
    let mut changes: Vec<ProfileChange> = clusters
        .into_iter()
        .filter(|cluster| !cluster.old.is_empty() || !cluster.new.is_empty())
        .map(|cluster| ProfileChange {
            old: cluster.old,
            new: cluster.new,
            cause: work.cause(cluster.cause),
        })
        .collect();
    changes.sort();
    Ok(changes)
}

/// The roots of the profiles in which a node stood before the command.
fn roots_before<R: Reader>(
    graph: &Graph<'_, R>,
    node: NodeId,
) -> Result<BTreeSet<NodeId>, R::Error> {
    let mut roots = BTreeSet::new();
    if let Some(row) = graph.node_before(node)? {
        for holder in row.homes.keys() {
            roots.extend(root(*holder, graph.node_before(*holder)?.as_deref()));
        }
    }
    Ok(roots)
}

/// The roots of the profiles in which it stands now.
pub(crate) fn roots<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
) -> Result<BTreeSet<NodeId>, R::Error> {
    let mut roots = BTreeSet::new();
    if let Some(row) = graph.shared(node)? {
        for holder in row.homes.keys() {
            roots.extend(root(*holder, graph.node(*holder)?));
        }
    }
    Ok(roots)
}

/// The root of what a holder makes: a thing that is not always somebody's is a profile of its own.
fn root(holder: NodeId, row: Option<&NodeRow>) -> Option<NodeId> {
    match &row?.placement {
        Placement::Person { root } => Some(*root),
        Placement::Owned { .. } => None,
        Placement::Split { .. } | Placement::Nobody { .. } => Some(holder),
    }
}
