//! A profile as a graph: the links that made it, those by which it has its things, and those that were refused.
//!
//! - Bounded: of each namespace so many nodes, the rest are counted.
//! - Computed from the region around the profile, as an explanation is; things by their own links.

use std::collections::{BTreeMap, BTreeSet};

use crate::explain::{around, step, weakest};
use crate::graph::Graph;
use crate::lookup::root_now;
use crate::partition::Partition;
use crate::refusal::refusal;
use crate::region::{Region, Vertex};
use crate::things;
use crate::{
    LinkRule, NodeId, PICTURE_NODES_MAX, PICTURE_NODES_OF_RANK_MAX, PICTURE_REFUSED_MAX, Picture,
    PictureNode, Placement, ProfileView, Reader, Step,
};

pub(crate) fn picture<R: Reader>(
    graph: &mut Graph<'_, R>,
    view: &ProfileView,
) -> Result<Picture, R::Error> {
    let mut picture = Picture::default();
    let mut drawn = show_members(&mut picture, view);
    match around(graph, &BTreeSet::from([view.root]))? {
        Some((region, partition)) => {
            draw_links(graph, &region, &partition, &mut picture, &mut drawn)?;
            draw_refused(graph, &region, &partition, &mut picture, &mut drawn)?;
        }
        None => picture.unlinked = true,
    }
    // Weakest is what holds the person together, not one of the person's things.
    picture.weakest = weakest(&picture.links, |_| true);
    draw_things(graph, view, &mut picture, &drawn)?;
    if picture.weakest.is_none() {
        picture.weakest = weakest(&picture.links, |_| true);
    }
    Ok(picture)
}

/// Takes the members up as far as there is room; answers which nodes are shown.
fn show_members(picture: &mut Picture, view: &ProfileView) -> BTreeSet<NodeId> {
    let mut drawn = BTreeSet::new();
    let mut of_rank: BTreeMap<_, usize> = BTreeMap::new();
    for member in &view.members {
        let count = of_rank.entry(member.rank).or_default();
        // A thing that several of the profile's own held in turn stands under each of them.
        if drawn.contains(&member.node) {
            continue;
        }
        if *count == PICTURE_NODES_OF_RANK_MAX || drawn.len() == PICTURE_NODES_MAX {
            *picture.omitted.entry(member.rank).or_default() += 1;
            continue;
        }
        *count += 1;
        drawn.insert(member.node);
        picture.nodes.push(PictureNode {
            node: member.node,
            rank: member.rank,
            key: member.key.clone(),
            scope: Some(member.scope.clone()),
        });
    }
    drawn
}

/// The links among the nodes that make the profile.
fn draw_links<R: Reader>(
    graph: &mut Graph<'_, R>,
    region: &Region,
    partition: &Partition,
    picture: &mut Picture,
    drawn: &mut BTreeSet<NodeId>,
) -> Result<(), R::Error> {
    for link in &partition.accepted {
        if !region.is_core(link.from) && !region.is_core(link.to) {
            continue;
        }
        let ends = [&region.vertices[link.from], &region.vertices[link.to]];
        if ends.iter().all(|end| drawn.contains(&end.node)) {
            let step = step(graph, ends[0].node, ends[1].node, link.rule)?;
            picture.links.push(step);
        }
    }
    Ok(())
}

/// The links of its nodes that were refused, one for each pair, with those that they were kept apart from.
fn draw_refused<R: Reader>(
    graph: &mut Graph<'_, R>,
    region: &Region,
    partition: &Partition,
    picture: &mut Picture,
    drawn: &mut BTreeSet<NodeId>,
) -> Result<(), R::Error> {
    let mut told = BTreeSet::new();
    for edge in &partition.refused {
        let (ours, theirs) = match (region.is_core(edge.from), region.is_core(edge.to)) {
            (true, false) => (edge.from, edge.to),
            (false, true) => (edge.to, edge.from),
            _ => continue,
        };
        if !told.insert((ours, theirs)) {
            continue;
        }
        let (member, other) = (&region.vertices[ours], &region.vertices[theirs]);
        let has_room = drawn.len() < PICTURE_NODES_MAX || drawn.contains(&other.node);
        if picture.refused.len() == PICTURE_REFUSED_MAX
            || !has_room
            || !drawn.contains(&member.node)
        {
            picture.refused_omitted += 1;
            continue;
        }
        if drawn.insert(other.node) {
            picture.nodes.push(stranger(other));
        }
        let refused = refusal(graph, region, partition, (edge, ours == edge.from))?;
        picture.refused.push(refused);
    }
    Ok(())
}

fn stranger(vertex: &Vertex) -> PictureNode {
    PictureNode {
        node: vertex.node,
        rank: vertex.row.rank,
        key: vertex.key.clone(),
        scope: None,
    }
}

/// The links by which things belong to the profile.
fn draw_things<R: Reader>(
    graph: &mut Graph<'_, R>,
    view: &ProfileView,
    picture: &mut Picture,
    drawn: &BTreeSet<NodeId>,
) -> Result<(), R::Error> {
    let mut links: Vec<Step> = Vec::new();
    for shown in picture.nodes.iter().filter(|node| node.scope.is_some()) {
        let Some(owner) = owner_within(graph, view.root, shown.node)? else {
            continue;
        };
        if let Some(next) = things::witness(graph, shown.node, owner)?
            && drawn.contains(&next)
        {
            links.push(step(graph, shown.node, next, LinkRule::Owned)?);
        }
    }
    picture.links.append(&mut links);
    Ok(())
}

/// The node of the profile that a thing belongs to, if only on some days.
fn owner_within<R: Reader>(
    graph: &mut Graph<'_, R>,
    root: NodeId,
    thing: NodeId,
) -> Result<Option<NodeId>, R::Error> {
    let owners: Vec<NodeId> = match graph.node(thing)?.map(|row| &row.placement) {
        Some(Placement::Owned { owner, .. }) => vec![*owner],
        Some(Placement::Split { runs, .. }) => runs.iter().map(|run| run.owner).collect(),
        _ => Vec::new(),
    };
    for owner in owners {
        if root_now(graph, owner)? == Some(root) {
            return Ok(Some(owner));
        }
    }
    Ok(None)
}
