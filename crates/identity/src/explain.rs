//! Why two nodes are one customer, or why not: the partition around them, computed again and told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::explanation::PICTURE_LINKS_MAX;
use crate::graph::Graph;
use crate::homes::{is_loose, root_of};
use crate::partition::{Partition, partition};
use crate::region::{Bond, Region, Regions, Universe, end_of};
use crate::things;
use crate::{
    Evidence, Explanation, LinkRow, LinkRule, NodeId, NodeRow, Picture, PictureNode, Placement,
    Rank, Reader, Refused, RowKey, RowPrefix, Step, Stopped,
};

/// Evidence entries of a node that are searched for those of a link.
const EVIDENCE_SEARCHED_MAX: usize = 512;
/// Evidence rows that are read for the sources and samples of one link.
const EVIDENCE_READ_MAX: usize = 8;
/// Sample message ids given for one link.
const SAMPLES_GIVEN_MAX: usize = 5;
/// Neighbours of each end that are searched for a hub or a blocked value that both share.
const SHARED_SEARCHED_MAX: usize = 256;
/// Things between a thing and the person it belongs to: one per layer, and one of the same.
const TRAIL_MAX: usize = 16;

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
    let (Some(from), Some(to)) = (root_of(graph, a)?, root_of(graph, b)?) else {
        let stopped = stopped(graph, a, b)?;
        return Ok(stopped.map_or(Explanation::NoPath, Explanation::Stopped));
    };
    let Some((region, partition)) = around(graph, &BTreeSet::from([from, to]))? else {
        return Ok(Explanation::Pending);
    };
    if from == to {
        return linked(graph, &region, &partition, a, b);
    }
    let refused = refused(&region, &partition, from, to);
    if !refused.is_empty() {
        return Ok(Explanation::Refused(refused));
    }
    let stopped = stopped(graph, a, b)?;
    Ok(stopped.map_or(Explanation::NoPath, Explanation::Stopped))
}

/// The region around some profiles, and its partition.
fn around<R: Reader>(
    graph: &mut Graph<'_, R>,
    roots: &BTreeSet<NodeId>,
) -> Result<Option<(Region, Partition)>, R::Error> {
    let Some(first) = roots.first() else {
        return Ok(None);
    };
    let Some(row) = graph.shared(*first)? else {
        return Ok(None);
    };
    let universe = Universe::of(&row, graph.rules);
    let mut of_universe = BTreeSet::new();
    for root in roots {
        let is_same = |row: &NodeRow| Universe::of(row, graph.rules) == universe;
        let row = graph.shared(*root)?;
        if row.is_some_and(|row| is_same(&row)) {
            of_universe.insert(*root);
        }
    }
    let bound = usize::try_from(graph.rules.region_nodes_max).unwrap_or(usize::MAX);
    let region = Regions::new(universe, bound).around(graph, &of_universe)?;
    Ok(region.map(|region| {
        let partition = partition(&region, graph.rules);
        (region, partition)
    }))
}

/// The way from one node to another of a profile: from a thing to its person, along the accepted links, to the other.
fn linked<R: Reader>(
    graph: &mut Graph<'_, R>,
    region: &Region,
    partition: &Partition,
    a: NodeId,
    b: NodeId,
) -> Result<Explanation, R::Error> {
    let (mut path, from) = trail(graph, a)?;
    let (back, to) = trail(graph, b)?;
    path.extend(forest_path(graph, region, partition, from, to)?);
    path.extend(back.into_iter().rev().map(|step| Step {
        from: step.to,
        to: step.from,
        ..step
    }));
    // The weakest link is the one that was taken last.
    let weakest = (0..path.len())
        .max_by_key(|at| (path[*at].rule, std::cmp::Reverse(path[*at].days)))
        .unwrap_or(0);
    Ok(Explanation::Linked { path, weakest })
}

/// The steps by which a thing belongs to a person's node.
fn trail<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
) -> Result<(Vec<Step>, NodeId), R::Error> {
    let mut steps = Vec::new();
    let mut at = node;
    while steps.len() < TRAIL_MAX {
        let Some(next) = things::witness(graph, at)? else {
            break;
        };
        steps.push(step(graph, at, next, LinkRule::Owned)?);
        at = next;
    }
    Ok((steps, at))
}

/// The accepted links on the way: there is exactly one way, since they are a forest.
fn forest_path<R: Reader>(
    graph: &mut Graph<'_, R>,
    region: &Region,
    partition: &Partition,
    from: NodeId,
    to: NodeId,
) -> Result<Vec<Step>, R::Error> {
    let (Some(from), Some(to)) = (region.place(from), region.place(to)) else {
        return Ok(Vec::new());
    };
    let mut ways: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    for (at, link) in partition.accepted.iter().enumerate() {
        ways.entry(link.from).or_default().push((link.to, at));
        ways.entry(link.to).or_default().push((link.from, at));
    }
    let mut path = Vec::new();
    for (place, next, at) in shortest(&ways, from, to) {
        let (from, to) = (region.vertices[place].node, region.vertices[next].node);
        path.push(step(graph, from, to, partition.accepted[at].rule)?);
    }
    Ok(path)
}

fn step<R: Reader>(
    graph: &mut Graph<'_, R>,
    from: NodeId,
    to: NodeId,
    rule: LinkRule,
) -> Result<Step, R::Error> {
    let rows = (graph.shared(from)?, graph.shared(to)?);
    let row = link_between(graph, from, to)?.unwrap_or_default();
    let mut step = Step {
        from,
        to,
        rule,
        days: day_count(&row),
        first: row.days.keys().next().copied(),
        last: row.days.keys().next_back().copied(),
        sources: BTreeSet::new(),
        sample_message_ids: BTreeSet::new(),
    };
    if let (Some(from_row), Some(to_row)) = rows {
        for evidence in evidence_of(graph, (from, &from_row), (to, &to_row))? {
            step.sources.insert(evidence.source.clone());
            let samples = evidence.sample_message_ids.iter().cloned();
            step.sample_message_ids.extend(samples);
        }
    }
    while step.sample_message_ids.len() > SAMPLES_GIVEN_MAX {
        step.sample_message_ids.pop_last();
    }
    Ok(step)
}

/// The refused links on the shortest way from profile to profile.
fn refused(region: &Region, partition: &Partition, from: NodeId, to: NodeId) -> Vec<Refused> {
    let (Some(from), Some(to)) = (region.place(from), region.place(to)) else {
        return Vec::new();
    };
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
        refusal(region, from, to, edge.reason.clone())
    });
    refused.collect()
}

fn refusal(region: &Region, from: usize, to: usize, reason: crate::Reason) -> Refused {
    let ends = (from.min(to), from.max(to));
    let mut edges = region
        .edges
        .iter()
        .filter(|edge| (edge.low, edge.high) == ends);
    let days = edges.find_map(|edge| match &edge.bond {
        Bond::Link(row) => Some(day_count(row)),
        Bond::Via(_) => None,
    });
    Refused {
        from: region.vertices[from].node,
        to: region.vertices[to].node,
        reason,
        days: days.unwrap_or(0),
    }
}

/// A profile as a graph.
pub(crate) fn picture<R: Reader>(
    graph: &mut Graph<'_, R>,
    root: NodeId,
) -> Result<Option<Picture>, R::Error> {
    let Some(view) = crate::lookup::view(graph, root)? else {
        return Ok(None);
    };
    let mut picture = Picture {
        nodes: Vec::new(),
        links: Vec::new(),
        refused: Vec::new(),
        truncated: view.truncated,
    };
    for member in &view.members {
        picture.nodes.push(PictureNode {
            node: member.node,
            rank: member.rank,
            key: member.key.clone(),
            is_member: true,
        });
    }
    if let Some((region, partition)) = around(graph, &BTreeSet::from([root]))? {
        draw_people(graph, &region, &partition, &mut picture)?;
    }
    for member in &view.members {
        if picture.links.len() >= PICTURE_LINKS_MAX {
            picture.truncated = true;
            break;
        }
        if let Some(next) = things::witness(graph, member.node)? {
            let step = step(graph, member.node, next, LinkRule::Owned)?;
            picture.links.push(step);
        }
    }
    Ok(Some(picture))
}

/// The links among the people's nodes of a profile, and those that were refused.
fn draw_people<R: Reader>(
    graph: &mut Graph<'_, R>,
    region: &Region,
    partition: &Partition,
    picture: &mut Picture,
) -> Result<(), R::Error> {
    for link in partition
        .accepted
        .iter()
        .filter(|link| region.is_core(link.from))
    {
        if picture.links.len() >= PICTURE_LINKS_MAX {
            picture.truncated = true;
            break;
        }
        let (from, to) = (
            region.vertices[link.from].node,
            region.vertices[link.to].node,
        );
        let step = step(graph, from, to, link.rule)?;
        picture.links.push(step);
    }
    for edge in &partition.refused {
        if !region.is_core(edge.from) && !region.is_core(edge.to) {
            continue;
        }
        if picture.refused.len() >= PICTURE_LINKS_MAX {
            picture.truncated = true;
            break;
        }
        picture
            .refused
            .push(refusal(region, edge.from, edge.to, edge.reason.clone()));
        for place in [edge.from, edge.to] {
            let vertex = &region.vertices[place];
            if picture.nodes.iter().all(|node| node.node != vertex.node) {
                let (node, rank) = end_of(vertex);
                picture.nodes.push(PictureNode {
                    node,
                    rank,
                    key: vertex.key.clone(),
                    is_member: false,
                });
            }
        }
    }
    Ok(())
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
) -> Result<Vec<Arc<Evidence>>, R::Error> {
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
    let (Some(a_row), Some(b_row)) = (graph.shared(a)?, graph.shared(b)?) else {
        return Ok(None);
    };
    for (node, row, towards) in [(a, &a_row, b_row.rank), (b, &b_row, a_row.rank)] {
        if row.is_blocked() {
            return Ok(Some(Stopped::Blocked(node)));
        }
        let is_split = matches!(row.placement, Placement::Split { .. });
        if is_split || is_loose(row, graph.rules) && graph.rules.hub_side(row, towards).is_none() {
            return Ok(Some(Stopped::Shared(node)));
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

/// The link between two nodes, if there is one.
fn link_between<R: Reader>(
    graph: &mut Graph<'_, R>,
    a: NodeId,
    b: NodeId,
) -> Result<Option<Arc<LinkRow>>, R::Error> {
    let ranks = (
        graph.node(a)?.map(|row| row.rank),
        graph.node(b)?.map(|row| row.rank),
    );
    match ranks {
        (Some(a_rank), Some(b_rank)) => graph.link((a, a_rank), (b, b_rank)),
        _ => Ok(None),
    }
}
