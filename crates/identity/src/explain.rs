//! Why two nodes are one customer, or why not: the partition around them, computed again and told.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::graph::Graph;
use crate::homes::is_loose;
use crate::lookup::{owner_now, root_now};
use crate::partition::{Partition, partition};
use crate::refusal::refusal;
use crate::region::{Region, Regions, Universe};
use crate::sighting::{SHARED_SEARCHED_MAX, link_between, sighting, through};
use crate::things;
use crate::{
    DayRange, Explanation, LinkRule, NodeId, NodeRow, Placement, Rank, Reader, Refused, RowKey,
    RowPrefix, Step, Stopped,
};

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
    let (Some(from), Some(to)) = (root_now(graph, a)?, root_now(graph, b)?) else {
        return unlinked(graph, a, b);
    };
    let Some((region, partition)) = around(graph, &BTreeSet::from([from, to]))? else {
        return Ok(Explanation::Pending);
    };
    if from == to {
        return linked(graph, &region, &partition, a, b);
    }
    let refused = refused(graph, &region, &partition, (from, to))?;
    if !refused.is_empty() {
        return Ok(Explanation::Refused(refused));
    }
    unlinked(graph, a, b)
}

/// Why two nodes that no link was tried between are not one customer.
fn unlinked<R: Reader>(
    graph: &mut Graph<'_, R>,
    a: NodeId,
    b: NodeId,
) -> Result<Explanation, R::Error> {
    let stopped = match by_day(graph, a, b)? {
        None => by_day(graph, b, a)?,
        stopped => stopped,
    };
    let stopped = match stopped {
        None => stopped_between(graph, a, b)?,
        stopped => stopped,
    };
    let Some(stopped) = stopped else {
        return Ok(Explanation::NoPath);
    };
    let between = stopped.node();
    let seen = if [a, b].contains(&between) {
        sighting(graph, a, b)?
    } else {
        through(graph, a, between, b)?
    };
    Ok(Explanation::Stopped(stopped, seen))
}

/// The region around some profiles, and its partition; none when it is larger than it may be.
pub(crate) fn around<R: Reader>(
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
    let weakest = weakest(&path, |_| true).unwrap_or(0);
    Ok(Explanation::Linked { path, weakest })
}

/// The weakest of some links: the one that was taken last.
pub(crate) fn weakest(links: &[Step], which: impl Fn(&Step) -> bool) -> Option<usize> {
    let some = (0..links.len()).filter(|at| which(&links[*at]));
    some.max_by_key(|at| (links[*at].rule, Reverse(links[*at].seen.days)))
}

/// The steps by which a thing belongs to a person's node.
fn trail<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
) -> Result<(Vec<Step>, NodeId), R::Error> {
    let mut steps = Vec::new();
    let mut at = node;
    while steps.len() < TRAIL_MAX {
        let Some(owner) = owner_now(graph, at)? else {
            break;
        };
        let Some(next) = things::witness(graph, at, owner)? else {
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

pub(crate) fn step<R: Reader>(
    graph: &mut Graph<'_, R>,
    from: NodeId,
    to: NodeId,
    rule: LinkRule,
) -> Result<Step, R::Error> {
    let seen = sighting(graph, from, to)?;
    Ok(Step {
        from,
        to,
        rule,
        seen,
    })
}

/// The refused links on the shortest way from profile to profile.
fn refused<R: Reader>(
    graph: &mut Graph<'_, R>,
    region: &Region,
    partition: &Partition,
    (from, to): (NodeId, NodeId),
) -> Result<Vec<Refused>, R::Error> {
    let (Some(from), Some(to)) = (region.place(from), region.place(to)) else {
        return Ok(Vec::new());
    };
    let mut ways: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
    for (at, edge) in partition.refused.iter().enumerate() {
        let (a, b) = (partition.group_of[edge.from], partition.group_of[edge.to]);
        ways.entry(a).or_default().push((b, at));
        ways.entry(b).or_default().push((a, at));
    }
    let mut refused = Vec::new();
    for (group, _, at) in shortest(&ways, partition.group_of[from], partition.group_of[to]) {
        let edge = &partition.refused[at];
        let forwards = partition.group_of[edge.from] == group;
        refused.push(refusal(graph, region, partition, (edge, forwards))?);
    }
    Ok(refused)
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

/// The days on which a thing is its other end's, if it is somebody's on some days only.
fn by_day<R: Reader>(
    graph: &mut Graph<'_, R>,
    thing: NodeId,
    other: NodeId,
) -> Result<Option<Stopped>, R::Error> {
    let Some(Placement::Split { runs, .. }) = graph.node(thing)?.map(|row| row.placement.clone())
    else {
        return Ok(None);
    };
    let Some(root) = root_now(graph, other)? else {
        return Ok(None);
    };
    let mut days: Vec<DayRange> = Vec::new();
    for run in runs {
        if root_now(graph, run.owner)? == Some(root) {
            days.push(run.days);
        }
    }
    let is_theirs = !days.is_empty();
    Ok(is_theirs.then_some(Stopped::ByDay { node: thing, days }))
}

/// What two nodes share that links no one: one of themselves, or a neighbour of both.
fn stopped_between<R: Reader>(
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
