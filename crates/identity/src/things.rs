//! Whose a thing is: a phone, a card, a device, a browser.
//!
//! ```text
//! everybody's ─► nobody's                       one person ─► theirs
//! seen with people (the strongest layer alone) ─┤ one stands out ─► theirs
//!                                               │ one after the other ─► handed on: theirs by day
//!                                               └ else ─► theirs on days of their own, or nobody's
//! only with things of its layer ─► theirs whose these are; with nobody ─► a profile with its like
//! ```
//!
//! - A thing never joins people; whoever owns it is found, so that it can follow them.
//! - A function of the thing's links and of whose its neighbours are.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::graph::Graph;
use crate::homes::{is_loose, leave, place, ranges, rehouse, root_of, settle};
use crate::people::drop_candidates;
use crate::work::Work;
use crate::{
    Class, Day, DayRange, LinkRow, NodeId, NodeRow, Placement, Rank, Reader, RowKey, RowPrefix,
    RowValue, Rules, Run, Sharing, Stage, marks,
};

/// Times of a thing that changes hands from day to day which are kept, the latest: a couple's tablet of three years has less.
const RUNS_MAX: usize = 512;

/// Somebody whose a thing may be.
struct Owner {
    /// The strongest of their nodes that the thing was seen with.
    holder: NodeId,
    days: BTreeSet<Day>,
}

/// Decides whose a thing is.
pub(crate) fn own<R: Reader>(
    graph: &mut Graph<'_, R>,
    thing: NodeId,
    work: &mut Work,
) -> Result<(), R::Error> {
    let Some(row) = graph.shared(thing)? else {
        return Ok(());
    };
    if graph.rules.is_person(&row) {
        return Ok(());
    }
    if row.is_apart() {
        return make_alone(graph, thing, work);
    }
    if graph.rules.is_public(&row) {
        let nobody = Placement::Nobody {
            among: BTreeSet::new(),
        };
        return place(graph, thing, nobody, work);
    }
    let (near, same_layer) = near(graph, thing, &row)?;
    let sharing = graph.rules.namespace(row.rank).sharing;
    for (layer, neighbours) in near {
        let owners = owners(graph, thing, neighbours)?;
        if !owners.is_empty() {
            let direct = layer < Layer::Same;
            let placement = decide(owners, direct, sharing, graph.rules);
            return place(graph, thing, placement, work);
        }
    }
    if matches!(row.placement, Placement::Person { .. }) {
        rehouse(graph, thing, work)?;
    } else {
        make_alone(graph, thing, work)?;
    }
    // With its like it may be a profile, or may have been one until now.
    let in_company = match row.placement {
        Placement::Person { root } => {
            let profile = graph.profile(root)?;
            profile.is_none_or(|profile| profile.nodes.len() != 1)
        }
        _ => false,
    };
    if same_layer || in_company || row.candidates > 0 {
        let layer = graph.rules.namespace(row.rank).layer;
        work.node(Stage::cluster(layer), thing);
    }
    Ok(())
}

/// Makes the thing a profile of its own.
pub(crate) fn make_alone<R: Reader>(
    graph: &mut Graph<'_, R>,
    thing: NodeId,
    work: &mut Work,
) -> Result<(), R::Error> {
    let Some(row) = graph.shared(thing)? else {
        return Ok(());
    };
    if let Placement::Person { root } = row.placement {
        let alone = graph
            .profile(root)?
            .is_some_and(|profile| profile.nodes.len() == 1 && profile.calm);
        if !alone || row.candidates > 0 {
            drop_candidates(graph, thing)?;
            leave(graph, thing, work)?;
            settle(graph, &BTreeSet::from([thing]), true, work)?;
        }
        return rehouse(graph, thing, work);
    }
    place(graph, thing, Placement::Person { root: thing }, work)
}

/// Where an owner is looked for: with people, then with the things of each stronger layer, then of the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    People,
    Stronger(u8),
    Same,
}

type Near = BTreeMap<Layer, Vec<(NodeId, Arc<NodeRow>, Arc<LinkRow>)>>;

/// The neighbours that can have owners for the thing, by layer, and whether there are any of the thing's own layer.
fn near<R: Reader>(
    graph: &mut Graph<'_, R>,
    thing: NodeId,
    row: &NodeRow,
) -> Result<(Near, bool), R::Error> {
    let mut near = Near::new();
    let mut same_layer = false;
    let own_layer = graph.rules.namespace(row.rank).layer;
    let ranks: Vec<Rank> = row.neighbours.keys().copied().collect();
    for rank in ranks {
        let layer = graph.rules.namespace(rank).layer;
        if layer > own_layer || graph.rules.is_hub(row, rank) {
            continue;
        }
        same_layer |= layer == own_layer;
        for (key, value) in graph.scan(&RowPrefix::LinksTowards(thing, rank), None, usize::MAX)? {
            let RowKey::Link { neighbour, .. } = key else {
                continue;
            };
            let rules = graph.rules;
            let Some(other) = graph.shared(neighbour)? else {
                continue;
            };
            if rules.is_hub(&other, row.rank) || !can_own(&other, thing, row, rules) {
                continue;
            }
            let link = match value {
                RowValue::Link(link) => link,
                _ => graph
                    .link((thing, row.rank), (neighbour, rank))?
                    .unwrap_or_default(),
            };
            let place = if rules.is_person(&other) {
                Layer::People
            } else if layer < own_layer {
                Layer::Stronger(layer)
            } else if matches!(other.placement, Placement::Owned { direct: true, .. }) {
                Layer::Same
            } else {
                continue;
            };
            near.entry(place)
                .or_default()
                .push((neighbour, other, link));
        }
    }
    Ok((near, same_layer))
}

/// True when the neighbour says whose the thing is.
fn can_own(other: &NodeRow, thing: NodeId, row: &NodeRow, rules: &Rules) -> bool {
    match &other.class {
        // A phone or a card typed by staff is a customer's; what staff carry is theirs.
        Class::Operator { own } => {
            !other.is_blocked() && (rules.namespace(row.rank).layer > 1 || own.contains(&thing))
        }
        _ if rules.is_busy(other) => !other.is_blocked() && rules.namespace(row.rank).layer > 1,
        _ => !is_loose(other, rules),
    }
}

/// The strongest node of somebody, and the days on which the thing was seen with any of theirs.
type Claim = (Option<(Rank, NodeId)>, BTreeSet<Day>);

/// The people behind the neighbours, those with most days first.
fn owners<R: Reader>(
    graph: &mut Graph<'_, R>,
    thing: NodeId,
    neighbours: Vec<(NodeId, Arc<NodeRow>, Arc<LinkRow>)>,
) -> Result<Vec<Owner>, R::Error> {
    let mut by_root: BTreeMap<NodeId, Claim> = BTreeMap::new();
    for (node, row, link) in neighbours {
        // What was the thing's own until just now says nothing of it.
        let Some(holder) = row.placement.holder(node).filter(|holder| *holder != thing) else {
            continue;
        };
        let Some(root) = root_of(graph, holder)? else {
            continue;
        };
        let Some(rank) = graph.node(holder)?.map(|row| row.rank) else {
            continue;
        };
        let (best, days) = by_root.entry(root).or_default();
        *best = Some(best.map_or((rank, holder), |best| best.min((rank, holder))));
        days.extend(link.days.keys());
    }
    let mut owners: Vec<Owner> = by_root
        .into_values()
        .filter_map(|(best, days)| {
            let (_, holder) = best?;
            Some(Owner { holder, days })
        })
        .collect();
    owners.sort_by_key(|owner| (Reverse(owner.days.len()), owner.holder));
    Ok(owners)
}

/// The neighbour by which a thing belongs to an owner: of those that say so the one with most days.
pub(crate) fn witness<R: Reader>(
    graph: &mut Graph<'_, R>,
    thing: NodeId,
    owner: NodeId,
) -> Result<Option<NodeId>, R::Error> {
    let Some(row) = graph.shared(thing)? else {
        return Ok(None);
    };
    let (near, _) = near(graph, thing, &row)?;
    for neighbours in near.into_values() {
        let theirs = neighbours
            .into_iter()
            .filter(|(node, row, _)| row.placement.holder(*node) == Some(owner));
        let best = theirs.max_by_key(|(node, _, link)| (link.days.len(), Reverse(*node)));
        if let Some((node, _, _)) = best {
            return Ok(Some(node));
        }
    }
    Ok(None)
}

fn decide(owners: Vec<Owner>, direct: bool, sharing: Sharing, rules: &Rules) -> Placement {
    let days = |owner: &Owner| u64::try_from(owner.days.len()).unwrap_or(u64::MAX);
    let rest: u64 = owners[1..].iter().map(days).sum();
    let owner = owners[0].holder;
    if days(&owners[0]) >= rest.saturating_mul(rules.owner_dominance.into()) {
        return Placement::Owned { owner, direct };
    }
    if let Some(runs) = handed_on(&owners, rules) {
        return Placement::Split {
            runs,
            handed_on: true,
        };
    }
    let runs = match sharing {
        Sharing::ByName => Vec::new(),
        Sharing::ByDay => days_of_one(&owners),
    };
    if runs.is_empty() {
        // Whose names are asked must be seen with the thing: then a change of a name finds it.
        let among = owners.iter().map(|owner| owner.holder);
        return Placement::Nobody {
            among: among.filter(|_| direct).collect(),
        };
    }
    Placement::Split {
        runs,
        handed_on: false,
    }
}

/// The owners' times, when each was seen with the thing on several days, and none before the last day of the one before.
/// A time lasts until the next one begins.
fn handed_on(owners: &[Owner], rules: &Rules) -> Option<Vec<Run>> {
    let mut times = Vec::new();
    for owner in owners {
        let (first, last) = (owner.days.first()?, owner.days.last()?);
        if u32::try_from(owner.days.len()).unwrap_or(u32::MAX) < rules.handed_on_days_min {
            return None;
        }
        times.push((*first, *last, owner.holder));
    }
    times.sort();
    if times.windows(2).any(|pair| pair[0].1 >= pair[1].0) {
        return None;
    }
    let mut runs: Vec<Run> = Vec::new();
    for (first, _, owner) in times {
        if let Some(before) = runs.last_mut() {
            before.days.last = Day(first.0 - 1);
        }
        let first = if runs.is_empty() { Day(0) } else { first };
        let days = DayRange {
            first,
            last: Day(u32::MAX),
        };
        runs.push(Run { days, owner });
    }
    Some(runs)
}

/// The days on which only one of the owners was seen with the thing.
fn days_of_one(owners: &[Owner]) -> Vec<Run> {
    let mut seen: BTreeMap<Day, BTreeSet<NodeId>> = BTreeMap::new();
    for owner in owners {
        for day in &owner.days {
            seen.entry(*day).or_default().insert(owner.holder);
        }
    }
    let mut runs = Vec::new();
    for owner in owners {
        let alone = seen
            .iter()
            .filter(|(_, on_day)| on_day.len() == 1 && on_day.contains(&owner.holder))
            .map(|(day, _)| *day);
        let owner = owner.holder;
        runs.extend(ranges(alone).into_iter().map(|days| Run { days, owner }));
    }
    runs.sort();
    // The rest was nobody's, as long ago as it is.
    runs.drain(..runs.len().saturating_sub(RUNS_MAX));
    runs
}

/// Marks the things around a node that may be somebody else's now. With `all`, whatever was seen with it; else only what
/// was seen with others too, since for the rest it is the same owner under another root.
pub(crate) fn spread<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    all: bool,
    work: &mut Work,
) -> Result<(), R::Error> {
    let Some(row) = graph.shared(node)? else {
        return Ok(());
    };
    let rules = graph.rules;
    let layer = if rules.is_person(&row) {
        0
    } else {
        rules.namespace(row.rank).layer
    };
    let holder = row.placement.holder(node);
    // Things follow those of their own layer that were seen with a person.
    let leads = matches!(row.placement, Placement::Owned { direct: true, .. });
    let ranks: Vec<Rank> = row.neighbours.keys().copied().collect();
    for rank in ranks {
        let weaker = rules.namespace(rank).layer > layer;
        let same = rules.namespace(rank).layer == layer && layer > 0;
        if !(weaker || same && (all || leads)) || rules.is_hub(&row, rank) {
            continue;
        }
        for (neighbour, _) in marks::neighbours(graph, node, |_, other| other == rank)? {
            let Some(thing) = graph.node(neighbour)? else {
                continue;
            };
            if rules.is_person(thing) {
                continue;
            }
            let follows = match &thing.placement {
                Placement::Owned { owner, direct } => Some(*owner) == holder && (weaker || !direct),
                _ => false,
            };
            let has_others = has_choice(thing, rules);
            if all || has_others {
                work.node(Stage::own(rules.namespace(rank).layer), neighbour);
            }
            if !all && follows {
                work.node(Stage::SPREAD, neighbour);
            }
        }
    }
    Ok(())
}

/// True when the thing was seen with several that could say whose it is.
fn has_choice(thing: &NodeRow, rules: &Rules) -> bool {
    let layer = rules.namespace(thing.rank).layer;
    let count: u32 = thing
        .neighbours
        .iter()
        .filter(|(rank, _)| rules.namespace(**rank).layer <= layer)
        .map(|(_, count)| *count)
        .sum();
    count > 1
}
