//! Whom a node belongs to, from the stored partition: point reads and one range per node of the profile.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::graph::Graph;
use crate::homes::WHOLE;
use crate::{
    Class, ExtentRow, HubSide, IDENTIFIERS_SHOWN_MAX, IdentifierId, LAYER_MAX, Lookup, Member,
    MemberIdentifier, NodeId, NodeRow, Placement, ProfileRow, ProfileView, Rank, Reader, RowKey,
    RowPrefix, RowValue, Rules, SHARERS_SHOWN_MAX, StrandPart,
};

pub(crate) fn lookup<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
) -> Result<Lookup, R::Error> {
    let Some(row) = graph.shared(node)? else {
        return Ok(Lookup::Unknown);
    };
    let root = root_now(graph, node)?;
    let view = view(graph, root.unwrap_or(node))?;
    let Some(view) = view else {
        return Ok(Lookup::Unknown);
    };
    if row.is_blocked() {
        return Ok(Lookup::Blocked { profile: view });
    }
    if root.is_some() && !is_crowd_alone(graph, &row, root)? {
        return Ok(Lookup::Profile(view));
    }
    let sides = hub_sides(&row, graph.rules);
    let (sharers, more) = sharers(graph, &row, node)?;
    Ok(Lookup::Shared {
        profile: view,
        sides,
        sharers,
        more,
    })
}

/// The root of the profile that an owner makes or is part of. While work is pending the owner of a thing can be a thing that
/// is somebody's by now, layer by layer, or several people's.
fn root_behind<R: Reader>(graph: &mut Graph<'_, R>, owner: NodeId) -> Result<NodeId, R::Error> {
    let mut behind = owner;
    for _ in 0..=LAYER_MAX {
        match graph.node(behind)?.map(|row| &row.placement) {
            Some(Placement::Person { root }) => return Ok(*root),
            Some(Placement::Owned { owner, .. }) => behind = *owner,
            _ => break,
        }
    }
    Ok(behind)
}

/// The one that a thing belongs to now; none for what makes a profile itself.
pub(crate) fn owner_now<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
) -> Result<Option<NodeId>, R::Error> {
    Ok(match graph.node(node)?.map(|row| &row.placement) {
        Some(Placement::Owned { owner, .. }) => Some(*owner),
        Some(Placement::Split { runs, handed_on }) if *handed_on => {
            runs.last().map(|run| run.owner)
        }
        _ => None,
    })
}

/// The root of the profile that a node is of now, or that the present owner of a thing is of.
pub(crate) fn root_now<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
) -> Result<Option<NodeId>, R::Error> {
    let is_owned = matches!(
        graph.node(node)?.map(|row| &row.placement),
        Some(Placement::Owned { .. })
    );
    match owner_now(graph, node)? {
        Some(owner) if is_owned => root_behind(graph, owner).map(Some),
        Some(owner) => person_root(graph, owner),
        None => person_root(graph, node),
    }
}

fn person_root<R: Reader>(
    graph: &mut Graph<'_, R>,
    holder: NodeId,
) -> Result<Option<NodeId>, R::Error> {
    Ok(match graph.node(holder)?.map(|row| &row.placement) {
        Some(Placement::Person { root }) => Some(*root),
        _ => None,
    })
}

/// True for a mailbox of several people, unless an operator made it somebody's.
fn is_crowd_alone<R: Reader>(
    graph: &Graph<'_, R>,
    row: &NodeRow,
    root: Option<NodeId>,
) -> Result<bool, R::Error> {
    if row.class != Class::Shared && !graph.rules.is_crowd(row) {
        return Ok(false);
    }
    let profile = match root {
        Some(root) => graph.profile(root)?,
        None => None,
    };
    Ok(profile.is_none_or(|profile| profile.nodes.len() == 1))
}

/// The namespaces of people whose caps the node is over. A customer with a million browsers is over none of them.
fn hub_sides(row: &NodeRow, rules: &Rules) -> Vec<HubSide> {
    let people =
        |rank: Rank| rules.namespace(rank).describes && rules.hub_side(row, rank) == Some(rank);
    let sides = row.neighbours.iter().filter(|(rank, _)| people(**rank));
    sides
        .map(|(rank, count)| HubSide {
            rank: *rank,
            neighbours: *count,
            cap: rules.cap(row.rank, *rank),
        })
        .collect()
}

/// The profiles of those who share a node, in order of id, and whether there are more: its owners, else those whose accounts,
/// addresses, numbers or cards were seen with it.
fn sharers<R: Reader>(
    graph: &mut Graph<'_, R>,
    row: &NodeRow,
    node: NodeId,
) -> Result<(Vec<IdentifierId>, bool), R::Error> {
    let mut holders: BTreeSet<NodeId> = match &row.placement {
        Placement::Split { runs, .. } => runs.iter().map(|run| run.owner).collect(),
        Placement::Nobody { among } => among.clone(),
        _ => BTreeSet::new(),
    };
    let mut more = false;
    if holders.is_empty() {
        let ranks = row.neighbours.keys().copied();
        let describing: Vec<Rank> = ranks
            .filter(|rank| graph.rules.namespace(*rank).describes)
            .collect();
        for rank in describing {
            let prefix = RowPrefix::LinksTowards(node, rank);
            let rows = graph.scan(&prefix, None, SHARERS_SHOWN_MAX + 1)?;
            more |= rows.len() > SHARERS_SHOWN_MAX;
            for (key, _) in rows.into_iter().take(SHARERS_SHOWN_MAX) {
                let RowKey::Link { neighbour, .. } = key else {
                    continue;
                };
                let placement = graph.node(neighbour)?.map(|row| &row.placement);
                holders.extend(placement.and_then(|placement| placement.holder(neighbour)));
            }
        }
    }
    let mut ids = BTreeSet::new();
    for holder in holders {
        if let Some(root) = person_root(graph, holder)?
            && let Some(profile) = graph.profile(root)?
        {
            ids.insert(profile.canonical);
        }
    }
    more |= ids.len() > SHARERS_SHOWN_MAX;
    Ok((ids.into_iter().take(SHARERS_SHOWN_MAX).collect(), more))
}

/// A profile with its members, the strongest first.
pub(crate) fn view<R: Reader>(
    graph: &mut Graph<'_, R>,
    root: NodeId,
) -> Result<Option<ProfileView>, R::Error> {
    let (canonical, gathered) = match graph.extent(root)? {
        Some(extent) => {
            let ExtentRow {
                canonical,
                members,
                strands,
            } = Arc::unwrap_or_clone(extent);
            let gathered = Gathered {
                members,
                strands,
                truncated: false,
            };
            (canonical, gathered)
        }
        None => {
            let Some(profile) = graph.profile(root)? else {
                return Ok(None);
            };
            let gathered = gather(graph, &profile, IDENTIFIERS_SHOWN_MAX)?;
            (profile.canonical, gathered)
        }
    };
    let pending = is_pending(graph, &gathered.members)?;
    Ok(Some(ProfileView {
        root,
        canonical,
        members: gathered.members,
        strands: gathered.strands,
        pending,
        truncated: gathered.truncated,
    }))
}

/// The contents of the member rows of a profile.
pub(crate) struct Gathered {
    /// Its nodes, the strongest first.
    pub(crate) members: Vec<Member>,
    /// Its strands under identifiers that are nobody's.
    pub(crate) strands: Vec<StrandPart>,
    /// True when there are more member rows than were asked for.
    pub(crate) truncated: bool,
}

/// Reads at most `rows_max` member rows of a profile.
pub(crate) fn gather<R: Reader>(
    graph: &mut Graph<'_, R>,
    profile: &ProfileRow,
    rows_max: usize,
) -> Result<Gathered, R::Error> {
    let mut members: Vec<Member> = Vec::new();
    let mut strands = Vec::new();
    let mut left = rows_max;
    let mut truncated = false;
    for holder in &profile.nodes {
        let own_scope = graph
            .node(*holder)?
            .and_then(|row| row.homes.get(holder).cloned());
        let mut rows = graph.scan(&RowPrefix::Members(*holder), None, left + 1)?;
        truncated = rows.len() > left;
        rows.truncate(left);
        left -= rows.len();
        for (key, value) in rows {
            let (
                RowKey::Member {
                    node, id, strand, ..
                },
                RowValue::Member(row),
            ) = (key, value)
            else {
                continue;
            };
            if strand != WHOLE {
                strands.push(StrandPart {
                    anchor: id,
                    rank: row.rank,
                    strand,
                    scope: row.scope.clone(),
                });
                continue;
            }
            // Rows of one node stand together.
            if members.last().is_none_or(|member| member.node != node) {
                let key = row.key.clone().unwrap_or_else(|| row.canonical.clone());
                let own = own_scope.clone().filter(|_| node == *holder);
                members.push(Member {
                    node,
                    rank: row.rank,
                    key,
                    scope: own.unwrap_or_else(|| row.scope.clone()),
                    identifiers: Vec::new(),
                });
            }
            if let Some(member) = members.last_mut() {
                member.identifiers.push(MemberIdentifier {
                    id,
                    canonical: row.canonical.clone(),
                    is_anchor: row.is_anchor,
                });
            }
        }
        if truncated {
            break;
        }
    }
    members.sort_by_key(|member| (member.rank, smallest(member), member.node));
    strands.sort_by_key(|part| (part.rank, part.anchor, part.strand));
    Ok(Gathered {
        members,
        strands,
        truncated,
    })
}

/// True when work on a member waits. Mostly none waits anywhere, which is one read.
fn is_pending<R: Reader>(graph: &Graph<'_, R>, members: &[Member]) -> Result<bool, R::Error> {
    if graph.pending_before()? == 0 {
        return Ok(false);
    }
    for member in members {
        let prefix = RowPrefix::PendingOf(member.node.0);
        if !graph.scan(&prefix, None, 1)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn smallest(member: &Member) -> Option<IdentifierId> {
    member.identifiers.first().map(|identifier| identifier.id)
}
