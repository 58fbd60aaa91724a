//! Logins of staff, by what they type on devices that are everybody's.
//!
//! - A clerk's login is seen with many customers' identifiers, but only on tills, tablets and kiosks. What was seen with it
//!   elsewhere is the clerk's own.
//! - A function of the login's evidence and of which things are everybody's.

use std::collections::BTreeSet;

use crate::graph::Graph;
use crate::work::Work;
use crate::{Class, Evidence, NodeId, Reader, RowKey, RowPrefix, Stage, marks};

/// Pieces of evidence of a login that are looked at, the first in order of key: a clerk is known after three customers, and
/// serves thousands.
const EVIDENCE_MAX: u16 = 256;

/// True when a strand of a login that came, or went, can change what the login is.
pub(crate) fn may_turn<R: Reader>(
    graph: &mut Graph<'_, R>,
    login: NodeId,
    evidence: &Evidence,
    came: bool,
) -> Result<bool, R::Error> {
    let rules = graph.rules;
    let Some(row) = graph.node(login)? else {
        return Ok(false);
    };
    if !rules.namespace(row.rank).exclusive || row.kiosks == 0 && row.class == Class::Plain {
        return Ok(false);
    }
    let is_staff = matches!(row.class, Class::Operator { .. });
    // Facts refer to the node, too, so that this is at least the number of its pieces.
    if row.references > EVIDENCE_MAX.into() {
        let key = RowKey::NodeEvidence {
            node: login,
            strand: evidence.strand,
            source: evidence.source.id(),
        };
        let rows = graph.scan(&RowPrefix::NodeEvidence(login), None, EVIDENCE_MAX.into())?;
        let is_full = rows.len() == usize::from(EVIDENCE_MAX);
        return Ok(!is_full || rows.last().is_some_and(|(last, _)| key <= *last));
    }
    let (on_kiosk, company) = company(graph, login, evidence)?;
    // Whoever is staff is so still after one customer more.
    let is_known = came && is_staff && on_kiosk;
    Ok(!(company.is_empty() || is_known))
}

/// Decides whether a login is a member of staff's.
pub(crate) fn judge<R: Reader>(
    graph: &mut Graph<'_, R>,
    login: NodeId,
    work: &mut Work,
) -> Result<(), R::Error> {
    let Some(row) = graph.shared(login)? else {
        return Ok(());
    };
    if !graph.rules.namespace(row.rank).exclusive {
        return Ok(());
    }
    let class = if row.kiosks == 0 {
        Class::Plain
    } else {
        class(graph, login)?
    };
    if row.class != class {
        if let Some(row) = graph.node_mut(login)? {
            row.class = class;
        }
        work.node(Stage::STRANDS, login);
        marks::turned(graph, login, work)?;
    }
    Ok(())
}

fn class<R: Reader>(graph: &mut Graph<'_, R>, login: NodeId) -> Result<Class, R::Error> {
    let (mut own, mut typed) = (BTreeSet::new(), BTreeSet::new());
    for (key, _) in graph.scan(&RowPrefix::NodeEvidence(login), None, EVIDENCE_MAX.into())? {
        let RowKey::NodeEvidence { strand, source, .. } = key else {
            continue;
        };
        let Some(evidence) = graph.evidence(&RowKey::Evidence { strand, source })? else {
            continue;
        };
        let (on_kiosk, company) = company(graph, login, &evidence)?;
        if on_kiosk {
            typed.extend(company);
        } else {
            own.extend(company);
        }
    }
    let foreign = typed.difference(&own).count();
    let min = usize::try_from(graph.rules.operator_foreign_min).unwrap_or(usize::MAX);
    Ok(if foreign >= min {
        Class::Operator { own }
    } else {
        Class::Plain
    })
}

/// Whether a strand was seen on something that is everybody's, and whom else it names.
fn company<R: Reader>(
    graph: &mut Graph<'_, R>,
    login: NodeId,
    evidence: &Evidence,
) -> Result<(bool, Vec<NodeId>), R::Error> {
    let rules = graph.rules;
    let nodes = evidence.nodes();
    let mut on_kiosk = false;
    for node in nodes.keys() {
        on_kiosk |= graph.node(*node)?.is_some_and(|row| rules.is_kiosk(row));
    }
    let others = nodes
        .into_iter()
        .filter(|(node, rank)| *node != login && rules.namespace(*rank).describes)
        .map(|(node, _)| node);
    Ok((on_kiosk, others.collect()))
}
