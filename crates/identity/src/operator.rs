//! Logins of staff, by what they type on devices that are everybody's.
//!
//! - A clerk's login is seen with many customers' identifiers, but only on tills, tablets and kiosks. What was seen with it
//!   elsewhere is the clerk's own.
//! - A function of the login's evidence and of which things are everybody's.

use std::collections::BTreeSet;

use crate::graph::Graph;
use crate::work::Work;
use crate::{Class, NodeId, Reader, RowKey, RowPrefix, Stage, marks};

/// Pieces of evidence of a login that are looked at, the first in order of key: a clerk is known after three customers.
const EVIDENCE_MAX: usize = 4_096;

/// Decides whether a login is a member of staff's.
pub(crate) fn judge<R: Reader>(
    graph: &mut Graph<'_, R>,
    login: NodeId,
    work: &mut Work,
) -> Result<(), R::Error> {
    let Some(row) = graph.node(login)?.cloned() else {
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
    for (key, _) in graph.scan(&RowPrefix::NodeEvidence(login), None, EVIDENCE_MAX)? {
        let RowKey::NodeEvidence { strand, source, .. } = key else {
            continue;
        };
        let Some(evidence) = graph.evidence(&RowKey::Evidence { strand, source })? else {
            continue;
        };
        let nodes = evidence.nodes();
        let rules = graph.rules;
        let mut on_kiosk = false;
        for node in nodes.keys() {
            on_kiosk |= graph.node(*node)?.is_some_and(|row| rules.is_kiosk(row));
        }
        let company = nodes
            .into_iter()
            .filter(|(node, rank)| *node != login && rules.namespace(*rank).describes)
            .map(|(node, _)| node);
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
