//! What operators have stated, as it is listed.

use acquaint_api::limits::FACTS_MAX;
use acquaint_api::profiles::{FactBody, FactStatement, FactsBody};
use acquaint_identity::{EvidenceIdentifier, FactRow, Statement};
use acquaint_profile::Timestamp;

use super::reading::Reading;
use crate::Error;
use crate::facts::fact_text;

/// How many rows one listing reads: undone facts keep their rows.
const ROWS_MAX: usize = 10 * FACTS_MAX;

/// The facts in force, in the order they were stated.
pub(crate) fn list(reading: &Reading<'_>) -> Result<FactsBody, Error> {
    let rows = reading.resolve(|resolver| resolver.facts(None, ROWS_MAX))?;
    let unread = rows.len() == ROWS_MAX;
    let in_force = || rows.iter().filter(|row| row.undone.is_none());
    Ok(FactsBody {
        facts: in_force()
            .take(FACTS_MAX)
            .map(|row| body(reading, row))
            .collect(),
        truncated: unread || in_force().nth(FACTS_MAX).is_some(),
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
        id: fact_text(row.fact.id),
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
            Statement::Split(a) => FactStatement::Split { key: key(a) },
            Statement::Revoke(source) => FactStatement::Revoke {
                source: source.0.clone(),
            },
            Statement::RevokeMessage(revoked) => FactStatement::RevokeMessage {
                key: key(&revoked.identifier),
                message: revoked.message_id.clone(),
            },
        },
        author: row.fact.author.clone(),
        reason: row.fact.reason.clone(),
        time: Timestamp(row.fact.at_ms).to_string(),
    }
}
