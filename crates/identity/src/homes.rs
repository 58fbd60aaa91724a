//! Where a node's interactions belong, as rows: the members that people's nodes hold, and the profiles' own rows.
//!
//! - `homes` says where a node's member rows stand as a function of its row; `rehouse` makes it so.
//! - A node that makes a profile holds its own identifiers, so that a merge writes the profile's row and the nodes', and
//!   no member moves.
//! - Which interactions a node has of its own stands in its row alone, since a mailbox can have any number of identifiers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::graph::{End, Graph};
use crate::people::drop_candidates;
use crate::work::Work;
use crate::{
    Class, Day, DayRange, IdentifierId, IdentifierRow, MemberRow, NodeId, NodeRow, Placement,
    ProfileRow, Rank, Reader, RowKey, RowPrefix, Rules, Run, Scope, Stage, StrandId,
};

/// The strand of a member row that is about all interactions of an identifier.
pub(crate) const WHOLE: StrandId = StrandId([0; 16]);

/// True when interactions stored under the node are attributed strand by strand: it cannot say whose they are.
pub(crate) fn is_loose(row: &NodeRow, rules: &Rules) -> bool {
    row.is_blocked()
        || matches!(row.class, Class::Shared | Class::Operator { .. })
        || matches!(row.placement, Placement::Nobody { .. })
        || rules.is_crowd(row)
        || rules.is_busy(row)
}

/// Where a node's member rows stand, and which of its interactions each is about.
pub(crate) fn homes(node: NodeId, row: &NodeRow, rules: &Rules) -> BTreeMap<NodeId, Scope> {
    if is_loose(row, rules) {
        return BTreeMap::from([(node, Scope::Strands)]);
    }
    match &row.placement {
        Placement::Person { .. } | Placement::Nobody { .. } => BTreeMap::from([(node, Scope::All)]),
        Placement::Owned { owner, .. } => BTreeMap::from([(*owner, Scope::All)]),
        Placement::Split { runs, .. } => {
            let mut homes = scopes_of(runs);
            let all = runs.iter().map(|run| run.days).collect();
            homes.insert(node, Scope::Except(all));
            homes
        }
    }
}

/// The days of each owner.
pub(crate) fn scopes_of(runs: &[Run]) -> BTreeMap<NodeId, Scope> {
    let mut days: BTreeMap<NodeId, Vec<DayRange>> = BTreeMap::new();
    for run in runs {
        days.entry(run.owner).or_default().push(run.days);
    }
    days.into_iter()
        .map(|(owner, days)| (owner, Scope::Days(days)))
        .collect()
}

/// Makes the node somebody's, and tells all that depends on it.
pub(crate) fn place<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    placement: Placement,
    work: &mut Work,
) -> Result<(), R::Error> {
    let Some(row) = graph.node(node)? else {
        return Ok(());
    };
    if row.placement == placement {
        return rehouse(graph, node, work);
    }
    let is_nobodys = |placement: &Placement| matches!(placement, Placement::Nobody { .. });
    let was_nobodys = is_nobodys(&row.placement);
    if matches!(row.placement, Placement::Person { .. }) {
        drop_candidates(graph, node)?;
        leave(graph, node, work)?;
    }
    let is_alone = matches!(placement, Placement::Person { .. });
    if is_nobodys(&placement) || was_nobodys {
        work.node(Stage::STRANDS, node);
    }
    if let Some(row) = graph.node_mut(node)? {
        row.placement = placement;
    }
    if is_alone {
        settle(graph, &BTreeSet::from([node]), true, work)?;
    }
    work.node(Stage::SPREAD_ALL, node);
    rehouse(graph, node, work)
}

/// Takes a node that makes a profile out of it; the rest stay together until they are looked at again.
pub(crate) fn leave<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    work: &mut Work,
) -> Result<(), R::Error> {
    let Some(row) = graph.node(node)? else {
        return Ok(());
    };
    let Placement::Person { root } = row.placement else {
        return Ok(());
    };
    let Some(profile) = graph.profile(root)? else {
        return Ok(());
    };
    let mut rest = profile.nodes.clone();
    rest.remove(&node);
    graph.delete(RowKey::Profile { root });
    if let Some(row) = graph.node_mut(node)? {
        row.placement = Placement::Person { root: node };
    }
    work.moved(node);
    if rest.is_empty() {
        return Ok(());
    }
    settle(graph, &rest, false, work)?;
    let rules = graph.rules;
    for other in rest {
        if let Some(row) = graph.node(other)? {
            let stage = if rules.is_person(row) {
                Stage::PEOPLE
            } else {
                Stage::cluster(rules.namespace(row.rank).layer)
            };
            work.node(stage, other);
        }
    }
    Ok(())
}

/// Makes the things of a node that goes profiles of their own until they are looked at again: what has no owner must not be
/// read as if it had one, even by work that comes before.
pub(crate) fn disown<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    work: &mut Work,
) -> Result<(), R::Error> {
    let held = graph.scan(&RowPrefix::Members(node), None, usize::MAX)?;
    let things: BTreeSet<NodeId> = held
        .into_iter()
        .filter_map(|(key, _)| match key {
            RowKey::Member {
                node: thing,
                strand,
                ..
            } if thing != node && strand == WHOLE => Some(thing),
            _ => None,
        })
        .collect();
    for thing in things {
        place(graph, thing, Placement::Person { root: thing }, work)?;
        crate::marks::node(graph, thing, work)?;
    }
    Ok(())
}

/// Makes these nodes one profile, and answers its root. A profile stands under the node of its strongest, smallest identifier, so that its place
/// depends on its nodes alone.
pub(crate) fn settle<R: Reader>(
    graph: &mut Graph<'_, R>,
    nodes: &BTreeSet<NodeId>,
    calm: bool,
    work: &mut Work,
) -> Result<Option<NodeId>, R::Error> {
    let mut best: Option<(Rank, IdentifierId, NodeId)> = None;
    let mut contested = 0;
    for node in nodes {
        if let Some(row) = graph.node(*node)? {
            let standing = (row.rank, row.canonical, *node);
            best = Some(best.map_or(standing, |best| best.min(standing)));
            contested += row.candidates;
        }
    }
    let Some((_, canonical, root)) = best else {
        return Ok(None);
    };
    for node in nodes {
        let Some(row) = graph.node(*node)? else {
            continue;
        };
        if row.placement != (Placement::Person { root }) {
            if let Some(row) = graph.node_mut(*node)? {
                row.placement = Placement::Person { root };
            }
            work.moved(*node);
        }
    }
    let profile = ProfileRow {
        canonical,
        nodes: nodes.clone(),
        calm,
        contested,
    };
    let old = graph.profile(root)?;
    if old.as_deref() != Some(&profile) {
        if old.is_none_or(|old| old.canonical != canonical) {
            work.moved(root);
        }
        graph.put(RowKey::Profile { root }, profile);
    }
    Ok(Some(root))
}

/// Makes the node's member rows those of its row, and keeps the profile that a thing makes alone.
pub(crate) fn rehouse<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    work: &mut Work,
) -> Result<(), R::Error> {
    let Some(row) = graph.shared(node)? else {
        return Ok(());
    };
    keep_own_profile(graph, node, &row)?;
    let new = homes(node, &row, graph.rules);
    if new == row.homes {
        return Ok(());
    }
    let was_loose = row.homes.values().any(|scope| *scope == Scope::Strands);
    let is_loose = new.values().any(|scope| *scope == Scope::Strands);
    let left: Vec<&NodeId> = row.homes.keys().filter(|h| !new.contains_key(h)).collect();
    let other = |(holder, scope): &(&NodeId, &Scope)| match row.homes.get(holder) {
        Some(known) => known != *scope && **holder != node,
        None => true,
    };
    let entered: Vec<(&NodeId, &Scope)> = new.iter().filter(other).collect();
    if !left.is_empty() || !entered.is_empty() {
        for (id, identifier) in identifiers(graph, node, &row)? {
            for holder in &left {
                graph.delete(member_key(**holder, node, id, WHOLE));
            }
            for (holder, scope) in &entered {
                put_whole(graph, **holder, (node, row.rank), (id, &identifier), scope);
            }
        }
    }
    if let Some(row) = graph.node_mut(node)? {
        row.homes = new;
    }
    graph.rescope(node);
    work.moved(node);
    if was_loose != is_loose || row.loose > 0 {
        work.node(Stage::STRANDS, node);
    }
    Ok(())
}

/// A thing that is nobody's, or not always somebody's, is a profile of its own: what is under it must be found.
fn keep_own_profile<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    row: &NodeRow,
) -> Result<(), R::Error> {
    let alone = match row.placement {
        Placement::Person { .. } => return Ok(()),
        Placement::Owned { .. } => None,
        Placement::Split { .. } | Placement::Nobody { .. } => Some(ProfileRow {
            canonical: row.canonical,
            nodes: BTreeSet::from([node]),
            calm: true,
            contested: row.candidates,
        }),
    };
    if graph.profile(node)?.as_deref() != alone.as_ref() {
        match alone {
            Some(profile) => graph.put(RowKey::Profile { root: node }, profile),
            None => graph.delete(RowKey::Profile { root: node }),
        }
    }
    Ok(())
}

/// A node's identifiers, from wherever they are held.
pub(crate) fn identifiers<R: Reader>(
    graph: &Graph<'_, R>,
    node: NodeId,
    row: &NodeRow,
) -> Result<Vec<(IdentifierId, Arc<IdentifierRow>)>, R::Error> {
    let Some(home) = row.homes.keys().next() else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    let mut after = None;
    while let Some(id) = next_identifier(graph, *home, node, after)? {
        if let Some(identifier) = graph.identifier(id)? {
            found.push((id, identifier));
        }
        after = Some(id);
    }
    Ok(found)
}

/// The identifier of a node that follows another one where they are held, passing over strands: there may be any number.
pub(crate) fn next_identifier<R: Reader>(
    graph: &Graph<'_, R>,
    holder: NodeId,
    node: NodeId,
    after: Option<IdentifierId>,
) -> Result<Option<IdentifierId>, R::Error> {
    let mut last = after;
    loop {
        let after = last.map(|id| member_key(holder, node, id, StrandId([u8::MAX; 16])));
        let rows = graph.scan(&RowPrefix::MembersOf(holder, node), after.as_ref(), 1)?;
        let Some((RowKey::Member { id, strand, .. }, _)) = rows.first() else {
            return Ok(None);
        };
        if *strand == WHOLE {
            return Ok(Some(*id));
        }
        last = Some(*id);
    }
}

/// Puts the member row of an identifier. What a node has of its own is not said there.
pub(crate) fn put_whole<R: Reader>(
    graph: &mut Graph<'_, R>,
    holder: NodeId,
    (node, rank): End,
    (id, identifier): (IdentifierId, &IdentifierRow),
    scope: &Scope,
) {
    let scope = if holder == node {
        Scope::All
    } else {
        scope.clone()
    };
    let key = member_key(holder, node, id, WHOLE);
    graph.put(key, member(identifier, rank, scope));
}

pub(crate) fn member_key(
    holder: NodeId,
    node: NodeId,
    id: IdentifierId,
    strand: StrandId,
) -> RowKey {
    RowKey::Member {
        holder,
        node,
        id,
        strand,
    }
}

pub(crate) fn member(identifier: &IdentifierRow, rank: Rank, scope: Scope) -> MemberRow {
    MemberRow {
        rank,
        canonical: identifier.canonical.clone(),
        key: identifier.key.clone(),
        is_anchor: identifier.anchors > 0,
        scope,
    }
}

/// The days of a set as ranges without gaps.
pub(crate) fn ranges(days: impl IntoIterator<Item = Day>) -> Vec<DayRange> {
    let mut ranges: Vec<DayRange> = Vec::new();
    for day in days {
        match ranges.last_mut() {
            Some(range) if range.last.0 + 1 == day.0 => range.last = day,
            _ => ranges.push(DayRange {
                first: day,
                last: day,
            }),
        }
    }
    ranges
}

/// The root of the profile that a node makes or belongs to, when it is one.
pub(crate) fn root_of<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
) -> Result<Option<NodeId>, R::Error> {
    let Some(holder) = graph.node(node)?.and_then(|row| row.placement.holder(node)) else {
        return Ok(None);
    };
    Ok(match graph.node(holder)?.map(|row| &row.placement) {
        Some(Placement::Person { root }) => Some(*root),
        _ => None,
    })
}
