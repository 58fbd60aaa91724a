//! A raw component: all that can bear on who is who among some nodes, read into memory.
//!
//! - Two nodes are in one component when a chain of admissible links or of must-links connects them. A link is
//!   admissible when neither end is blocked and neither is a hub towards the other's namespace.
//! - A component that is larger than its bound is not read to its end.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::Graph;
use crate::{
    Fact, FactId, LinkRow, NodeId, NodeRow, Rank, Reader, RowKey, RowPrefix, RowValue, Statement,
    TraitKind,
};

/// A value of a trait with its distinct days.
pub(crate) type Weighted = (String, u32);

/// A node of a component.
pub(crate) struct Vertex {
    pub(crate) node: NodeId,
    pub(crate) row: NodeRow,
    pub(crate) first_names: Vec<Weighted>,
    pub(crate) birth_dates: Vec<Weighted>,
}

/// An admissible link, its ends as places in the component; `low` has the smaller node id.
pub(crate) struct Edge {
    pub(crate) low: usize,
    pub(crate) high: usize,
    pub(crate) row: LinkRow,
}

/// A raw component.
#[derive(Default)]
pub(crate) struct Component {
    /// In order of node id, so that places compare as ids do.
    pub(crate) vertices: Vec<Vertex>,
    pub(crate) edges: Vec<Edge>,
    /// Links and separations said by operators.
    pub(crate) facts: Vec<Fact>,
}

impl Component {
    pub(crate) fn place(&self, node: NodeId) -> Option<usize> {
        self.vertices
            .binary_search_by(|vertex| vertex.node.cmp(&node))
            .ok()
    }
}

/// A component, or as much of one as its bound allowed to see.
pub(crate) enum Loaded {
    Whole(Component),
    TooLarge(BTreeSet<NodeId>),
}

/// The parts of a component while it is being read.
#[derive(Default)]
struct Reading {
    rows: BTreeMap<NodeId, NodeRow>,
    queue: Vec<NodeId>,
    links: Vec<(NodeId, NodeId, LinkRow)>,
    facts: BTreeMap<FactId, Fact>,
}

impl Reading {
    fn reach(&mut self, node: NodeId, row: &NodeRow) {
        if let std::collections::btree_map::Entry::Vacant(place) = self.rows.entry(node) {
            place.insert(row.clone());
            self.queue.push(node);
        }
    }
}

/// Reads the component of a node that exists.
pub(crate) fn load<R: Reader>(graph: &mut Graph<'_, R>, seed: NodeId) -> Result<Loaded, R::Error> {
    let bound = usize::try_from(graph.rules.component_nodes_max).unwrap_or(usize::MAX);
    let mut reading = Reading::default();
    if let Some(row) = graph.node(seed)? {
        reading.reach(seed, row);
    }
    while let Some(node) = reading.queue.pop() {
        if reading.rows.len() > bound {
            return Ok(Loaded::TooLarge(reading.rows.into_keys().collect()));
        }
        let row = reading.rows[&node].clone();
        if !row.is_blocked() {
            read_links(graph, &mut reading, node, &row)?;
        }
        read_facts(graph, &mut reading, &row)?;
    }
    assemble(graph, reading).map(Loaded::Whole)
}

fn read_links<R: Reader>(
    graph: &mut Graph<'_, R>,
    reading: &mut Reading,
    node: NodeId,
    row: &NodeRow,
) -> Result<(), R::Error> {
    for (key, value) in admissible_rows(graph, node, row)? {
        let RowKey::Link { neighbour, .. } = key else {
            continue;
        };
        let rules = graph.rules;
        let Some(other) = graph.node(neighbour)? else {
            continue;
        };
        if other.is_blocked() || rules.is_hub(other, row.rank) {
            continue;
        }
        reading.reach(neighbour, other);
        if let RowValue::Link(link) = value {
            reading.links.push((node, neighbour, link));
        }
    }
    Ok(())
}

/// The link rows of a node towards namespaces in which it is no hub.
fn admissible_rows<R: Reader>(
    graph: &Graph<'_, R>,
    node: NodeId,
    row: &NodeRow,
) -> Result<Vec<(RowKey, RowValue)>, R::Error> {
    let is_hub = |rank: &Rank| graph.rules.is_hub(row, *rank);
    let count =
        |ranks: &mut dyn Iterator<Item = u32>| ranks.sum::<u32>().try_into().unwrap_or(usize::MAX);
    if row.neighbours.is_empty() {
        return Ok(Vec::new());
    }
    if !row.neighbours.keys().any(is_hub) {
        return graph.scan(
            &RowPrefix::Links(node),
            None,
            count(&mut row.neighbours.values().copied()),
        );
    }
    let mut rows = Vec::new();
    for (rank, neighbours) in row.neighbours.iter().filter(|(rank, _)| !is_hub(rank)) {
        let limit = count(&mut std::iter::once(*neighbours));
        rows.extend(graph.scan(&RowPrefix::LinksTowards(node, *rank), None, limit)?);
    }
    Ok(rows)
}

fn read_facts<R: Reader>(
    graph: &mut Graph<'_, R>,
    reading: &mut Reading,
    row: &NodeRow,
) -> Result<(), R::Error> {
    for id in &row.facts {
        if reading.facts.contains_key(id) {
            continue;
        }
        let Some(fact) = graph.fact(*id)? else {
            continue;
        };
        if let Statement::MustLink(a, b) = &fact.fact.statement {
            let mut blocked = false;
            for end in [a, b] {
                blocked |= graph.node(end.node)?.is_none_or(NodeRow::is_blocked);
            }
            if blocked {
                continue;
            }
            for end in [a, b] {
                if let Some(other) = graph.node(end.node)? {
                    reading.reach(end.node, other);
                }
            }
        }
        reading.facts.insert(*id, fact.fact);
    }
    Ok(())
}

/// Puts places for node ids, and reads the traits.
fn assemble<R: Reader>(graph: &mut Graph<'_, R>, reading: Reading) -> Result<Component, R::Error> {
    let mut component = Component {
        facts: reading.facts.into_values().collect(),
        ..Component::default()
    };
    for (node, row) in reading.rows {
        let mut vertex = Vertex {
            node,
            row,
            first_names: Vec::new(),
            birth_dates: Vec::new(),
        };
        if vertex.row.traits > 0 {
            read_traits(graph, &mut vertex)?;
        }
        component.vertices.push(vertex);
    }
    for (low, high, row) in reading.links {
        if let (Some(low), Some(high)) = (component.place(low), component.place(high)) {
            component.edges.push(Edge { low, high, row });
        }
    }
    Ok(component)
}

/// Traits of one node that are read. More distinct names or dates than this describe nobody: they are left out.
const TRAITS_READ_MAX: u32 = 16;

fn read_traits<R: Reader>(graph: &Graph<'_, R>, vertex: &mut Vertex) -> Result<(), R::Error> {
    if vertex.row.traits > TRAITS_READ_MAX {
        return Ok(());
    }
    let limit = usize::try_from(TRAITS_READ_MAX).unwrap_or(usize::MAX);
    for (key, value) in graph.scan(&RowPrefix::Traits(vertex.node), None, limit)? {
        let (RowKey::Trait { kind, .. }, RowValue::Trait(row)) = (key, value) else {
            continue;
        };
        let weighted = (row.value, u32::try_from(row.days.len()).unwrap_or(u32::MAX));
        match kind {
            TraitKind::FirstName => vertex.first_names.push(weighted),
            TraitKind::BirthDate => vertex.birth_dates.push(weighted),
        }
    }
    Ok(())
}
