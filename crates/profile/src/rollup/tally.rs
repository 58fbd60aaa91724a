//! How often something happened, and when first and last.

use serde::{Deserialize, Serialize};

use crate::{Monoid, Timestamp};

/// A count with the first and the last time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How often.
    pub count: u64,
    /// The first time; none if never.
    pub first: Option<Timestamp>,
    /// The last time; none if never.
    pub last: Option<Timestamp>,
}

impl Tally {
    /// Once.
    pub(crate) fn once(time: Timestamp) -> Self {
        Tally {
            count: 1,
            first: Some(time),
            last: Some(time),
        }
    }
}

impl Monoid for Tally {
    fn empty() -> Self {
        Tally {
            count: 0,
            first: None,
            last: None,
        }
    }

    fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.first = earliest(self.first, other.first);
        self.last = self.last.max(other.last);
    }
}

/// The earlier of two times, of which either may be missing.
pub(crate) fn earliest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
