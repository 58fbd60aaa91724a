//! Whose the strands are under an identifier that is nobody's: each goes to the owner of its next identifier.
//!
//! - Under a shared number or card a strand that gives the first name of one of those who share it is that one's.
//! - What nobody can be found for stays with the identifier itself: nothing vanishes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::graph::Graph;
use crate::homes::{is_loose, member, member_key, scopes_of};
use crate::region::first_names;
use crate::work::Work;
use crate::{
    AttributionRow, Class, Evidence, NodeId, Placement, Rank, Reader, RowKey, RowPrefix, RowValue,
    Scope, Sharing, StrandId,
};

/// Strands of a node that are attributed in one go.
const STRANDS_MAX: usize = 64;

/// Attributes strands of a node, those after the key `after`; answers where to go on.
pub(crate) fn attribute_all<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    after: Option<RowKey>,
    work: &mut Work,
) -> Result<Option<RowKey>, R::Error> {
    let rows = graph.scan(&RowPrefix::NodeEvidence(node), after.as_ref(), STRANDS_MAX)?;
    let last = (rows.len() == STRANDS_MAX)
        .then(|| rows.last().map(|(key, _)| *key))
        .flatten();
    let strands: BTreeSet<StrandId> = rows
        .into_iter()
        .filter_map(|(key, _)| match key {
            RowKey::NodeEvidence { strand, .. } => Some(strand),
            _ => None,
        })
        .collect();
    for strand in strands {
        attribute(graph, strand, work)?;
    }
    Ok(last)
}

/// Attributes a strand.
pub(crate) fn attribute<R: Reader>(
    graph: &mut Graph<'_, R>,
    strand: StrandId,
    work: &mut Work,
) -> Result<(), R::Error> {
    let old = graph.attribution(strand)?;
    let new = find_holders(graph, strand)?;
    if old.as_deref() == new.as_ref() {
        return Ok(());
    }
    forget(graph, strand, work)?;
    let Some(new) = new else {
        return Ok(());
    };
    count_loose(graph, &new, 1)?;
    let rank = graph.node(new.anchor_node)?.map(|row| row.rank);
    if let (Some(rank), Some(identifier)) = (rank, graph.identifier(new.anchor)?) {
        for (holder, scope) in &new.holders {
            let key = member_key(*holder, new.anchor_node, new.anchor, strand);
            graph.put(key, member(&identifier, rank, scope.clone()));
            work.moved(*holder);
        }
    }
    graph.put(RowKey::Attribution { strand }, new);
    Ok(())
}

/// Takes a strand from whoever has it, at once: what its evidence named may be gone when it is attributed again.
pub(crate) fn forget<R: Reader>(
    graph: &mut Graph<'_, R>,
    strand: StrandId,
    work: &mut Work,
) -> Result<(), R::Error> {
    let Some(old) = graph.attribution(strand)? else {
        return Ok(());
    };
    for holder in old.holders.keys() {
        graph.delete(member_key(*holder, old.anchor_node, old.anchor, strand));
        work.moved(*holder);
    }
    graph.delete(RowKey::Attribution { strand });
    count_loose(graph, &old, -1)
}

fn count_loose<R: Reader>(
    graph: &mut Graph<'_, R>,
    row: &AttributionRow,
    by: i32,
) -> Result<(), R::Error> {
    for node in &row.nodes {
        if let Some(row) = graph.node_mut(*node)? {
            row.loose = row.loose.saturating_add_signed(by);
        }
    }
    Ok(())
}

/// Who has a strand, when its anchor is nobody's.
fn find_holders<R: Reader>(
    graph: &mut Graph<'_, R>,
    strand: StrandId,
) -> Result<Option<AttributionRow>, R::Error> {
    let rows = graph.scan(&RowPrefix::EvidenceOf(strand), None, usize::MAX)?;
    let evidence: Vec<Arc<Evidence>> = rows
        .into_iter()
        .filter_map(|(_, value)| match value {
            RowValue::Evidence(evidence) => Some(evidence),
            _ => None,
        })
        .collect();
    let Some(first) = evidence.first() else {
        return Ok(None);
    };
    let anchor = first.identifiers.iter().find(|i| i.id == first.anchor);
    let Some(anchor_node) = anchor.map(|anchor| anchor.node) else {
        return Ok(None);
    };
    let rules = graph.rules;
    if !graph
        .node(anchor_node)?
        .is_some_and(|row| is_loose(row, rules))
    {
        return Ok(None);
    }
    let mut by_rank: Vec<(Rank, NodeId)> = first
        .nodes()
        .into_iter()
        .map(|(node, rank)| (rank, node))
        .collect();
    by_rank.sort();
    let names: BTreeSet<&String> = evidence.iter().flat_map(|e| e.first_names.keys()).collect();
    let mut holders = BTreeMap::new();
    for (_, node) in &by_rank {
        if serves(graph, *node, &by_rank)? {
            continue;
        }
        if let Some(found) = holders_by(graph, *node, anchor_node, &names)? {
            holders = found;
            break;
        }
    }
    if holders.is_empty() {
        holders.insert(anchor_node, Scope::All);
    }
    Ok(Some(AttributionRow {
        anchor: first.anchor,
        anchor_node,
        nodes: by_rank.into_iter().map(|(_, node)| node).collect(),
        holders,
    }))
}

/// True when a login is somebody's who serves customers, and the strand is about one of those.
fn serves<R: Reader>(
    graph: &mut Graph<'_, R>,
    login: NodeId,
    company: &[(Rank, NodeId)],
) -> Result<bool, R::Error> {
    let rules = graph.rules;
    let Some(row) = graph.node(login)? else {
        return Ok(false);
    };
    Ok(company.iter().any(|(rank, node)| {
        let is_foreign = match &row.class {
            Class::Operator { own } => !own.contains(node),
            _ => rules.is_busy(row) && rules.is_hub(row, *rank),
        };
        *node != login && rules.namespace(*rank).describes && is_foreign
    }))
}

/// Who has the strand by one of its identifiers.
fn holders_by<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    anchor: NodeId,
    names: &BTreeSet<&String>,
) -> Result<Option<BTreeMap<NodeId, Scope>>, R::Error> {
    let Some(row) = graph.shared(node)? else {
        return Ok(None);
    };
    if let Placement::Nobody { among } = &row.placement {
        if graph.rules.namespace(row.rank).sharing != Sharing::ByName || row.is_blocked() {
            return Ok(None);
        }
        return named(graph, among, names);
    }
    let is_login = graph.rules.namespace(row.rank).exclusive && !row.is_blocked();
    if is_loose(&row, graph.rules) && !is_login {
        return Ok(None);
    }
    if let Placement::Split { runs, .. } = &row.placement {
        let mut holders = scopes_of(runs);
        // The days that are nobody else's stay with the anchor, its own among them.
        let others = runs.iter().filter(|run| run.owner != anchor);
        let days = others.map(|run| run.days).collect();
        holders.insert(anchor, Scope::Except(days));
        return Ok(Some(holders));
    }
    let holder = row.placement.holder(node);
    Ok(holder.map(|holder| BTreeMap::from([(holder, Scope::All)])))
}

/// The one of those who share a thing who goes by a name of the strand.
fn named<R: Reader>(
    graph: &mut Graph<'_, R>,
    among: &BTreeSet<NodeId>,
    names: &BTreeSet<&String>,
) -> Result<Option<BTreeMap<NodeId, Scope>>, R::Error> {
    if names.is_empty() {
        return Ok(None);
    }
    let mut found = Vec::new();
    for holder in among {
        let Some(row) = graph.shared(*holder)? else {
            continue;
        };
        let known = first_names(graph, *holder, &row)?;
        let rules = graph.rules;
        let same =
            |(name, _): &(String, u32)| names.iter().any(|given| rules.same_name(name, given));
        if known.iter().any(same) {
            found.push(*holder);
        }
    }
    Ok(match found[..] {
        [holder] => Some(BTreeMap::from([(holder, Scope::All)])),
        _ => None,
    })
}
