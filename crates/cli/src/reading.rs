//! What a command asks of a read beside its subject.

use acquaint_api::cluster::Consistency;
use acquaint_api::{Position, ReadOptions};
use clap::Args;

/// What the answer promises.
#[derive(Debug, Args)]
pub(crate) struct Reading {
    /// What the answer has seen: strong (all that was acknowledged anywhere), session (with --after), local (what the node
    /// has)
    #[arg(long, value_name = "LEVEL")]
    consistency: Option<Consistency>,
    /// A position that the answer must have seen, as an answer gave it
    #[arg(long, value_name = "POSITION")]
    after: Option<Position>,
    /// How far behind the leaders the answer may be
    #[arg(long, value_name = "MILLISECONDS")]
    max_staleness_ms: Option<u64>,
}

impl From<Reading> for ReadOptions {
    fn from(reading: Reading) -> Self {
        Self {
            consistency: reading.consistency,
            after: reading.after,
            max_staleness_ms: reading.max_staleness_ms,
        }
    }
}
