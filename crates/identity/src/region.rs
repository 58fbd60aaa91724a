//! A part of the graph that is enough to say who is one person around some nodes.
//!
//! - The *core* are the profiles that may have changed, the *ring* all profiles that a link, a shared thing or a fact
//!   connects with them, whether it was accepted or refused.
//! - A region holds the nodes of core and ring, and every edge between two of them.
//! - The same for people (level 0) and for things of one layer that are nobody's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::graph::Graph;
use crate::{
    FactId, FactRow, LinkRow, NodeId, NodeRow, Placement, Rank, Reader, RowKey, RowPrefix,
    RowValue, Rules, Statement, TraitKind, ViaRow,
};

/// A value of a trait with its distinct days.
pub(crate) type Weighted = (String, u32);

/// Which nodes are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Universe {
    /// Those that name people, and things that an operator spoke of.
    People,
    /// Things of a layer that are nobody's.
    Things(u8),
}

impl Universe {
    /// The universe that a node takes part in while it makes a profile.
    pub(crate) fn of(row: &NodeRow, rules: &Rules) -> Self {
        if rules.is_person(row) {
            Self::People
        } else {
            Self::Things(rules.namespace(row.rank).layer)
        }
    }

    fn has(self, row: &NodeRow, rules: &Rules) -> bool {
        matches!(row.placement, Placement::Person { .. }) && Self::of(row, rules) == self
    }
}

/// A node of a region.
pub(crate) struct Vertex {
    pub(crate) node: NodeId,
    pub(crate) row: Arc<NodeRow>,
    pub(crate) root: NodeId,
    /// The matching key's value: what a slip of the pen is told by.
    pub(crate) key: String,
    pub(crate) first_names: Vec<Weighted>,
    pub(crate) birth_dates: Vec<Weighted>,
}

/// What connects two nodes.
pub(crate) enum Bond {
    /// They were seen together.
    Link(Arc<LinkRow>),
    /// They were seen with the same things.
    Via(Arc<ViaRow>),
}

/// An edge, its ends as places in the region; `low` has the smaller node id.
pub(crate) struct Edge {
    pub(crate) low: usize,
    pub(crate) high: usize,
    pub(crate) bond: Bond,
}

/// A region.
#[derive(Default)]
pub(crate) struct Region {
    /// In order of node id, so that places compare as ids do.
    pub(crate) vertices: Vec<Vertex>,
    pub(crate) edges: Vec<Edge>,
    /// Links and separations said by operators.
    pub(crate) facts: Vec<Arc<FactRow>>,
    /// The roots of the profiles whose every edge is here.
    pub(crate) core: BTreeSet<NodeId>,
}

impl Region {
    pub(crate) fn place(&self, node: NodeId) -> Option<usize> {
        self.vertices
            .binary_search_by(|vertex| vertex.node.cmp(&node))
            .ok()
    }

    pub(crate) fn is_core(&self, place: usize) -> bool {
        self.core.contains(&self.vertices[place].root)
    }
}

/// A node that was read, with what connects it.
struct Read {
    row: Arc<NodeRow>,
    root: NodeId,
    links: Vec<(NodeId, Arc<LinkRow>)>,
    vias: Vec<(NodeId, Arc<ViaRow>)>,
    /// Every node that it is connected with.
    near: BTreeSet<NodeId>,
}

/// Reads regions, keeping what was read while a region grows.
pub(crate) struct Regions {
    universe: Universe,
    read: BTreeMap<NodeId, Read>,
    facts: BTreeMap<FactId, Arc<FactRow>>,
    /// The nodes of profiles that were read.
    profiles: BTreeMap<NodeId, BTreeSet<NodeId>>,
    nodes_max: usize,
}

impl Regions {
    pub(crate) fn new(universe: Universe, nodes_max: usize) -> Self {
        Self {
            universe,
            read: BTreeMap::new(),
            facts: BTreeMap::new(),
            profiles: BTreeMap::new(),
            nodes_max,
        }
    }

    /// The region around the profiles; `None` when it is larger than it may be.
    pub(crate) fn around<R: Reader>(
        &mut self,
        graph: &mut Graph<'_, R>,
        core: &BTreeSet<NodeId>,
    ) -> Result<Option<Region>, R::Error> {
        for root in core {
            if !self.read_profile(graph, *root)? {
                return Ok(None);
            }
        }
        let mut near = BTreeSet::new();
        for root in core {
            for node in &self.profiles[root] {
                near.extend(&self.read[node].near);
            }
        }
        let mut roots = core.clone();
        let rules = graph.rules;
        for node in near {
            let Some(row) = graph.node(node)? else {
                continue;
            };
            if let Placement::Person { root } = row.placement
                && self.universe.has(row, rules)
                && roots.insert(root)
                && !self.read_profile(graph, root)?
            {
                return Ok(None);
            }
        }
        self.assemble(graph, core.clone(), &roots).map(Some)
    }

    /// Reads the nodes of a profile; false when they are too many.
    fn read_profile<R: Reader>(
        &mut self,
        graph: &mut Graph<'_, R>,
        root: NodeId,
    ) -> Result<bool, R::Error> {
        if self.profiles.contains_key(&root) {
            return Ok(true);
        }
        let profile = graph.profile(root)?;
        let nodes = profile.map_or_else(BTreeSet::new, |profile| profile.nodes.clone());
        if self.read.len() + nodes.len() > self.nodes_max {
            return Ok(false);
        }
        for node in &nodes {
            if let Some(row) = graph.shared(*node)? {
                let read = self.read_node(graph, *node, row, root)?;
                self.read.insert(*node, read);
            }
        }
        let nodes = nodes
            .into_iter()
            .filter(|node| self.read.contains_key(node))
            .collect();
        self.profiles.insert(root, nodes);
        Ok(true)
    }

    fn read_node<R: Reader>(
        &mut self,
        graph: &mut Graph<'_, R>,
        node: NodeId,
        row: Arc<NodeRow>,
        root: NodeId,
    ) -> Result<Read, R::Error> {
        let mut read = Read {
            row,
            root,
            links: Vec::new(),
            vias: Vec::new(),
            near: BTreeSet::new(),
        };
        if !read.row.is_apart() {
            self.read_links(graph, node, &mut read)?;
        }
        if self.universe == Universe::People && !read.row.is_apart() {
            for (key, value) in graph.scan(&RowPrefix::Vias(node), None, usize::MAX)? {
                if let (RowKey::Via { other, .. }, RowValue::Via(via)) = (key, value) {
                    read.near.insert(other);
                    if node < other {
                        read.vias.push((other, via));
                    }
                }
            }
        }
        self.read_facts(graph, &mut read)?;
        Ok(read)
    }

    /// The links of a node that may join it with others of the universe.
    fn read_links<R: Reader>(
        &self,
        graph: &mut Graph<'_, R>,
        node: NodeId,
        read: &mut Read,
    ) -> Result<(), R::Error> {
        let is_thing = !graph.rules.is_people(read.row.rank);
        let ranks: Vec<Rank> = read.row.neighbours.keys().copied().collect();
        for rank in ranks {
            let rules = graph.rules;
            let wanted = match self.universe {
                // What was seen with a thing that an operator spoke of stands at the thing; people find it by via rows.
                Universe::People => rules.is_people(rank) || is_thing,
                Universe::Things(layer) => rules.namespace(rank).layer == layer,
            };
            if !wanted || rules.is_hub(&read.row, rank) {
                continue;
            }
            for (key, value) in
                graph.scan(&RowPrefix::LinksTowards(node, rank), None, usize::MAX)?
            {
                let RowKey::Link { neighbour, .. } = key else {
                    continue;
                };
                let Some(other) = graph.node(neighbour)? else {
                    continue;
                };
                // What staff typed is not theirs, and they are not found by way of it.
                let is_foreign = is_thing && other.is_foreign_to_staff(node);
                if other.is_apart()
                    || is_foreign
                    || rules.is_hub(other, read.row.rank)
                    || !self.universe.has(other, rules)
                {
                    continue;
                }
                read.near.insert(neighbour);
                if let RowValue::Link(link) = value {
                    read.links.push((neighbour, link));
                }
            }
        }
        Ok(())
    }

    fn read_facts<R: Reader>(
        &mut self,
        graph: &mut Graph<'_, R>,
        read: &mut Read,
    ) -> Result<(), R::Error> {
        for id in &read.row.facts {
            let Some(fact) = graph.fact(*id)? else {
                continue;
            };
            let ends: Vec<NodeId> = fact.fact.statement.ends().iter().map(|e| e.node).collect();
            if matches!(fact.fact.statement, Statement::MustLink(..)) {
                let mut blocked = false;
                for end in &ends {
                    blocked |= graph.node(*end)?.is_none_or(NodeRow::is_blocked);
                }
                if blocked {
                    continue;
                }
            }
            read.near.extend(ends);
            self.facts.insert(*id, fact);
        }
        Ok(())
    }

    /// Puts places for node ids, and reads the traits.
    fn assemble<R: Reader>(
        &self,
        graph: &mut Graph<'_, R>,
        core: BTreeSet<NodeId>,
        roots: &BTreeSet<NodeId>,
    ) -> Result<Region, R::Error> {
        let mut region = Region {
            core,
            ..Region::default()
        };
        let nodes: BTreeSet<NodeId> = roots
            .iter()
            .flat_map(|root| self.profiles[root].iter().copied())
            .collect();
        for node in &nodes {
            let read = &self.read[node];
            let key = match graph.identifier(read.row.canonical)? {
                Some(row) => row.key.as_ref().unwrap_or(&row.canonical).clone(),
                None => String::new(),
            };
            region.vertices.push(Vertex {
                node: *node,
                row: read.row.clone(),
                root: read.root,
                key,
                first_names: first_names(graph, *node, &read.row)?,
                birth_dates: birth_dates(graph, *node, &read.row)?,
            });
        }
        for (low, node) in nodes.iter().enumerate() {
            let read = &self.read[node];
            for (other, link) in &read.links {
                if let Some(high) = region.place(*other) {
                    let bond = Bond::Link(link.clone());
                    region.edges.push(edge(low, high, bond));
                }
            }
            for (other, via) in &read.vias {
                if let Some(high) = region.place(*other) {
                    let bond = Bond::Via(via.clone());
                    region.edges.push(edge(low, high, bond));
                }
            }
        }
        let facts = self.facts.values().filter(|fact| {
            let ends = fact.fact.statement.ends();
            ends.iter().all(|end| region.place(end.node).is_some())
        });
        region.facts = facts.cloned().collect();
        Ok(region)
    }
}

fn edge(a: usize, b: usize, bond: Bond) -> Edge {
    Edge {
        low: a.min(b),
        high: a.max(b),
        bond,
    }
}

/// Traits of one node that are read. More distinct names and dates than this describe nobody: they are left out.
const TRAITS_READ_MAX: u32 = 16;

/// The first names given with a node.
pub(crate) fn first_names<R: Reader>(
    graph: &Graph<'_, R>,
    node: NodeId,
    row: &NodeRow,
) -> Result<Vec<Weighted>, R::Error> {
    traits(graph, node, row, TraitKind::FirstName)
}

/// The birth dates given with a node.
pub(crate) fn birth_dates<R: Reader>(
    graph: &Graph<'_, R>,
    node: NodeId,
    row: &NodeRow,
) -> Result<Vec<Weighted>, R::Error> {
    traits(graph, node, row, TraitKind::BirthDate)
}

fn traits<R: Reader>(
    graph: &Graph<'_, R>,
    node: NodeId,
    row: &NodeRow,
    wanted: TraitKind,
) -> Result<Vec<Weighted>, R::Error> {
    if row.traits == 0 || row.traits > TRAITS_READ_MAX {
        return Ok(Vec::new());
    }
    let limit = usize::try_from(row.traits).unwrap_or(usize::MAX);
    let mut found = Vec::new();
    for (key, value) in graph.scan(&RowPrefix::Traits(node), None, limit)? {
        if let (RowKey::Trait { kind, .. }, RowValue::Trait(row)) = (key, value)
            && kind == wanted
        {
            let days = u32::try_from(row.days.len()).unwrap_or(u32::MAX);
            found.push((row.value.clone(), days));
        }
    }
    found.sort();
    Ok(found)
}
