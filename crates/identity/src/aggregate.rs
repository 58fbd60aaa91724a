//! Evidence and facts as counts on rows.
//!
//! - Counting is exact in both directions: what one state of the evidence adds, going back to the state before takes
//!   away, and a row whose count is nought is gone.
//! - What the counting noticed is a [`Touch`]: all that repair has to look at.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::Graph;
use crate::{
    Day, Evidence, EvidenceIdentifier, Fact, IdentifierRow, LinkRow, MemberRow, NodeId, NodeRow,
    Rank, Reader, RowKey, RowPrefix, RowValue, TraitKind, TraitRow, ValueId,
};

/// What changed in the graph.
#[derive(Default)]
pub(crate) struct Touch {
    /// Nodes from which every component that can have changed is reached.
    pub(crate) seeds: BTreeSet<NodeId>,
    /// Nodes that were made.
    pub(crate) fresh: BTreeSet<NodeId>,
    /// Nodes that went, with the root that they had.
    pub(crate) gone: BTreeMap<NodeId, NodeId>,
    /// More than days on links and traits that were known: the component must be looked at.
    pub(crate) structural: bool,
    /// Something other than fresh nodes and their links.
    pub(crate) beyond_fresh: bool,
    /// A node's smallest identifier changed, and with it perhaps a profile's name.
    pub(crate) renamed: bool,
}

impl Touch {
    /// Adds what was touched afterwards.
    pub(crate) fn extend(&mut self, later: Touch) {
        self.seeds.extend(later.seeds);
        self.fresh.extend(later.fresh);
        for (node, root) in later.gone {
            self.fresh.remove(&node);
            self.gone.entry(node).or_insert(root);
        }
        self.structural |= later.structural;
        self.beyond_fresh |= later.beyond_fresh;
        self.renamed |= later.renamed;
    }

    /// An old node, link, trait or flag is not what it was.
    fn altered(&mut self) {
        self.structural = true;
        self.beyond_fresh = true;
    }

    /// A fact came into force or went out of it.
    pub(crate) fn changed_by_fact(&mut self, fact: &Fact) {
        self.altered();
        self.seeds
            .extend(fact.statement.ends().iter().map(|end| end.node));
    }
}

/// The days to count up and down when a state of evidence takes the place of another.
struct DayChanges {
    added: Vec<Day>,
    removed: Vec<Day>,
}

impl DayChanges {
    fn between(old: Option<&BTreeSet<Day>>, new: Option<&BTreeSet<Day>>) -> Self {
        let none = BTreeSet::new();
        let (old, new) = (old.unwrap_or(&none), new.unwrap_or(&none));
        Self {
            added: new.difference(old).copied().collect(),
            removed: old.difference(new).copied().collect(),
        }
    }

    fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    fn count(&self, days: &mut BTreeMap<Day, u32>) {
        for day in &self.added {
            *days.entry(*day).or_default() += 1;
        }
        for day in &self.removed {
            if let Some(count) = days.get_mut(day) {
                *count -= 1;
                if *count == 0 {
                    days.remove(day);
                }
            }
        }
    }
}

/// Moves the graph from one state of a (strand, source) to another; `None` is never having had it.
pub(crate) fn replace_evidence<R: Reader>(
    graph: &mut Graph<'_, R>,
    old: Option<&Evidence>,
    new: Option<&Evidence>,
    touch: &mut Touch,
) -> Result<(), R::Error> {
    let Some(any) = new.or(old) else {
        return Ok(());
    };
    let nodes: Vec<(NodeId, Rank)> = any.nodes().into_iter().collect();
    touch.seeds.extend(nodes.iter().map(|(node, _)| *node));
    index_evidence(graph, any, &nodes, old.is_some(), new.is_some());
    if old.is_none() {
        for identifier in &any.identifiers {
            retain(graph, identifier, identifier.id == any.anchor, touch)?;
        }
    }
    replace_links(graph, &nodes, old, new, touch)?;
    for (node, rank) in &nodes {
        if graph.rules.namespace(*rank).describes {
            let (old, new) = (old.map(|e| &e.first_names), new.map(|e| &e.first_names));
            replace_traits(graph, *node, TraitKind::FirstName, old, new, touch)?;
        }
    }
    for (node, rank) in &nodes {
        if graph.rules.namespace(*rank).describes {
            let (old, new) = (old.map(|e| &e.birth_dates), new.map(|e| &e.birth_dates));
            replace_traits(graph, *node, TraitKind::BirthDate, old, new, touch)?;
        }
    }
    if new.is_none() {
        for identifier in &any.identifiers {
            release(graph, identifier, identifier.id == any.anchor, touch)?;
        }
    }
    Ok(())
}

/// The evidence row itself and the entries that find it.
fn index_evidence<R: Reader>(
    graph: &mut Graph<'_, R>,
    evidence: &Evidence,
    nodes: &[(NodeId, Rank)],
    was: bool,
    is: bool,
) {
    let (strand, source) = (evidence.strand, evidence.source.id());
    let key = RowKey::Evidence { strand, source };
    if is {
        graph.put(key, RowValue::Evidence(evidence.clone()));
    } else {
        graph.delete(key);
    }
    if was == is {
        return;
    }
    let by_source = RowKey::SourceStrand { source, strand };
    let by_node = nodes.iter().map(|(node, _)| RowKey::NodeEvidence {
        node: *node,
        strand,
        source,
    });
    if is {
        graph.put(by_source, RowValue::Source(evidence.source.clone()));
        by_node.for_each(|key| graph.put(key, RowValue::Mark));
    } else {
        graph.delete(by_source);
        by_node.for_each(|key| graph.delete(key));
    }
}

fn replace_links<R: Reader>(
    graph: &mut Graph<'_, R>,
    nodes: &[(NodeId, Rank)],
    old: Option<&Evidence>,
    new: Option<&Evidence>,
    touch: &mut Touch,
) -> Result<(), R::Error> {
    let days = DayChanges::between(old.map(|e| &e.days), new.map(|e| &e.days));
    let references = i32::from(new.is_some()) - i32::from(old.is_some());
    let aliases = i32::from(new.is_some_and(Evidence::is_server_alias))
        - i32::from(old.is_some_and(Evidence::is_server_alias));
    if days.is_empty() && references == 0 && aliases == 0 {
        return Ok(());
    }
    for (at, (low, low_rank)) in nodes.iter().enumerate() {
        for (high, high_rank) in &nodes[at + 1..] {
            let key = RowKey::Link {
                node: *low,
                rank: *high_rank,
                neighbour: *high,
            };
            let back = RowKey::Link {
                node: *high,
                rank: *low_rank,
                neighbour: *low,
            };
            let mut link = graph.link_at(&key)?.unwrap_or_default();
            let before = (link.references, link.aliases > 0);
            link.references = link.references.saturating_add_signed(references);
            link.aliases = link.aliases.saturating_add_signed(aliases);
            days.count(&mut link.days);
            let after = (link.references, link.aliases > 0);
            if after.1 != before.1 || after.0 == 0 {
                touch.altered();
            }
            if before.0 == 0 {
                graph.put(back, RowValue::Mark);
                link_made(graph, (*low, *low_rank), (*high, *high_rank), 1, touch)?;
            }
            if after.0 == 0 {
                graph.delete(back);
                graph.delete(key);
                link_made(graph, (*low, *low_rank), (*high, *high_rank), -1, touch)?;
            } else {
                graph.put(key, RowValue::Link(link));
            }
        }
    }
    Ok(())
}

/// Counts a link that appeared (or went) at both ends, and notices hubs.
fn link_made<R: Reader>(
    graph: &mut Graph<'_, R>,
    low: (NodeId, Rank),
    high: (NodeId, Rank),
    by: i32,
    touch: &mut Touch,
) -> Result<(), R::Error> {
    touch.structural = true;
    if !touch.fresh.contains(&low.0) && !touch.fresh.contains(&high.0) {
        touch.beyond_fresh = true;
    }
    for ((node, _), (_, towards)) in [(low, high), (high, low)] {
        let rules = graph.rules;
        let Some(row) = graph.node_mut(node)? else {
            continue;
        };
        let before = rules.hubs(row);
        let count = row.neighbours.entry(towards).or_default();
        *count = count.saturating_add_signed(by);
        if *count == 0 {
            row.neighbours.remove(&towards);
        }
        let after = rules.hubs(row);
        if before != after {
            touch.altered();
            for rank in after.into_iter().filter(|rank| !before.contains(rank)) {
                seed_towards(graph, node, rank, touch)?;
            }
        }
    }
    Ok(())
}

/// Makes seeds of a node's neighbours of one rank: each may be in a component of its own once the node no longer links
/// them.
pub(crate) fn seed_towards<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    rank: Rank,
    touch: &mut Touch,
) -> Result<(), R::Error> {
    let count = graph
        .node(node)?
        .and_then(|row| row.neighbours.get(&rank).copied())
        .unwrap_or(0);
    let limit = usize::try_from(count).unwrap_or(usize::MAX);
    for (key, _) in graph.scan(&RowPrefix::LinksTowards(node, rank), None, limit)? {
        if let RowKey::Link { neighbour, .. } = key {
            touch.seeds.insert(neighbour);
        }
    }
    Ok(())
}

fn replace_traits<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    kind: TraitKind,
    old: Option<&BTreeMap<String, BTreeSet<Day>>>,
    new: Option<&BTreeMap<String, BTreeSet<Day>>>,
    touch: &mut Touch,
) -> Result<(), R::Error> {
    let none = BTreeMap::new();
    let (old, new) = (old.unwrap_or(&none), new.unwrap_or(&none));
    let values: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for value in values {
        let days = DayChanges::between(old.get(value), new.get(value));
        if days.is_empty() {
            continue;
        }
        let value_id = ValueId::of(value);
        let key = RowKey::Trait {
            node,
            kind,
            value: value_id,
        };
        let held = graph.trait_row(node, kind, value_id)?;
        let had = held.is_some();
        let mut row = held.unwrap_or_else(|| TraitRow {
            value: value.clone(),
            days: BTreeMap::new(),
        });
        days.count(&mut row.days);
        let has = !row.days.is_empty();
        if had != has {
            touch.altered();
            if let Some(node) = graph.node_mut(node)? {
                node.traits = node
                    .traits
                    .saturating_add_signed(i32::from(has) - i32::from(had));
            }
        }
        if has {
            graph.put(key, RowValue::Trait(row));
        } else {
            graph.delete(key);
        }
    }
    Ok(())
}

/// Counts a reference to an identifier; makes it, and its node, when it is the first.
pub(crate) fn retain<R: Reader>(
    graph: &mut Graph<'_, R>,
    identifier: &EvidenceIdentifier,
    is_anchor: bool,
    touch: &mut Touch,
) -> Result<(), R::Error> {
    let known = graph.identifier(identifier.id)?;
    let is_new = known.is_none();
    let mut row = known.unwrap_or_else(|| IdentifierRow {
        node: identifier.node,
        canonical: identifier.canonical.clone(),
        key: (identifier.key != identifier.canonical).then(|| identifier.key.clone()),
        references: 0,
        anchors: 0,
    });
    let was_anchor = row.anchors > 0;
    row.references += 1;
    row.anchors += u32::from(is_anchor);
    if graph.node(identifier.node)?.is_none() {
        let blocked_by_rule = graph.rules.is_blocked(identifier.rank, &identifier.key);
        graph.set_node(
            identifier.node,
            Some(NodeRow::new(identifier, blocked_by_rule)),
        );
        touch.fresh.insert(identifier.node);
        touch.structural = true;
    }
    let Some(node) = graph.node_mut(identifier.node)? else {
        return Ok(());
    };
    node.references += 1;
    let (root, rank) = (node.root, node.rank);
    if identifier.id < node.canonical {
        node.canonical = identifier.id;
        touch.renamed = true;
    }
    if is_new && !touch.fresh.contains(&identifier.node) {
        touch.altered();
        touch.renamed = true; // the profile gained an identifier, if not a node
    }
    if is_new || was_anchor != (row.anchors > 0) {
        graph.put(
            RowKey::Member {
                root,
                node: identifier.node,
                id: identifier.id,
            },
            member(&row, rank),
        );
    }
    graph.put(
        RowKey::Identifier { id: identifier.id },
        RowValue::Identifier(row),
    );
    Ok(())
}

/// Takes a reference to an identifier back; at the last one it goes, and its node with its last identifier.
pub(crate) fn release<R: Reader>(
    graph: &mut Graph<'_, R>,
    identifier: &EvidenceIdentifier,
    is_anchor: bool,
    touch: &mut Touch,
) -> Result<(), R::Error> {
    let Some(mut row) = graph.identifier(identifier.id)? else {
        return Ok(());
    };
    row.references -= 1;
    row.anchors -= u32::from(is_anchor);
    let Some(node) = graph.node_mut(row.node)? else {
        return Ok(());
    };
    node.references -= 1;
    let (root, rank, empty, was_pending) =
        (node.root, node.rank, node.references == 0, node.pending);
    let key = RowKey::Identifier { id: identifier.id };
    let in_profile = RowKey::Member {
        root,
        node: row.node,
        id: identifier.id,
    };
    if row.references > 0 {
        graph.put(in_profile, member(&row, rank));
        graph.put(key, RowValue::Identifier(row));
        return Ok(());
    }
    touch.altered();
    touch.renamed = true;
    graph.delete(key);
    graph.delete(in_profile);
    if empty {
        drop_candidates(graph, row.node)?;
        graph.set_node(row.node, None);
        if was_pending {
            graph.delete(RowKey::Pending { node: row.node });
        }
        touch.seeds.remove(&row.node);
        touch.gone.insert(row.node, root);
        return Ok(());
    }
    // Members stand in order of id: the first is the smallest.
    let first = graph.scan(&RowPrefix::MembersOf(root, row.node), None, 1)?;
    if let (Some((RowKey::Member { id, .. }, _)), Some(node)) =
        (first.first(), graph.node_mut(row.node)?)
    {
        node.canonical = *id;
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
    let limit = usize::try_from(count).unwrap_or(usize::MAX);
    for (key, _) in graph.scan(&RowPrefix::Candidates(node), None, limit)? {
        let RowKey::Candidate { other, .. } = key else {
            continue;
        };
        graph.delete(key);
        graph.delete(RowKey::Candidate {
            node: other,
            other: node,
        });
        if let Some(row) = graph.node_mut(other)? {
            row.candidates -= 1;
        }
    }
    if let Some(row) = graph.node_mut(node)? {
        row.candidates = 0;
    }
    Ok(())
}

fn member(row: &IdentifierRow, rank: Rank) -> RowValue {
    let (canonical, key) = (row.canonical.clone(), row.key.clone());
    RowValue::Member(MemberRow {
        rank,
        canonical,
        key,
        is_anchor: row.anchors > 0,
    })
}

/// The link between two nodes, whichever is the smaller.
pub(crate) fn link_between<R: Reader>(
    graph: &mut Graph<'_, R>,
    a: NodeId,
    b: NodeId,
) -> Result<Option<LinkRow>, R::Error> {
    let (low, high) = (a.min(b), a.max(b));
    let Some(rank) = graph.node(high)?.map(|row| row.rank) else {
        return Ok(None);
    };
    graph.link_at(&RowKey::Link {
        node: low,
        rank,
        neighbour: high,
    })
}
