//! Revoked sources: their evidence is withheld, and counts again when no fact revokes them any more.
//!
//! - Evidence that is withheld stands in a table of its own and nowhere else: everything else is as if it had never come.
//! - A source can be an import of millions: its strands are worked through in pieces.

use std::sync::Arc;

use crate::aggregate::replace_evidence;
use crate::graph::Graph;
use crate::work::Work;
use crate::{Evidence, Reader, RowKey, RowPrefix, RowValue, SourceId};

/// Strands of a source that are worked through in one go.
const STRANDS_MAX: usize = 64;

/// Withholds evidence of a source, or lets it count again; true when there is more to do.
pub(crate) fn settle<R: Reader>(
    graph: &mut Graph<'_, R>,
    source: SourceId,
    work: &mut Work,
) -> Result<bool, R::Error> {
    let withhold = graph.revoked(source)?.is_some();
    let prefix = if withhold {
        RowPrefix::SourceStrands(source)
    } else {
        RowPrefix::Withheld(source)
    };
    let rows = graph.scan(&prefix, None, STRANDS_MAX)?;
    let is_more = rows.len() == STRANDS_MAX;
    for (key, value) in rows {
        match (key, value) {
            (RowKey::SourceStrand { source, strand }, _) => {
                let key = RowKey::Evidence { strand, source };
                if let Some(evidence) = graph.evidence(&key)? {
                    replace_evidence(graph, Some(&evidence), None, work)?;
                    let key = RowKey::Withheld { source, strand };
                    graph.put(key, evidence);
                }
            }
            (key @ RowKey::Withheld { .. }, RowValue::Evidence(evidence)) => {
                graph.delete(key);
                replace_evidence(graph, None, Some(&evidence), work)?;
            }
            _ => {}
        }
    }
    Ok(is_more)
}

/// Adds to what is withheld of a revoked source.
pub(crate) fn withhold<R: Reader>(
    graph: &mut Graph<'_, R>,
    new: &Evidence,
) -> Result<(), R::Error> {
    let key = RowKey::Withheld {
        source: new.source.id(),
        strand: new.strand,
    };
    let old = graph.evidence(&key)?;
    let mut union = old.clone().unwrap_or_else(|| new.silent().into());
    if Arc::make_mut(&mut union).merge(new) || old.is_none() {
        graph.put(key, union);
    }
    Ok(())
}
