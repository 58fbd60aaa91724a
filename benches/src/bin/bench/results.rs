//! Rows of a run, as they are printed, stored and compared.

use acquaint_bench::Machine;
use serde::{Deserialize, Serialize};

/// All rows of a run with what they depend on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Results {
    pub(crate) date: String,
    pub(crate) commit: String,
    pub(crate) command: String,
    pub(crate) machine: Machine,
    /// File system and disk of the stores.
    pub(crate) disk: String,
    /// Programs and their versions.
    pub(crate) versions: Vec<(String, String)>,
    /// Settings of node and peers that bear on speed.
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) profiles: usize,
    pub(crate) rounds: usize,
    pub(crate) seconds: f64,
    /// Minutes that all of it took.
    pub(crate) minutes: f64,
    /// Names and sizes: bytes on disk, bytes of an answer, caches.
    pub(crate) sizes: Vec<(String, String)>,
    pub(crate) rows: Vec<Row>,
}

/// A row: a measurement of the node, and of others that do the same work.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    /// Stable: rows of two runs are compared by it.
    pub(crate) id: String,
    /// The table that it stands in.
    pub(crate) part: Part,
    pub(crate) title: String,
    /// The unit of the rates.
    pub(crate) unit: String,
    pub(crate) connections: usize,
    pub(crate) node: Outcome,
    pub(crate) others: Vec<Other>,
}

/// A table of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Part {
    Lookups,
    Ingest,
    Mixed,
    Rates,
    Cluster,
    Identity,
    Floors,
}

/// A floor or a peer beside the node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Other {
    pub(crate) name: String,
    pub(crate) outcome: Outcome,
    /// Rate of the node by that of the other.
    pub(crate) ratio: Option<Spread>,
}

/// Measured rounds, or the reason why there are none.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Outcome {
    Measured(Series),
    Missing { missing: String },
}

impl Outcome {
    pub(crate) fn series(&self) -> Option<&Series> {
        match self {
            Self::Measured(series) => Some(series),
            Self::Missing { .. } => None,
        }
    }
}

/// The rounds of one contender.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Series {
    /// Items a second.
    pub(crate) rate: Spread,
    /// Medians over the rounds, in microseconds.
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) p99_9_us: f64,
    /// The slowest of all rounds.
    pub(crate) max_us: f64,
    /// Failed operations of all rounds, each kind with its number.
    pub(crate) errors: Vec<String>,
    /// Quantiles of the last round, for the plot of the tail.
    pub(crate) points: Vec<(f64, f64)>,
    /// The rate of each round.
    pub(crate) rounds: Vec<f64>,
}

/// A median with the lowest and highest value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// `None` without values.
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let middle = sorted.len() / 2;
        let median = match sorted.len() % 2 {
            1 => sorted[middle],
            _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
        };
        Some(Self { median, min, max })
    }
}

impl Row {
    /// The ratio to another contender, by its name.
    pub(crate) fn ratio(&self, other: &str) -> Option<Spread> {
        self.others.iter().find(|one| one.name == other)?.ratio
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_has_the_median_between_lowest_and_highest() {
        let spread = |values: &[f64]| Spread::of(values).map(|one| (one.median, one.min, one.max));
        assert_eq!(spread(&[]), None);
        assert_eq!(spread(&[3.0, 1.0, 2.0]), Some((2.0, 1.0, 3.0)));
        assert_eq!(spread(&[4.0, 1.0]), Some((2.5, 1.0, 4.0)));
    }
}
