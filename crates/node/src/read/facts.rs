//! What operators have stated, as it is listed.

use acquaint_api::limits::FACTS_MAX;
use acquaint_api::profiles::{FactBody, FactStatement, FactsBody};
use acquaint_identity::{EvidenceIdentifier, FactRow, Statement};
use acquaint_profile::Timestamp;
use data_encoding::HEXLOWER;

use super::reading::Reading;
use crate::Error;

/// The facts in force, in the order they were stated.
pub(crate) fn list(reading: &Reading<'_>) -> Result<FactsBody, Error> {
    let rows = reading.resolve(|resolver| resolver.facts(None, FACTS_MAX + 1))?;
    let truncated = rows.len() > FACTS_MAX;
    let mut rows: Vec<FactRow> = rows
        .into_iter()
        .take(FACTS_MAX)
        .filter(|row| row.undone.is_none())
        .collect();
    rows.sort_by_key(|row| (row.fact.at_ms, row.fact.id));
    Ok(FactsBody {
        facts: rows.iter().map(|row| body(reading, row)).collect(),
        truncated,
    })
}

/// One fact as it is answered.
pub(crate) fn body(reading: &Reading<'_>, row: &FactRow) -> FactBody {
    let key = |identifier: &EvidenceIdentifier| {
        format!(
            "{}:{}",
            reading.namespace(identifier.rank.0),
            identifier.canonical
        )
    };
    FactBody {
        id: HEXLOWER.encode(&row.fact.id.0),
        statement: match &row.fact.statement {
            Statement::MustLink(a, b) => FactStatement::MustLink {
                a: key(a),
                b: key(b),
            },
            Statement::NeverLink(a, b) => FactStatement::NeverLink {
                a: key(a),
                b: key(b),
            },
            Statement::Block(a) => FactStatement::Block { key: key(a) },
        },
        author: row.fact.author.clone(),
        reason: row.fact.reason.clone(),
        time: Timestamp(row.fact.at_ms).to_string(),
    }
}
