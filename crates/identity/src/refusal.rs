//! A refused link, with the two values that the predicate found to contradict each other.

use std::cmp::Reverse;

use crate::graph::Graph;
use crate::partition::{Partition, RefusedEdge};
use crate::region::{Region, Vertex};
use crate::sighting::sighting;
use crate::{Class, Contradiction, NodeId, Rank, Reader, Reason, Refused, RowKey, RowPrefix};

/// A refused link, told from its one end or, backwards, from the other.
pub(crate) fn refusal<R: Reader>(
    graph: &mut Graph<'_, R>,
    region: &Region,
    partition: &Partition,
    (edge, forwards): (&RefusedEdge, bool),
) -> Result<Refused, R::Error> {
    let (from, to) = if forwards {
        (edge.from, edge.to)
    } else {
        (edge.to, edge.from)
    };
    let contradiction = contradiction(graph, region, partition, (from, to, &edge.reason))?;
    let (from, to) = (region.vertices[from].node, region.vertices[to].node);
    Ok(Refused {
        from,
        to,
        reason: edge.reason.clone(),
        contradiction,
        seen: sighting(graph, from, to)?,
    })
}

/// The two values that a predicate is about, the first end's first.
fn contradiction<R: Reader>(
    graph: &mut Graph<'_, R>,
    region: &Region,
    partition: &Partition,
    (from, to, reason): (usize, usize, &Reason),
) -> Result<Option<Contradiction>, R::Error> {
    let of_rank = |place: usize, rank: Rank| {
        let mut members = partition.groups[partition.group_of[place]].iter();
        let first = members.find(|place| region.vertices[**place].row.rank == rank);
        first.map(|place| region.vertices[*place].node)
    };
    let nodes = |a: Option<NodeId>, b| Some(Contradiction::Nodes(a?, b?));
    Ok(match reason {
        Reason::Exclusive(rank) => nodes(of_rank(from, *rank), of_rank(to, *rank)),
        Reason::Dominated(login) => {
            let [from, to] = [from, to].map(|place| &region.vertices[place]);
            match graph.rules.namespace(from.row.rank).exclusive {
                true => Some(Contradiction::Nodes(from.node, *login)),
                false => Some(Contradiction::Nodes(*login, to.node)),
            }
        }
        // The sides were smaller when it was judged, and may have come the other way round.
        Reason::FirstNames(a, b) | Reason::BirthDates(a, b) => {
            let known = |place: usize| {
                let members = partition.groups[partition.group_of[place]].iter();
                members
                    .flat_map(|place| {
                        let vertex = &region.vertices[*place];
                        vertex.first_names.iter().chain(&vertex.birth_dates)
                    })
                    .any(|(value, _)| value == a)
            };
            let (a, b) = if known(from) || !known(to) {
                (a, b)
            } else {
                (b, a)
            };
            Some(Contradiction::Values(a.clone(), b.clone()))
        }
        Reason::SharedMailbox => {
            let shared = |place: &&usize| region.vertices[**place].row.class == Class::Shared;
            match [from, to].iter().find(shared) {
                Some(mailbox) => sharing(graph, &region.vertices[*mailbox])?,
                None => None,
            }
        }
        _ => None,
    })
}

/// Two logins of a shared mailbox, or else two names that were given with it.
fn sharing<R: Reader>(
    graph: &Graph<'_, R>,
    mailbox: &Vertex,
) -> Result<Option<Contradiction>, R::Error> {
    let ranks = mailbox.row.neighbours.keys();
    for rank in ranks.filter(|rank| graph.rules.namespace(**rank).exclusive) {
        let prefix = RowPrefix::LinksTowards(mailbox.node, *rank);
        let logins = graph.scan(&prefix, None, 2)?;
        if let [
            (RowKey::Link { neighbour: a, .. }, _),
            (RowKey::Link { neighbour: b, .. }, _),
        ] = logins[..]
        {
            return Ok(Some(Contradiction::Nodes(a, b)));
        }
    }
    let mut names = mailbox.first_names.clone();
    names.sort_by_key(|(_, days)| Reverse(*days));
    Ok(match &names[..] {
        [(a, _), (b, _), ..] => Some(Contradiction::Values(a.clone(), b.clone())),
        _ => None,
    })
}
