//! What depends on what: every change of a row marks the work that reads it.

use std::collections::BTreeSet;

use crate::graph::{End, Graph};
use crate::homes::{is_loose, rehouse};
use crate::work::Work;
use crate::{
    Class, Evidence, NodeId, NodeRow, Placement, Rank, Reader, RowKey, RowPrefix, Scope, Sharing,
    Stage, StrandId, operator, strands,
};

/// How a link changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Not in a way that anything depends on.
    None,
    /// It was seen on another day, or on one day fewer.
    Days,
    /// A server's alias says that both are one, or does so no more.
    Alias,
    /// It appeared or went.
    Made,
}

/// A node is new, or is another kind of thing now.
pub(crate) fn node<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    work: &mut Work,
) -> Result<(), R::Error> {
    let rules = graph.rules;
    if let Some(row) = graph.node(node)? {
        let stage = if rules.is_person(row) {
            Stage::PEOPLE
        } else {
            Stage::own(rules.namespace(row.rank).layer)
        };
        work.node(stage, node);
    }
    Ok(())
}

/// A node has one identifier more or fewer, and perhaps another name.
pub(crate) fn renamed<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    work: &mut Work,
) -> Result<(), R::Error> {
    work.moved(node);
    let placement = graph.node(node)?.map(|row| row.placement.clone());
    if let Some(Placement::Person { .. }) = placement {
        let stage = person_stage(graph, node)?;
        work.node(stage, node);
    }
    self::node(graph, node, work)
}

/// The stage that settles which profile a node makes that makes one.
fn person_stage<R: Reader>(graph: &mut Graph<'_, R>, node: NodeId) -> Result<Stage, R::Error> {
    let rules = graph.rules;
    Ok(match graph.node(node)? {
        Some(row) if !rules.is_person(row) => Stage::cluster(rules.namespace(row.rank).layer),
        _ => Stage::PEOPLE,
    })
}

/// A link changed.
pub(crate) fn link<R: Reader>(
    graph: &mut Graph<'_, R>,
    a: End,
    b: End,
    change: Change,
    work: &mut Work,
) -> Result<(), R::Error> {
    if change == Change::None {
        return Ok(());
    }
    let rules = graph.rules;
    let person = |row: Option<&NodeRow>| row.is_some_and(|row| rules.is_person(row));
    match (person(graph.node(a.0)?), person(graph.node(b.0)?)) {
        (true, true) => people_link(graph, a, b, change, work)?,
        (true, false) => thing_link(graph, b, change, work),
        (false, true) => thing_link(graph, a, change, work),
        (false, false) => {
            let layer = |end: End| rules.namespace(end.1).layer;
            for end in [a, b] {
                if layer(end) >= layer(a).max(layer(b)) {
                    work.node(Stage::own(layer(end)), end.0);
                }
            }
        }
    }
    Ok(())
}

fn thing_link<R: Reader>(graph: &Graph<'_, R>, thing: End, change: Change, work: &mut Work) {
    work.node(Stage::own(graph.rules.namespace(thing.1).layer), thing.0);
    if change == Change::Made {
        work.node(Stage::VIA, thing.0);
    }
}

fn people_link<R: Reader>(
    graph: &mut Graph<'_, R>,
    a: End,
    b: End,
    change: Change,
    work: &mut Work,
) -> Result<(), R::Error> {
    for (mailbox, login) in [(a, b), (b, a)] {
        let exclusive = |rank: Rank| graph.rules.namespace(rank).exclusive;
        if exclusive(login.1) && !exclusive(mailbox.1) {
            mark_mailbox(graph, mailbox.0, work)?;
        }
        if exclusive(login.1) && exclusive(mailbox.1) {
            mailboxes_of(graph, login.0, work)?;
        }
        if !graph.rules.is_people(mailbox.1) {
            work.node(Stage::VIA, mailbox.0);
        }
    }
    if change == Change::Days && same_calm_profile(graph, a.0, b.0)? {
        return Ok(());
    }
    work.node(Stage::PEOPLE, a.0);
    work.node(Stage::PEOPLE, b.0);
    Ok(())
}

/// True when both are in one profile in which more days on links and names change nothing.
fn same_calm_profile<R: Reader>(
    graph: &mut Graph<'_, R>,
    a: NodeId,
    b: NodeId,
) -> Result<bool, R::Error> {
    let root = |row: Option<&NodeRow>| match row.map(|row| &row.placement) {
        Some(Placement::Person { root }) => Some(*root),
        _ => None,
    };
    let (Some(root), other) = (root(graph.node(a)?), root(graph.node(b)?)) else {
        return Ok(false);
    };
    if other != Some(root) {
        return Ok(false);
    }
    let profile = graph.profile(root)?;
    Ok(profile.is_some_and(|profile| profile.calm && profile.contested == 0))
}

/// A mailbox's class depends on its logins and names, when there are several of either.
fn mark_mailbox<R: Reader>(
    graph: &mut Graph<'_, R>,
    mailbox: NodeId,
    work: &mut Work,
) -> Result<(), R::Error> {
    let rules = graph.rules;
    if let Some(row) = graph.node(mailbox)? {
        let logins: u32 = row
            .neighbours
            .iter()
            .filter(|(rank, _)| rules.namespace(**rank).exclusive)
            .map(|(_, count)| *count)
            .sum();
        if logins > 1 || row.traits > 1 || row.class != Class::Plain {
            work.node(Stage::MAILBOX, mailbox);
        }
    }
    Ok(())
}

/// Marks the mailboxes of a login.
fn mailboxes_of<R: Reader>(
    graph: &mut Graph<'_, R>,
    login: NodeId,
    work: &mut Work,
) -> Result<(), R::Error> {
    for (mailbox, rank) in neighbours(graph, login, |rules, rank| {
        rules.is_people(rank) && !rules.namespace(rank).exclusive
    })? {
        if graph.rules.is_people(rank) {
            mark_mailbox(graph, mailbox, work)?;
        }
    }
    Ok(())
}

/// A name or a birth date of a node appeared, went, or has other days.
pub(crate) fn traits<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    appeared: bool,
    work: &mut Work,
) -> Result<(), R::Error> {
    let rules = graph.rules;
    let Some(row) = graph.shared(node)? else {
        return Ok(());
    };
    if !rules.is_person(&row) {
        work.node(Stage::own(rules.namespace(row.rank).layer), node);
        return Ok(());
    }
    if appeared || !same_calm_profile(graph, node, node)? {
        work.node(Stage::PEOPLE, node);
    }
    if rules.namespace(row.rank).exclusive {
        if appeared || row.traits > 1 {
            mailboxes_of(graph, node, work)?;
        }
    } else {
        mark_mailbox(graph, node, work)?;
        if appeared {
            work.node(Stage::MAILBOX, node);
        }
    }
    // Strands under a shared number go to the owner of the same name.
    for (thing, _) in neighbours(graph, node, |rules, rank| {
        !rules.is_people(rank) && rules.namespace(rank).sharing == Sharing::ByName
    })? {
        let nobodys = |row: &NodeRow| matches!(row.placement, Placement::Nobody { .. });
        if graph.node(thing)?.is_some_and(nobodys) {
            work.node(Stage::STRANDS, thing);
        }
    }
    Ok(())
}

/// A node became a hub towards some namespace, or is one no more.
pub(crate) fn hub<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    before: &NodeRow,
    after: &NodeRow,
    work: &mut Work,
) -> Result<(), R::Error> {
    let rules = graph.rules;
    let (was, is) = (rules.hubs(before), rules.hubs(after));
    let turned_public = rules.is_public(before) != rules.is_public(after);
    let turned_kiosk = rules.is_kiosk(before) != rules.is_kiosk(after);
    let ranks: BTreeSet<Rank> = before
        .neighbours
        .keys()
        .chain(after.neighbours.keys())
        .copied()
        .collect();
    for rank in ranks {
        let turned = was.contains(&rank) != is.contains(&rank);
        let may_be_staff = turned_kiosk && rules.namespace(rank).exclusive;
        if !turned && !may_be_staff {
            continue;
        }
        // What turned has one neighbour more than its cap at most, and a kiosk's logins stop with its other people's links.
        for (other, rank) in towards(graph, node, rank)? {
            if turned {
                link(graph, (node, after.rank), (other, rank), Change::Made, work)?;
            }
            if may_be_staff {
                if let Some(login) = graph.node_mut(other)? {
                    let by = if rules.is_kiosk(after) { 1 } else { -1 };
                    login.kiosks = login.kiosks.saturating_add_signed(by);
                }
                work.node(Stage::OPERATOR, other);
            }
        }
    }
    if turned_public {
        work.node(Stage::VIA, node);
        work.node(Stage::SPREAD_ALL, node);
    }
    if rules.namespace(after.rank).exclusive && (before.loose > 0 || rules.is_busy(after)) {
        // Which of its strands are about customers depends on what it is a hub towards.
        work.node(Stage::STRANDS, node);
    }
    let is_loose = |row: &NodeRow| (rules.is_crowd(row), rules.is_busy(row));
    if is_loose(before) != is_loose(after) {
        return turned(graph, node, work);
    }
    self::node(graph, node, work)
}

/// A node can be an owner no more, or now it can: all that was seen with it is to be looked at. Whether its strands are
/// attributed by themselves is settled at once, so that no strand is attributed by what holds no more.
pub(crate) fn turned<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    work: &mut Work,
) -> Result<(), R::Error> {
    self::node(graph, node, work)?;
    rehouse(graph, node, work)?;
    work.node(Stage::VIA, node);
    work.node(Stage::SPREAD_ALL, node);
    let Some(rank) = graph.node(node)?.map(|row| row.rank) else {
        return Ok(());
    };
    for (other, other_rank) in neighbours(graph, node, |_, _| true)? {
        link(graph, (node, rank), (other, other_rank), Change::Made, work)?;
        work.node(Stage::VIA, other);
    }
    Ok(())
}

/// A strand is new, gone, or goes by other names.
pub(crate) fn strand<R: Reader>(
    graph: &mut Graph<'_, R>,
    strand: StrandId,
    nodes: &[End],
    old: Option<&Evidence>,
    new: Option<&Evidence>,
    work: &mut Work,
) -> Result<(), R::Error> {
    let Some(evidence) = new.or(old) else {
        return Ok(());
    };
    let same = match (old, new) {
        (Some(old), Some(new)) => old.first_names.keys().eq(new.first_names.keys()),
        _ => false,
    };
    if !same && may_be_attributed(graph, evidence)? {
        work.strand(Stage::STRAND, strand);
    }
    if old.is_some() && new.is_some() {
        return Ok(());
    }
    if new.is_none() {
        strands::forget(graph, strand, work)?;
    }
    for (node, _) in nodes {
        if operator::may_turn(graph, *node, evidence, new.is_some())? {
            work.node(Stage::OPERATOR, *node);
        }
    }
    Ok(())
}

/// True when the strand may be attributed by itself, or is. An anchor that cannot say whose it is later on has all its
/// strands looked at then.
fn may_be_attributed<R: Reader>(
    graph: &mut Graph<'_, R>,
    evidence: &Evidence,
) -> Result<bool, R::Error> {
    let mut identifiers = evidence.identifiers.iter();
    let Some(anchor) = identifiers.find(|identifier| identifier.id == evidence.anchor) else {
        return Ok(false);
    };
    let rules = graph.rules;
    let by_strand = |row: &NodeRow| {
        let is_strands = |scope: &Scope| *scope == Scope::Strands;
        row.loose > 0 || is_loose(row, rules) || row.homes.values().any(is_strands)
    };
    Ok(graph.node(anchor.node)?.is_some_and(by_strand))
}

/// The neighbours of a node in the namespaces that are wanted, those left out towards which it is a hub: these links have
/// stopped, and there may be any number of them.
pub(crate) fn neighbours<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    wanted: impl Fn(&crate::Rules, Rank) -> bool,
) -> Result<Vec<End>, R::Error> {
    let rules = graph.rules;
    let Some(row) = graph.node(node)? else {
        return Ok(Vec::new());
    };
    let linked = |rank: &Rank| wanted(rules, *rank) && !rules.is_hub(row, *rank);
    let ranks: Vec<Rank> = row.neighbours.keys().copied().filter(linked).collect();
    let mut found = Vec::new();
    for rank in ranks {
        found.extend(towards(graph, node, rank)?);
    }
    Ok(found)
}

/// The neighbours of a node in one namespace, linked or not.
fn towards<R: Reader>(
    graph: &Graph<'_, R>,
    node: NodeId,
    rank: Rank,
) -> Result<Vec<End>, R::Error> {
    let rows = graph.scan(&RowPrefix::LinksTowards(node, rank), None, usize::MAX)?;
    let ends = rows.into_iter().filter_map(|(key, _)| match key {
        RowKey::Link { neighbour, .. } => Some((neighbour, rank)),
        _ => None,
    });
    Ok(ends.collect())
}
