//! What a caller asks of a read beside its subject.

use crate::Position;
use crate::cluster::Consistency;

/// What a read promises, from when on, and how old it may be. Nothing asks for what the node has applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// What it promises.
    pub consistency: Option<Consistency>,
    /// A position that it must have seen.
    pub after: Option<Position>,
    /// How far behind the leaders it may be, in milliseconds.
    pub max_staleness_ms: Option<u64>,
}

impl ReadOptions {
    /// What asks for this in a query string.
    pub(super) fn parameters(&self) -> Vec<(&'static str, String)> {
        let given = [
            (
                "consistency",
                self.consistency.map(|level| level.to_string()),
            ),
            ("after", self.after.as_ref().map(ToString::to_string)),
            (
                "max_staleness",
                self.max_staleness_ms.map(|limit| limit.to_string()),
            ),
        ];
        let named = given.into_iter();
        named
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }
}
