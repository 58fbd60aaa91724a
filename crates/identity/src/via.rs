//! Which people were seen with the same things, counted per pair, so that a repair of people need not read their things.
//!
//! - A thing is a witness for all pairs of the people it was seen with, unless it is everybody's or means nothing.
//! - A thing that an operator spoke of takes part itself: it is among those it is a witness for, so that whoever reads
//!   one of them finds it.

use std::collections::BTreeSet;

use crate::graph::Graph;
use crate::work::Work;
use crate::{NodeId, Reader, RowKey, Stage, marks};

/// Finds out for whom a thing is a witness.
pub(crate) fn hear<R: Reader>(
    graph: &mut Graph<'_, R>,
    thing: NodeId,
    work: &mut Work,
) -> Result<(), R::Error> {
    let rules = graph.rules;
    let Some(row) = graph.shared(thing)? else {
        return Ok(());
    };
    let mut witnessed = BTreeSet::new();
    if !rules.is_people(row.rank) && !row.is_apart() && !rules.is_public(&row) {
        let is_people = |rules: &crate::Rules, rank| rules.is_people(rank);
        for (other, rank) in marks::neighbours(graph, thing, is_people)? {
            let Some(person) = graph.node(other)? else {
                continue;
            };
            if !person.is_apart()
                && !rules.is_hub(person, row.rank)
                && !person.is_foreign_to_staff(thing)
            {
                debug_assert_eq!(person.rank, rank);
                witnessed.insert(other);
            }
        }
        if !row.facts.is_empty() {
            witnessed.insert(thing);
        }
    }
    testify(graph, thing, witnessed, work)
}

/// Makes the thing a witness for these.
pub(crate) fn testify<R: Reader>(
    graph: &mut Graph<'_, R>,
    thing: NodeId,
    witnessed: BTreeSet<NodeId>,
    work: &mut Work,
) -> Result<(), R::Error> {
    let rules = graph.rules;
    let Some(row) = graph.node(thing)? else {
        return Ok(());
    };
    if row.witnessed == witnessed {
        return Ok(());
    }
    let layer = rules.namespace(row.rank).layer;
    let old = row.witnessed.clone();
    for (a, b) in pairs(&old) {
        if !(witnessed.contains(&a) && witnessed.contains(&b)) {
            count(graph, (a, b), layer, -1, work)?;
        }
    }
    for (a, b) in pairs(&witnessed) {
        if !(old.contains(&a) && old.contains(&b)) {
            count(graph, (a, b), layer, 1, work)?;
        }
    }
    if let Some(row) = graph.node_mut(thing)? {
        row.witnessed = witnessed;
    }
    Ok(())
}

fn pairs(nodes: &BTreeSet<NodeId>) -> Vec<(NodeId, NodeId)> {
    let mut pairs = Vec::new();
    for (at, a) in nodes.iter().enumerate() {
        pairs.extend(nodes.iter().skip(at + 1).map(|b| (*a, *b)));
    }
    pairs
}

fn count<R: Reader>(
    graph: &mut Graph<'_, R>,
    (a, b): (NodeId, NodeId),
    layer: u8,
    by: i32,
    work: &mut Work,
) -> Result<(), R::Error> {
    let mut row = graph.via(a, b)?;
    let things = row.things.entry(layer).or_default();
    let before = *things;
    *things = things.saturating_add_signed(by);
    let after = *things;
    if after == 0 {
        row.things.remove(&layer);
    }
    for (node, other) in [(a, b), (b, a)] {
        let key = RowKey::Via { node, other };
        if row.things.is_empty() {
            graph.delete(key);
        } else {
            graph.put(key, row.clone());
        }
    }
    if (before == 0) != (after == 0) {
        for node in [a, b] {
            if graph.node(node)?.is_some() {
                work.node(Stage::PEOPLE, node);
            }
        }
    }
    Ok(())
}
