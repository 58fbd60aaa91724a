//! Why two nodes are one customer, or why not: the partition of their component, computed again and told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::aggregate::link_between;
use crate::component::{Component, Loaded, load};
use crate::graph::Graph;
use crate::partition::{Partition, partition};
use crate::{
    Evidence, Explanation, LinkRow, NodeId, NodeRow, Rank, Reader, Refused, RowKey, RowPrefix,
    Step, Stopped,
};

/// Evidence entries of a node that are searched for those of a link.
const EVIDENCE_SEARCHED_MAX: usize = 512;
/// Evidence rows that are read for the sources and samples of one link.
const EVIDENCE_READ_MAX: usize = 8;
/// Sample message ids given for one link.
const SAMPLES_GIVEN_MAX: usize = 5;
/// Neighbours of each end that are searched for a hub or a blocked value that both share.
const SHARED_SEARCHED_MAX: usize = 256;

pub(crate) fn explain<R: Reader>(
    graph: &mut Graph<'_, R>,
    a: NodeId,
    b: NodeId,
) -> Result<Explanation, R::Error> {
    for node in [a, b] {
        if graph.node(node)?.is_none() {
            return Ok(Explanation::Unknown(node));
        }
    }
    if a == b {
        return Ok(Explanation::SameNode(a));
    }
    let Loaded::Whole(component) = load(graph, a)? else {
        return Ok(Explanation::Pending);
    };
    let (Some(from), Some(to)) = (component.place(a), component.place(b)) else {
        return Ok(stopped(graph, a, b)?.map_or(Explanation::NoPath, Explanation::Stopped));
    };
    let partition = partition(&component, graph.rules);
    if partition.group_of[from] == partition.group_of[to] {
        return linked(graph, &component, &partition, from, to);
    }
    Ok(refused(&component, &partition, from, to))
}

/// The accepted links on the way: there is exactly one way, since they are a forest.
fn linked<R: Reader>(
    graph: &mut Graph<'_, R>,
    component: &Component,
    partition: &Partition,
    from: usize,
    to: usize,
) -> Result<Explanation, R::Error> {
    let mut ways: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    for (at, link) in partition.accepted.iter().enumerate() {
        ways.entry(link.from).or_default().push((link.to, at));
        ways.entry(link.to).or_default().push((link.from, at));
    }
    let mut path = Vec::new();
    for (place, next, at) in shortest(&ways, from, to) {
        let (from, to) = (&component.vertices[place], &component.vertices[next]);
        let row = link_between(graph, from.node, to.node)?.unwrap_or_default();
        let mut step = Step {
            from: from.node,
            to: to.node,
            rule: partition.accepted[at].rule,
            days: day_count(&row),
            first: row.days.keys().next().copied(),
            last: row.days.keys().next_back().copied(),
            sources: BTreeSet::new(),
            sample_message_ids: BTreeSet::new(),
        };
        for evidence in evidence_of(graph, (from.node, &from.row), (to.node, &to.row))? {
            step.sources.insert(evidence.source);
            step.sample_message_ids.extend(evidence.sample_message_ids);
        }
        while step.sample_message_ids.len() > SAMPLES_GIVEN_MAX {
            step.sample_message_ids.pop_last();
        }
        path.push(step);
    }
    // The weakest link is the one that Kruskal's order would have taken last.
    let weakest = (0..path.len())
        .max_by_key(|at| (path[*at].rule, std::cmp::Reverse(path[*at].days)))
        .unwrap_or(0);
    Ok(Explanation::Linked { path, weakest })
}

/// The refused links on the shortest way from profile to profile.
fn refused(component: &Component, partition: &Partition, from: usize, to: usize) -> Explanation {
    let mut ways: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    for (at, edge) in partition.refused.iter().enumerate() {
        let (a, b) = (partition.group_of[edge.from], partition.group_of[edge.to]);
        ways.entry(a).or_default().push((b, at));
        ways.entry(b).or_default().push((a, at));
    }
    let steps = shortest(&ways, partition.group_of[from], partition.group_of[to]);
    let refused = steps.into_iter().map(|(group, _, at)| {
        let edge = &partition.refused[at];
        let forwards = partition.group_of[edge.from] == group;
        let (from, to) = if forwards {
            (edge.from, edge.to)
        } else {
            (edge.to, edge.from)
        };
        let ends = (edge.from.min(edge.to), edge.from.max(edge.to));
        let row = component
            .edges
            .iter()
            .find(|edge| (edge.low, edge.high) == ends);
        Refused {
            from: component.vertices[from].node,
            to: component.vertices[to].node,
            reason: edge.reason.clone(),
            days: row.map_or(0, |edge| day_count(&edge.row)),
        }
    });
    let refused: Vec<Refused> = refused.collect();
    if refused.is_empty() {
        Explanation::NoPath
    } else {
        Explanation::Refused(refused)
    }
}

/// The steps (from, to, label) of a shortest way, by breadth-first search in a fixed order.
fn shortest(
    ways: &BTreeMap<usize, Vec<(usize, usize)>>,
    from: usize,
    to: usize,
) -> Vec<(usize, usize, usize)> {
    let mut came: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    let mut queue = VecDeque::from([from]);
    while let Some(place) = queue.pop_front() {
        for (next, label) in ways.get(&place).into_iter().flatten() {
            if *next != from && !came.contains_key(next) {
                came.insert(*next, (place, *label));
                queue.push_back(*next);
            }
        }
    }
    let mut steps = Vec::new();
    let mut place = to;
    while let Some((before, label)) = came.get(&place) {
        steps.push((*before, place, *label));
        place = *before;
    }
    steps.reverse();
    steps
}

fn day_count(row: &LinkRow) -> u32 {
    u32::try_from(row.days.len()).unwrap_or(u32::MAX)
}

/// Some of the evidence that holds both ends.
fn evidence_of<R: Reader>(
    graph: &Graph<'_, R>,
    a: (NodeId, &NodeRow),
    b: (NodeId, &NodeRow),
) -> Result<Vec<Evidence>, R::Error> {
    // The one with less evidence is searched.
    let (few, many) = if a.1.references <= b.1.references {
        (a.0, b.0)
    } else {
        (b.0, a.0)
    };
    let mut found = Vec::new();
    for (key, _) in graph.scan(&RowPrefix::NodeEvidence(few), None, EVIDENCE_SEARCHED_MAX)? {
        let RowKey::NodeEvidence { strand, source, .. } = key else {
            continue;
        };
        if !graph.has(&RowKey::NodeEvidence {
            node: many,
            strand,
            source,
        })? {
            continue;
        }
        found.extend(graph.evidence(&RowKey::Evidence { strand, source })?);
        if found.len() == EVIDENCE_READ_MAX {
            break;
        }
    }
    Ok(found)
}

/// What two nodes share that links no one: one of themselves, or a neighbour of both.
fn stopped<R: Reader>(
    graph: &mut Graph<'_, R>,
    a: NodeId,
    b: NodeId,
) -> Result<Option<Stopped>, R::Error> {
    if link_between(graph, a, b)?.is_some() {
        return why_stopped(graph, a, b);
    }
    let near_a = neighbours(graph, a)?;
    let near_b: BTreeSet<NodeId> = neighbours(graph, b)?.into_iter().collect();
    for between in near_a.into_iter().filter(|node| near_b.contains(node)) {
        for end in [a, b] {
            if let Some(stopped) = why_stopped(graph, end, between)? {
                return Ok(Some(stopped));
            }
        }
    }
    Ok(None)
}

fn neighbours<R: Reader>(graph: &Graph<'_, R>, node: NodeId) -> Result<Vec<NodeId>, R::Error> {
    let rows = graph.scan(&RowPrefix::Links(node), None, SHARED_SEARCHED_MAX)?;
    let nodes = rows.into_iter().filter_map(|(key, _)| match key {
        RowKey::Link { neighbour, .. } => Some(neighbour),
        _ => None,
    });
    Ok(nodes.collect())
}

/// Why the link between two neighbours is not admissible, if it is not.
fn why_stopped<R: Reader>(
    graph: &mut Graph<'_, R>,
    a: NodeId,
    b: NodeId,
) -> Result<Option<Stopped>, R::Error> {
    let (Some(a_row), Some(b_row)) = (graph.node(a)?.cloned(), graph.node(b)?.cloned()) else {
        return Ok(None);
    };
    for (node, row, towards) in [(a, &a_row, b_row.rank), (b, &b_row, a_row.rank)] {
        if row.is_blocked() {
            return Ok(Some(Stopped::Blocked(node)));
        }
        if let Some(rank) = graph.rules.hub_side(row, towards) {
            return Ok(Some(hub(graph, node, row, rank)));
        }
    }
    Ok(None)
}

fn hub<R: Reader>(graph: &Graph<'_, R>, node: NodeId, row: &NodeRow, rank: Rank) -> Stopped {
    let neighbours = row.neighbours.get(&rank).copied().unwrap_or(0);
    Stopped::Hub {
        node,
        rank,
        neighbours,
        cap: graph.rules.cap(row.rank, rank),
    }
}
