//! Durations of many requests or rounds, and what to say about them.

use std::fmt;
use std::time::Duration;

/// Sorted durations.
#[derive(Clone, Debug)]
pub struct Spread(Vec<Duration>);

impl Spread {
    /// Sorts them. There must be at least one.
    pub fn new(mut durations: Vec<Duration>) -> Self {
        assert!(!durations.is_empty(), "nothing was measured");
        durations.sort_unstable();
        Self(durations)
    }

    /// Those of several.
    pub fn together(spreads: impl Iterator<Item = Self>) -> Self {
        Self::new(spreads.flat_map(|spread| spread.0).collect())
    }

    /// The duration that this many thousandths of all stay below.
    pub fn at(&self, thousandths: usize) -> Duration {
        let place = self.0.len() * thousandths / 1_000;
        self.0[place.min(self.0.len() - 1)]
    }

    /// The middle one.
    pub fn median(&self) -> Duration {
        self.at(500)
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "p50 {:>8.1?}  p99 {:>8.1?}  max {:>8.1?}",
            self.median(),
            self.at(990),
            self.at(1_000)
        )
    }
}
