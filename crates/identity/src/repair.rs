//! Brings the stored partition back to `f(S)` after a change, looking at the touched components only.
//!
//! ```text
//! only more days, nothing contested ──────────────► done
//! one new thing beside a calm profile ────────────► attached
//! else: read the touched components, partition each ─► compare, write what differs, say what changed
//! ```
//!
//! - The seeds of a [`Touch`] reach every component that can have changed, before and after.
//! - Touches of one batch are gathered ([`Work`]) and each component is read once for all of them: the partition is a
//!   function of the rows, so what it was in between does not matter. Where a link stopped, both its ends are seeds, so
//!   together the seeds still reach all that any one touch reached.
//! - A component past its bound keeps its profiles, new nodes stay alone, and both say that they are pending. Whenever
//!   no node of a component is pending, the stored partition of the component is the computed one.

use std::collections::{BTreeMap, BTreeSet};

use crate::aggregate::Touch;
use crate::assign::{Group, assign};
use crate::component::{Component, Loaded, load};
use crate::graph::Graph;
use crate::partition::{Partition, partition};
use crate::{
    CandidateRow, Cause, IdentifierId, NodeId, NodeRow, ProfileChange, ProfileRow, Reader, Reason,
    RowKey, RowPrefix, RowValue,
};

/// Touches whose components are still to be read, and what caused each.
#[derive(Default)]
pub(crate) struct Work {
    pub(crate) touch: Touch,
    causes: Vec<Cause>,
    /// The first cause that touched a seed, as a place in `causes`.
    first: BTreeMap<NodeId, usize>,
}

impl Work {
    fn add(&mut self, touch: Touch, cause: Cause) {
        let place = self.causes.len();
        self.causes.push(cause);
        for node in touch.seeds.iter().chain(touch.gone.keys()) {
            self.first.entry(*node).or_insert(place);
        }
        self.touch.extend(touch);
    }

    /// The earliest cause that touched any of these nodes.
    pub(crate) fn cause_of<'a>(&self, nodes: impl Iterator<Item = &'a NodeId>) -> usize {
        nodes
            .filter_map(|node| self.first.get(node).copied())
            .min()
            .unwrap_or(0)
    }

    /// The cause at a place that [`Work::cause_of`] gave.
    pub(crate) fn cause(&self, place: usize) -> Cause {
        self.causes[place]
    }

    /// Reads every touched component and makes its stored partition the computed one.
    pub(crate) fn finish<R: Reader>(
        self,
        graph: &mut Graph<'_, R>,
    ) -> Result<Vec<ProfileChange>, R::Error> {
        if self.causes.is_empty() {
            return Ok(Vec::new());
        }
        recompute(graph, &self)
    }
}

/// Repairs the partition around a touch at once where that is quick, else leaves it to `work`.
pub(crate) fn repair_or_defer<R: Reader>(
    graph: &mut Graph<'_, R>,
    touch: Touch,
    cause: Cause,
    work: &mut Work,
) -> Result<Option<ProfileChange>, R::Error> {
    if !touch.structural && is_settled(graph, &touch)? {
        return Ok(None);
    }
    if let Some(name) = attach_leaf(graph, &touch)? {
        let ids = BTreeSet::from([name]);
        return Ok(Some(ProfileChange {
            old: ids.clone(),
            new: ids,
            cause,
        }));
    }
    work.add(touch, cause);
    Ok(None)
}

/// Repairs the partition around a touch.
pub(crate) fn repair<R: Reader>(
    graph: &mut Graph<'_, R>,
    touch: Touch,
    cause: Cause,
) -> Result<Vec<ProfileChange>, R::Error> {
    let mut work = Work::default();
    let quick = repair_or_defer(graph, touch, cause, &mut work)?;
    let mut changes = work.finish(graph)?;
    changes.extend(quick);
    Ok(changes)
}

/// True when more days cannot change anything, or when all is to be worked in later anyway.
fn is_settled<R: Reader>(graph: &mut Graph<'_, R>, touch: &Touch) -> Result<bool, R::Error> {
    let mut roots = BTreeSet::new();
    for node in &touch.seeds {
        if let Some(row) = graph.node(*node)? {
            roots.insert(row.root);
        }
    }
    for root in roots {
        if !graph
            .profile(root)?
            .is_some_and(|profile| profile.calm || profile.pending)
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Attaches a single new thing that people share to the calm profile of all it was seen with; answers the profile's
/// name. It says nothing of the person, so it can refuse nothing, and the links that it closes join what is one already.
fn attach_leaf<R: Reader>(
    graph: &mut Graph<'_, R>,
    touch: &Touch,
) -> Result<Option<IdentifierId>, R::Error> {
    let Some((leaf, root)) = leaf_and_root(graph, touch)? else {
        return Ok(None);
    };
    let Some(mut profile) = graph.profile(root)? else {
        return Ok(None);
    };
    let Some(rank) = graph.node(leaf)?.map(|row| row.rank) else {
        return Ok(None);
    };
    let nodes = profile.nodes.values().sum::<u32>();
    let same = profile.nodes.entry(rank).or_default();
    *same += 1;
    let fits = *same <= graph.rules.namespace(rank).per_profile_max
        && nodes < graph.rules.profile_nodes_max;
    if !profile.calm || !fits {
        return Ok(None);
    }
    crate::assign::move_node(graph, leaf, root)?;
    let name = profile.canonical;
    graph.put(RowKey::Profile { root }, RowValue::Profile(profile));
    Ok(Some(name))
}

/// The new node and the root of the profile that it certainly belongs to.
fn leaf_and_root<R: Reader>(
    graph: &mut Graph<'_, R>,
    touch: &Touch,
) -> Result<Option<(NodeId, NodeId)>, R::Error> {
    let (1, false, false) = (touch.fresh.len(), touch.beyond_fresh, touch.seeds.len() < 2) else {
        return Ok(None);
    };
    let Some(leaf) = touch.fresh.first().copied() else {
        return Ok(None);
    };
    let Some(row) = graph.node(leaf)?.cloned() else {
        return Ok(None);
    };
    let rules = graph.rules;
    if rules.namespace(row.rank).customer || row.is_blocked() || row.traits > 0 {
        return Ok(None);
    }
    let others: Vec<NodeId> = touch
        .seeds
        .iter()
        .copied()
        .filter(|node| *node != leaf)
        .collect();
    let rows = others
        .iter()
        .map(|node| graph.node(*node).map(|row| row.cloned()))
        .collect::<Result<Vec<_>, _>>()?;
    let mut roots = BTreeSet::new();
    for other in &rows {
        let Some(other) = other else { return Ok(None) };
        let links = !other.is_blocked()
            && !rules.is_hub(other, row.rank)
            && !rules.is_hub(&row, other.rank);
        // With several neighbours their links among themselves must come before the leaf's: those of customers do.
        let ordered = others.len() == 1 || rules.namespace(other.rank).customer;
        let among = rows
            .iter()
            .flatten()
            .all(|third| others.len() == 1 || !rules.is_hub(other, third.rank));
        if !links || !ordered || !among || other.rank >= row.rank {
            return Ok(None);
        }
        roots.insert(other.root);
    }
    let (1, Some(root)) = (roots.len(), roots.first()) else {
        return Ok(None);
    };
    Ok(Some((leaf, *root)))
}

/// What was found about the touched components.
#[derive(Default)]
struct Found {
    groups: Vec<Group>,
    covered: BTreeMap<NodeId, NodeId>,
    pending: BTreeSet<NodeId>,
}

fn recompute<R: Reader>(
    graph: &mut Graph<'_, R>,
    work: &Work,
) -> Result<Vec<ProfileChange>, R::Error> {
    let touch = &work.touch;
    let mut found = Found::default();
    for seed in &touch.seeds {
        if found.covered.contains_key(seed)
            || found.pending.contains(seed)
            || graph.node(*seed)?.is_none()
        {
            continue;
        }
        match load(graph, *seed)? {
            Loaded::Whole(component) => {
                let partition = partition(&component, graph.rules);
                write_candidates(graph, &component, &partition)?;
                settle(graph, &component, &partition, &mut found)?;
            }
            Loaded::TooLarge(seen) => found.pending.extend(touch.seeds.intersection(&seen)),
        }
    }
    for node in &found.pending {
        graph.put(RowKey::Pending { node: *node }, RowValue::Mark);
        if let Some(row) = graph.node_mut(*node)? {
            row.pending = true;
        }
    }
    let old = old_profiles(graph, touch, &found)?;
    leave_the_rest(graph, touch, &mut found, &old)?;
    assign(graph, found.groups, &old, work)
}

/// Makes groups of a partition, and takes the pending marks off.
fn settle<R: Reader>(
    graph: &mut Graph<'_, R>,
    component: &Component,
    partition: &Partition,
    found: &mut Found,
) -> Result<(), R::Error> {
    for vertex in &component.vertices {
        found.covered.insert(vertex.node, vertex.row.root);
        if vertex.row.pending {
            graph.delete(RowKey::Pending { node: vertex.node });
            if let Some(row) = graph.node_mut(vertex.node)? {
                row.pending = false;
            }
        }
    }
    for members in &partition.groups {
        let nodes = members
            .iter()
            .map(|place| component.vertices[*place].node)
            .collect();
        found.groups.push(Group {
            nodes,
            calm: partition.calm,
            pending: false,
        });
    }
    Ok(())
}

/// The profiles, as stored, that the touched nodes were in. New nodes were in none.
fn old_profiles<R: Reader>(
    graph: &mut Graph<'_, R>,
    touch: &Touch,
    found: &Found,
) -> Result<BTreeMap<NodeId, ProfileRow>, R::Error> {
    let mut roots: BTreeSet<NodeId> = found
        .covered
        .values()
        .chain(touch.gone.values())
        .copied()
        .collect();
    for node in &found.pending {
        roots.extend(graph.node(*node)?.map(|row| row.root));
    }
    let mut old = BTreeMap::new();
    for root in roots {
        if let Some(profile) = graph.profile(root)? {
            old.insert(root, profile);
        }
    }
    Ok(old)
}

/// Nodes of touched profiles whose component was too large stay together, and new ones there stay alone.
fn leave_the_rest<R: Reader>(
    graph: &mut Graph<'_, R>,
    touch: &Touch,
    found: &mut Found,
    old: &BTreeMap<NodeId, ProfileRow>,
) -> Result<(), R::Error> {
    if found.pending.is_empty() {
        return Ok(());
    }
    for root in old.keys() {
        let rows = graph.scan(&RowPrefix::Members(*root), None, usize::MAX)?;
        let nodes: BTreeSet<NodeId> = rows
            .iter()
            .filter_map(|(key, _)| match key {
                RowKey::Member { node, .. } if !found.covered.contains_key(node) => Some(*node),
                _ => None,
            })
            .collect();
        if !nodes.is_empty() {
            found.groups.push(Group {
                nodes: nodes.into_iter().collect(),
                calm: false,
                pending: true,
            });
        }
    }
    for node in found.pending.intersection(&touch.fresh) {
        found.groups.push(Group {
            nodes: vec![*node],
            calm: false,
            pending: true,
        });
    }
    Ok(())
}

/// Makes the candidate rows of a component's nodes those of its partition.
fn write_candidates<R: Reader>(
    graph: &mut Graph<'_, R>,
    component: &Component,
    partition: &Partition,
) -> Result<(), R::Error> {
    let mut old: BTreeMap<(NodeId, NodeId), Reason> = BTreeMap::new();
    for vertex in component
        .vertices
        .iter()
        .filter(|vertex| vertex.row.candidates > 0)
    {
        let limit = usize::try_from(vertex.row.candidates).unwrap_or(usize::MAX);
        for (key, value) in graph.scan(&RowPrefix::Candidates(vertex.node), None, limit)? {
            if let (RowKey::Candidate { node, other }, RowValue::Candidate(row)) = (key, value) {
                old.insert((node.min(other), node.max(other)), row.reason);
            }
        }
    }
    let mut new: BTreeMap<(NodeId, NodeId), Reason> = BTreeMap::new();
    for edge in &partition.refused {
        let (a, b) = (
            component.vertices[edge.from].node,
            component.vertices[edge.to].node,
        );
        // An operator's refused link comes before the evidence's for the same two nodes.
        new.entry((a.min(b), a.max(b)))
            .or_insert_with(|| edge.reason.clone());
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

/// Puts or deletes a candidate row, one direction.
fn count_candidate<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    other: NodeId,
    reason: Option<(&Reason, bool)>,
) -> Result<(), R::Error> {
    let key = RowKey::Candidate { node, other };
    let by = match reason {
        Some((reason, is_new)) => {
            graph.put(
                key,
                RowValue::Candidate(CandidateRow {
                    reason: reason.clone(),
                }),
            );
            i32::from(is_new)
        }
        None => {
            graph.delete(key);
            -1
        }
    };
    if by != 0
        && let Some(row) = graph.node_mut(node)?
    {
        row.candidates = row.candidates.saturating_add_signed(by);
    }
    Ok(())
}

/// The strength of a node as the name of a profile: the smallest wins.
pub(crate) fn standing(node: NodeId, row: &NodeRow) -> (crate::Rank, IdentifierId, NodeId) {
    (row.rank, row.canonical, node)
}
