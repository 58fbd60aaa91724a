//! Who is one person, repaired around a node: regions that grow until nothing at their edge changes.
//!
//! ```text
//! core = profile of the node ─► region (core + ring) ─► partition ─► a ring profile came out otherwise? core += it, again
//!                                                              └► else: write core, candidates
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::graph::Graph;
use crate::homes::{rehouse, settle};
use crate::partition::{Partition, partition};
use crate::region::{Region, Regions, Universe};
use crate::work::Work;
use crate::{CandidateRow, NodeId, Placement, Reader, Reason, RowKey, RowPrefix, RowValue, Stage};

/// Regions grow at most this many times twofold beyond the rules' bound: a step must end.
const ATTEMPTS_MAX: u8 = 6;

/// Repairs the partition around a node; false when the region is too large for this attempt.
pub(crate) fn repair<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    attempts: u8,
    work: &mut Work,
) -> Result<bool, R::Error> {
    let rules = graph.rules;
    let Some(row) = graph.node(node)? else {
        return Ok(true);
    };
    let Placement::Person { root } = row.placement else {
        return Ok(true);
    };
    let universe = Universe::of(row, rules);
    let mut core = BTreeSet::from([root]);
    let bound = usize::try_from(graph.rules.region_nodes_max).unwrap_or(usize::MAX);
    let mut regions = Regions::new(universe, bound << attempts.min(ATTEMPTS_MAX));
    loop {
        let Some(region) = regions.around(graph, &core)? else {
            return Ok(false);
        };
        let partition = partition(&region, graph.rules);
        let changed = changed_ring(&region, &partition);
        if changed.is_empty() {
            commit(graph, &region, &partition, universe, work)?;
            return Ok(true);
        }
        core.extend(changed);
    }
}

/// The roots of ring profiles that the partition does not leave as they are stored.
fn changed_ring(region: &Region, partition: &Partition) -> BTreeSet<NodeId> {
    let mut groups: BTreeMap<NodeId, BTreeSet<usize>> = BTreeMap::new();
    let mut sizes: BTreeMap<NodeId, usize> = BTreeMap::new();
    for (place, vertex) in region.vertices.iter().enumerate() {
        groups
            .entry(vertex.root)
            .or_default()
            .insert(partition.group_of[place]);
        *sizes.entry(vertex.root).or_default() += 1;
    }
    let is_same = |root: &NodeId, groups: &BTreeSet<usize>| {
        groups.len() == 1
            && groups
                .iter()
                .all(|group| partition.groups[*group].len() == sizes[root])
    };
    groups
        .iter()
        .filter(|(root, groups)| !region.core.contains(root) && !is_same(root, groups))
        .map(|(root, _)| *root)
        .collect()
}

/// Writes what was found of the core.
fn commit<R: Reader>(
    graph: &mut Graph<'_, R>,
    region: &Region,
    partition: &Partition,
    universe: Universe,
    work: &mut Work,
) -> Result<(), R::Error> {
    write_candidates(graph, region, partition)?;
    spread(graph, region, partition, work)?;
    let mut roots = BTreeSet::new();
    for (number, members) in partition.groups.iter().enumerate() {
        if !region.is_core(members[0]) {
            continue;
        }
        let nodes = members.iter().map(|place| region.vertices[*place].node);
        // Only people have more days without being looked at again.
        let calm = universe != Universe::People || partition.calm[number];
        roots.extend(settle(graph, &nodes.clone().collect(), calm, work)?);
        for node in nodes {
            rehouse(graph, node, work)?;
            let stage = match universe {
                Universe::People => Stage::PEOPLE,
                Universe::Things(layer) => Stage::cluster(layer),
            };
            work.done(stage, node);
        }
    }
    for root in region.core.difference(&roots) {
        graph.delete(RowKey::Profile { root: *root });
    }
    Ok(())
}

/// Marks the things that are seen with two nodes of which only now, or no more, both are one person: those of all pieces
/// that were put together or taken apart, but for the largest piece each.
fn spread<R: Reader>(
    graph: &mut Graph<'_, R>,
    region: &Region,
    partition: &Partition,
    work: &mut Work,
) -> Result<(), R::Error> {
    let mut pieces: BTreeMap<(NodeId, usize), (u32, Vec<NodeId>)> = BTreeMap::new();
    for (place, vertex) in region.vertices.iter().enumerate() {
        let piece = pieces
            .entry((vertex.root, partition.group_of[place]))
            .or_default();
        let things = vertex.row.neighbours.values().sum::<u32>();
        piece.0 = piece.0.saturating_add(things);
        piece.1.push(vertex.node);
    }
    let mut by_old: BTreeMap<NodeId, Vec<&(u32, Vec<NodeId>)>> = BTreeMap::new();
    let mut by_new: BTreeMap<usize, Vec<&(u32, Vec<NodeId>)>> = BTreeMap::new();
    for ((root, group), piece) in &pieces {
        by_old.entry(*root).or_default().push(piece);
        by_new.entry(*group).or_default().push(piece);
    }
    for mut parts in by_old.into_values().chain(by_new.into_values()) {
        parts.sort();
        parts.pop();
        for node in parts.into_iter().flat_map(|(_, nodes)| nodes) {
            if graph.node(*node)?.is_some() {
                work.node(Stage::SPREAD, *node);
            }
        }
    }
    Ok(())
}

/// Makes the candidate rows of the core's nodes those of the partition.
fn write_candidates<R: Reader>(
    graph: &mut Graph<'_, R>,
    region: &Region,
    partition: &Partition,
) -> Result<(), R::Error> {
    let mut old: BTreeMap<(NodeId, NodeId), Reason> = BTreeMap::new();
    for (place, vertex) in region.vertices.iter().enumerate() {
        let count = graph.node(vertex.node)?.map_or(0, |row| row.candidates);
        if !region.is_core(place) || count == 0 {
            continue;
        }
        let limit = usize::try_from(count).unwrap_or(usize::MAX);
        for (key, value) in graph.scan(&RowPrefix::Candidates(vertex.node), None, limit)? {
            if let (RowKey::Candidate { node, other }, RowValue::Candidate(row)) = (key, value) {
                old.insert((node.min(other), node.max(other)), row.reason.clone());
            }
        }
    }
    let mut new: BTreeMap<(NodeId, NodeId), Reason> = BTreeMap::new();
    for edge in &partition.refused {
        if region.is_core(edge.from) || region.is_core(edge.to) {
            let a = region.vertices[edge.from].node;
            let b = region.vertices[edge.to].node;
            // The first refusal is that of the strongest link; an operator's comes before those of the evidence.
            new.entry((a.min(b), a.max(b)))
                .or_insert_with(|| edge.reason.clone());
        }
    }
    for (a, b) in old.keys().filter(|pair| !new.contains_key(pair)) {
        count_candidate(graph, *a, *b, None)?;
        count_candidate(graph, *b, *a, None)?;
    }
    for ((a, b), reason) in &new {
        if old.get(&(*a, *b)) != Some(reason) {
            let is_new = !old.contains_key(&(*a, *b));
            count_candidate(graph, *a, *b, Some((reason, is_new)))?;
            count_candidate(graph, *b, *a, Some((reason, is_new)))?;
        }
    }
    Ok(())
}

/// Deletes a node's candidates, both directions.
pub(crate) fn drop_candidates<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
) -> Result<(), R::Error> {
    let count = graph.node(node)?.map_or(0, |row| row.candidates);
    if count == 0 {
        return Ok(());
    }
    for (key, _) in graph.scan(&RowPrefix::Candidates(node), None, usize::MAX)? {
        if let RowKey::Candidate { other, .. } = key {
            count_candidate(graph, node, other, None)?;
            count_candidate(graph, other, node, None)?;
        }
    }
    Ok(())
}

/// Puts or deletes a candidate row, one direction, and counts it at the node and at its profile.
fn count_candidate<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    other: NodeId,
    reason: Option<(&Reason, bool)>,
) -> Result<(), R::Error> {
    let key = RowKey::Candidate { node, other };
    let by = match reason {
        Some((reason, is_new)) => {
            let reason = reason.clone();
            graph.put(key, CandidateRow { reason });
            i32::from(is_new)
        }
        None => {
            graph.delete(key);
            -1
        }
    };
    if by == 0 {
        return Ok(());
    }
    let Some(row) = graph.node_mut(node)? else {
        return Ok(());
    };
    row.candidates = row.candidates.saturating_add_signed(by);
    let root = match row.placement {
        Placement::Person { root } => root,
        _ => node,
    };
    if let Some(profile) = graph.profile(root)? {
        let mut profile = Arc::unwrap_or_clone(profile);
        profile.contested = profile.contested.saturating_add_signed(by);
        graph.put(RowKey::Profile { root }, profile);
    }
    Ok(())
}
