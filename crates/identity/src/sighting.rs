//! What the evidence says of a link: its days, who said so, in which strands; and the thing that stands between two nodes that
//! were not seen together.

use std::cmp::Reverse;
use std::sync::Arc;

use crate::graph::Graph;
use crate::{Evidence, LinkRow, NodeId, NodeRow, Rank, Reader, RowKey, RowPrefix, Sighting};

/// Evidence entries of a node that are searched for those of a link.
const EVIDENCE_SEARCHED_MAX: usize = 512;
/// Evidence rows that are read for the sources and strands of one link.
const EVIDENCE_READ_MAX: usize = 8;
/// Neighbours of a node that are searched for one that another node has, too.
pub(crate) const SHARED_SEARCHED_MAX: usize = 256;

/// Where two nodes were seen together, or with one thing.
pub(crate) fn sighting<R: Reader>(
    graph: &mut Graph<'_, R>,
    a: NodeId,
    b: NodeId,
) -> Result<Sighting, R::Error> {
    if let Some(link) = link_between(graph, a, b)? {
        let mut seen = of_link(&link);
        hear(graph, a, b, &mut seen)?;
        return Ok(seen);
    }
    match shared_thing(graph, a, b)? {
        Some(thing) => through(graph, a, thing, b),
        None => Ok(Sighting::default()),
    }
}

/// Where two nodes were seen with a third one.
pub(crate) fn through<R: Reader>(
    graph: &mut Graph<'_, R>,
    a: NodeId,
    between: NodeId,
    b: NodeId,
) -> Result<Sighting, R::Error> {
    let one = link_between(graph, a, between)?.unwrap_or_default();
    let other = link_between(graph, between, b)?.unwrap_or_default();
    let (one, other) = (of_link(&one), of_link(&other));
    let mut seen = Sighting {
        days: one.days.min(other.days),
        first: one.first.into_iter().chain(other.first).min(),
        last: one.last.max(other.last),
        through: Some(between),
        ..Sighting::default()
    };
    hear(graph, a, between, &mut seen)?;
    hear(graph, between, b, &mut seen)?;
    Ok(seen)
}

fn of_link(link: &LinkRow) -> Sighting {
    Sighting {
        days: u32::try_from(link.days.len()).unwrap_or(u32::MAX),
        first: link.days.keys().next().copied(),
        last: link.days.keys().next_back().copied(),
        ..Sighting::default()
    }
}

/// Adds the sources and strands in which two neighbours were seen together.
fn hear<R: Reader>(
    graph: &mut Graph<'_, R>,
    a: NodeId,
    b: NodeId,
    seen: &mut Sighting,
) -> Result<(), R::Error> {
    let (Some(a_row), Some(b_row)) = (graph.shared(a)?, graph.shared(b)?) else {
        return Ok(());
    };
    for evidence in evidence_of(graph, (a, &a_row), (b, &b_row))? {
        seen.sources.insert(evidence.source.clone());
        seen.strands.insert((evidence.anchor, evidence.strand));
    }
    Ok(())
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

/// The thing that is a witness for two people's nodes: of the strongest layer, the one that was seen on most days with both.
fn shared_thing<R: Reader>(
    graph: &mut Graph<'_, R>,
    a: NodeId,
    b: NodeId,
) -> Result<Option<NodeId>, R::Error> {
    let Some(row) = graph.shared(a)? else {
        return Ok(None);
    };
    let mut best = None;
    let things = row.neighbours.keys().copied();
    let things: Vec<Rank> = things
        .filter(|rank| !graph.rules.is_people(*rank))
        .collect();
    for rank in things {
        let prefix = RowPrefix::LinksTowards(a, rank);
        for (key, _) in graph.scan(&prefix, None, SHARED_SEARCHED_MAX)? {
            let RowKey::Link { neighbour, .. } = key else {
                continue;
            };
            let is_witness = graph
                .node(neighbour)?
                .is_some_and(|thing| thing.witnessed.contains(&a) && thing.witnessed.contains(&b));
            if !is_witness {
                continue;
            }
            let days = |link: Option<Arc<LinkRow>>| link.map_or(0, |link| link.days.len());
            let both = days(link_between(graph, a, neighbour)?)
                .min(days(link_between(graph, neighbour, b)?));
            let layer = graph.rules.namespace(rank).layer;
            best = best.max(Some((Reverse(layer), both, Reverse(neighbour))));
        }
    }
    Ok(best.map(|(_, _, Reverse(thing))| thing))
}

/// The link between two nodes, if there is one.
pub(crate) fn link_between<R: Reader>(
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
