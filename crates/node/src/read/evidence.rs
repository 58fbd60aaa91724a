//! What the partition is computed from, as NDJSON: the rules, the facts in force, the evidence; and what came of it.
//!
//! - Whoever computes the partition again, in another order or under other rules, needs nothing else.
//! - One view from the first line to the last, so the digest at the end is that of exactly this evidence.

use acquaint_api::profiles::{EvidenceLine, PartitionBody};
use acquaint_identity::{Reader, RowKey, RowPrefix, RowValue};
use acquaint_storage::PartitionDigest;
use data_encoding::HEXLOWER;
use serde::Serialize;

use super::chunks::{Chunks, Ended};
use super::reading::Reading;
use crate::Error;

/// How many rows are read at once.
const ROWS: usize = 256;

/// Sends all lines, on a thread that may wait.
pub(crate) fn write(reading: &Reading<'_>, mut chunks: Chunks<'_>) -> Result<(), Error> {
    let done = lines(reading, &mut chunks);
    chunks.end(done)
}

fn lines(reading: &Reading<'_>, chunks: &mut Chunks<'_>) -> Result<(), Ended> {
    chunks.line(&EvidenceLine::Rules(json(&reading.standing().rules)?))?;
    for prefix in [RowPrefix::Facts, RowPrefix::Evidence] {
        rows(reading, &prefix, chunks)?;
    }
    let live = PartitionDigest::of(&reading.rows())?;
    chunks.line(&EvidenceLine::Partition(PartitionBody {
        digest: HEXLOWER.encode(&live.digest),
        nodes: live.nodes,
        profiles: live.profiles,
        pending: live.pending,
    }))
}

fn rows(reading: &Reading<'_>, prefix: &RowPrefix, chunks: &mut Chunks<'_>) -> Result<(), Ended> {
    let rows = reading.rows();
    let mut after: Option<RowKey> = None;
    loop {
        let page = rows.scan(prefix, after.as_ref(), ROWS)?;
        let full = page.len() == ROWS;
        for (key, value) in page {
            after = Some(key);
            match value {
                RowValue::Evidence(evidence) => {
                    chunks.line(&EvidenceLine::Evidence(json(&evidence)?))?;
                }
                // Of an undone fact nothing is left but its own row.
                RowValue::Fact(row) if row.undone.is_none() => {
                    chunks.line(&EvidenceLine::Fact(json(&row.fact)?))?;
                }
                _ => {}
            }
        }
        if !full {
            return Ok(());
        }
    }
}

fn json(value: &impl Serialize) -> Result<serde_json::Value, Error> {
    serde_json::to_value(value)
        .map_err(|error| Error::Inconsistent(format!("a row cannot be exported: {error}")))
}
