//! Evidence as counts on rows.
//!
//! - Counting is exact in both directions: what one state of the evidence adds, going back to the state before takes
//!   away, and a row whose count is nought is gone.
//! - Whatever a count changes marks the work that depends on it ([`crate::marks`]).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::graph::{End, Graph, link_keys};
use crate::homes::{WHOLE, disown, leave, member_key, next_identifier, put_whole};
use crate::marks::{self, Change};
use crate::work::Work;
use crate::{
    Day, Evidence, EvidenceIdentifier, IdentifierRow, NodeId, NodeRow, ProfileRow, Rank, Reader,
    RowKey, RowValue, Scope, Stage, TraitKind, TraitRow, ValueId,
};

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

    /// Counts; true when a day appeared or went.
    fn count(&self, days: &mut BTreeMap<Day, u32>) -> bool {
        let before = days.len();
        let mut changed = false;
        for day in &self.added {
            let count = days.entry(*day).or_default();
            changed |= *count == 0;
            *count += 1;
        }
        for day in &self.removed {
            if let Some(count) = days.get_mut(day) {
                *count -= 1;
                if *count == 0 {
                    days.remove(day);
                    changed = true;
                }
            }
        }
        changed || days.len() != before
    }
}

/// Moves the graph from one state of a (strand, source) to another; `None` is never having had it.
pub(crate) fn replace_evidence<R: Reader>(
    graph: &mut Graph<'_, R>,
    old: Option<&Arc<Evidence>>,
    new: Option<&Arc<Evidence>>,
    work: &mut Work,
) -> Result<(), R::Error> {
    let Some(any) = new.or(old) else {
        return Ok(());
    };
    let nodes: Vec<(NodeId, Rank)> = any.nodes().into_iter().collect();
    index_evidence(graph, any, &nodes, old.is_some(), new.is_some());
    let (old, new) = (old.map(Arc::as_ref), new.map(Arc::as_ref));
    if old.is_none() {
        for identifier in &any.identifiers {
            retain(graph, identifier, identifier.id == any.anchor, work)?;
        }
    }
    replace_links(graph, &nodes, old, new, work)?;
    for (node, rank) in &nodes {
        if graph.rules.namespace(*rank).describes {
            let (names, other) = (old.map(|e| &e.first_names), new.map(|e| &e.first_names));
            replace_traits(graph, *node, TraitKind::FirstName, names, other, work)?;
            let (dates, other) = (old.map(|e| &e.birth_dates), new.map(|e| &e.birth_dates));
            replace_traits(graph, *node, TraitKind::BirthDate, dates, other, work)?;
        }
    }
    marks::strand(graph, any.strand, &nodes, old, new, work)?;
    if new.is_none() {
        for identifier in &any.identifiers {
            release(graph, identifier, identifier.id == any.anchor, work)?;
        }
    }
    Ok(())
}

/// The evidence row itself and the entries that find it.
fn index_evidence<R: Reader>(
    graph: &mut Graph<'_, R>,
    evidence: &Arc<Evidence>,
    nodes: &[(NodeId, Rank)],
    was: bool,
    is: bool,
) {
    let (strand, source) = (evidence.strand, evidence.source.id());
    let key = RowKey::Evidence { strand, source };
    if is {
        graph.put(key, evidence.clone());
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
        graph.put(by_source, evidence.source.clone());
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
    work: &mut Work,
) -> Result<(), R::Error> {
    let days = DayChanges::between(old.map(|e| &e.days), new.map(|e| &e.days));
    let references = i32::from(new.is_some()) - i32::from(old.is_some());
    let aliases = i32::from(new.is_some_and(Evidence::is_server_alias))
        - i32::from(old.is_some_and(Evidence::is_server_alias));
    if days.is_empty() && references == 0 && aliases == 0 {
        return Ok(());
    }
    for (at, a) in nodes.iter().enumerate() {
        for b in &nodes[at + 1..] {
            let (key, back) = link_keys(*a, *b);
            let mut link = graph
                .link_at(&key)?
                .map(Arc::unwrap_or_clone)
                .unwrap_or_default();
            let (before, was_alias) = (link.references, link.aliases > 0);
            link.references = link.references.saturating_add_signed(references);
            link.aliases = link.aliases.saturating_add_signed(aliases);
            let other_days = days.count(&mut link.days);
            let change = if before == 0 || link.references == 0 {
                Change::Made
            } else if was_alias != (link.aliases > 0) {
                Change::Alias
            } else if other_days {
                Change::Days
            } else {
                Change::None
            };
            let made = i32::from(before == 0) - i32::from(link.references == 0);
            if made != 0 {
                count_kiosk(graph, *a, *b, made)?;
                count_kiosk(graph, *b, *a, made)?;
            }
            if link.references == 0 {
                graph.delete(back);
                graph.delete(key);
            } else {
                if before == 0 {
                    graph.put(back, RowValue::Mark);
                }
                graph.put(key, link);
            }
            if made != 0 {
                count_neighbour(graph, *a, *b, made, work)?;
                count_neighbour(graph, *b, *a, made, work)?;
            }
            marks::link(graph, *a, *b, change, work)?;
        }
    }
    Ok(())
}

/// Counts at a login that it was seen with a thing that is everybody's already. (One that becomes so tells its logins.)
fn count_kiosk<R: Reader>(
    graph: &mut Graph<'_, R>,
    (login, rank): End,
    (thing, _): End,
    by: i32,
) -> Result<(), R::Error> {
    let rules = graph.rules;
    if rules.namespace(rank).exclusive
        && graph.node(thing)?.is_some_and(|row| rules.is_kiosk(row))
        && let Some(row) = graph.node_mut(login)?
    {
        row.kiosks = row.kiosks.saturating_add_signed(by);
    }
    Ok(())
}

/// Counts a link that appeared (or went) at one end.
fn count_neighbour<R: Reader>(
    graph: &mut Graph<'_, R>,
    (node, _): End,
    (_, towards): End,
    by: i32,
    work: &mut Work,
) -> Result<(), R::Error> {
    let rules = graph.rules;
    let Some(row) = graph.node_mut(node)? else {
        return Ok(());
    };
    let was = (rules.hubs(row), rules.is_public(row));
    add_neighbours(row, towards, by);
    if was != (rules.hubs(row), rules.is_public(row)) {
        let after = row.clone();
        let mut before = after.clone();
        add_neighbours(&mut before, towards, -by);
        marks::hub(graph, node, &before, &after, work)?;
    }
    Ok(())
}

fn add_neighbours(row: &mut NodeRow, towards: Rank, by: i32) {
    let count = row.neighbours.entry(towards).or_default();
    *count = count.saturating_add_signed(by);
    if *count == 0 {
        row.neighbours.remove(&towards);
    }
}

fn replace_traits<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    kind: TraitKind,
    old: Option<&BTreeMap<String, BTreeSet<Day>>>,
    new: Option<&BTreeMap<String, BTreeSet<Day>>>,
    work: &mut Work,
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
        let held = graph
            .trait_row(node, kind, value_id)?
            .map(Arc::unwrap_or_clone);
        let had = held.is_some();
        let mut row = held.unwrap_or_else(|| TraitRow {
            value: value.clone(),
            days: BTreeMap::new(),
        });
        let other_days = days.count(&mut row.days);
        let has = !row.days.is_empty();
        if had != has
            && let Some(node) = graph.node_mut(node)?
        {
            node.traits = node
                .traits
                .saturating_add_signed(i32::from(has) - i32::from(had));
        }
        if has {
            graph.put(key, row);
        } else {
            graph.delete(key);
        }
        if other_days {
            marks::traits(graph, node, had != has, work)?;
        }
    }
    Ok(())
}

/// Counts a reference to an identifier; makes it, and its node, when it is the first.
pub(crate) fn retain<R: Reader>(
    graph: &mut Graph<'_, R>,
    identifier: &EvidenceIdentifier,
    is_anchor: bool,
    work: &mut Work,
) -> Result<(), R::Error> {
    let known = graph.identifier(identifier.id)?.map(Arc::unwrap_or_clone);
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
        make_node(graph, identifier, work)?;
    }
    let Some(node) = graph.node_mut(identifier.node)? else {
        return Ok(());
    };
    node.references += 1;
    if identifier.id < node.canonical {
        node.canonical = identifier.id;
    }
    let (homes, rank) = (node.homes.clone(), node.rank);
    if is_new || was_anchor != (row.anchors > 0) {
        let of = (identifier.node, rank);
        for (holder, scope) in &homes {
            put_whole(graph, *holder, of, (identifier.id, &row), scope);
        }
    }
    if is_new {
        marks::renamed(graph, identifier.node, work)?;
    }
    let key = RowKey::Identifier { id: identifier.id };
    graph.put(key, row);
    Ok(())
}

/// A node that is seen for the first time, alone in a profile of its own.
fn make_node<R: Reader>(
    graph: &mut Graph<'_, R>,
    identifier: &EvidenceIdentifier,
    work: &mut Work,
) -> Result<(), R::Error> {
    let node = identifier.node;
    let blocked_by_rule = graph.rules.is_blocked(identifier.rank, &identifier.key);
    let mut row = NodeRow::new(identifier, blocked_by_rule);
    let scope = if blocked_by_rule {
        Scope::Strands
    } else {
        Scope::All
    };
    row.homes = BTreeMap::from([(node, scope)]);
    graph.set_node(node, Some(row));
    let profile = ProfileRow {
        canonical: identifier.id,
        nodes: BTreeSet::from([node]),
        calm: true,
        contested: 0,
    };
    graph.put(RowKey::Profile { root: node }, profile);
    marks::node(graph, node, work)?;
    work.moved(node);
    Ok(())
}

/// Takes a reference to an identifier back; at the last one it goes, and its node with its last identifier.
pub(crate) fn release<R: Reader>(
    graph: &mut Graph<'_, R>,
    identifier: &EvidenceIdentifier,
    is_anchor: bool,
    work: &mut Work,
) -> Result<(), R::Error> {
    let Some(row) = graph.identifier(identifier.id)? else {
        return Ok(());
    };
    let mut row = Arc::unwrap_or_clone(row);
    row.references -= 1;
    row.anchors -= u32::from(is_anchor);
    let Some(node) = graph.node_mut(row.node)? else {
        return Ok(());
    };
    node.references -= 1;
    let (homes, rank, is_last) = (node.homes.clone(), node.rank, node.references == 0);
    let key = RowKey::Identifier { id: identifier.id };
    if row.references > 0 {
        for (holder, scope) in &homes {
            put_whole(
                graph,
                *holder,
                (row.node, rank),
                (identifier.id, &row),
                scope,
            );
        }
        graph.put(key, row);
        return Ok(());
    }
    if is_last {
        drop_node(graph, row.node, work)?;
    }
    graph.delete(key);
    for holder in homes.keys() {
        graph.delete(member_key(*holder, row.node, identifier.id, WHOLE));
    }
    if is_last {
        return Ok(());
    }
    // Members stand in order of id: the first is the smallest.
    let Some(home) = homes.keys().next() else {
        return Ok(());
    };
    let smallest = next_identifier(graph, *home, row.node, None)?;
    if let (Some(id), Some(node)) = (smallest, graph.node_mut(row.node)?) {
        node.canonical = id;
    }
    marks::renamed(graph, row.node, work)
}

/// Takes a node out of the graph that nothing refers to any more. Its links and traits have gone with the evidence.
fn drop_node<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    work: &mut Work,
) -> Result<(), R::Error> {
    crate::via::testify(graph, node, BTreeSet::new(), work)?;
    crate::people::drop_candidates(graph, node)?;
    disown(graph, node, work)?;
    leave(graph, node, work)?;
    graph.delete(RowKey::Profile { root: node });
    graph.set_node(node, None);
    work.moved(node);
    for stage in [Stage::PEOPLE, Stage::SPREAD, Stage::SPREAD_ALL, Stage::VIA] {
        work.done(stage, node);
    }
    Ok(())
}
