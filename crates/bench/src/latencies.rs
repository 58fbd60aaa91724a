//! A histogram of durations.

use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;

/// Durations below this share a bucket.
const RESOLUTION_NANOS: u64 = 100;
/// Longer durations count as this one.
const LONGEST_NANOS: u64 = 600_000_000_000;
const SIGNIFICANT_DIGITS: u8 = 3;
/// Quantiles of a plot of the tail.
const POINTS: [f64; 16] = [
    0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.9975, 0.999, 0.9995, 0.9999,
    0.99999, 1.0,
];

/// Durations with three significant digits, from 0.1 µs to ten minutes.
#[derive(Clone, Debug)]
pub struct Latencies(Histogram<u64>);

impl Default for Latencies {
    fn default() -> Self {
        let histogram =
            Histogram::new_with_bounds(RESOLUTION_NANOS, LONGEST_NANOS, SIGNIFICANT_DIGITS);
        Self(histogram.expect("constant bounds are valid"))
    }
}

impl Latencies {
    /// Adds a duration.
    pub fn record(&mut self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.0.saturating_record(nanos);
    }

    /// Adds all durations of another histogram.
    pub fn merge(&mut self, other: &Self) {
        // Both have the same bounds, so no value is out of range.
        self.0
            .add(&other.0)
            .expect("histograms of the same bounds can be added");
    }

    /// The duration below which this share of all lies.
    pub fn at(&self, quantile: f64) -> Duration {
        Duration::from_nanos(self.0.value_at_quantile(quantile))
    }

    /// The middle one.
    pub fn median(&self) -> Duration {
        self.at(0.5)
    }

    /// The longest one.
    pub fn max(&self) -> Duration {
        Duration::from_nanos(self.0.max())
    }

    /// The mean.
    pub fn mean(&self) -> Duration {
        Duration::from_nanos(self.0.mean() as u64)
    }

    /// The number of durations.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// The number of durations at or above a bound.
    pub fn count_from(&self, bound: Duration) -> u64 {
        let nanos = u64::try_from(bound.as_nanos()).unwrap_or(u64::MAX);
        self.0.count_between(nanos, u64::MAX)
    }

    /// Quantiles and durations, for a plot of the tail.
    pub fn points(&self) -> Vec<(f64, Duration)> {
        POINTS.map(|point| (point, self.at(point))).to_vec()
    }
}

impl FromIterator<Duration> for Latencies {
    fn from_iter<I: IntoIterator<Item = Duration>>(durations: I) -> Self {
        let mut latencies = Self::default();
        durations
            .into_iter()
            .for_each(|duration| latencies.record(duration));
        latencies
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "p50 {:>8.1?}  p99 {:>8.1?}  max {:>8.1?}",
            self.median(),
            self.at(0.99),
            self.max()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_keep_three_digits() {
        let latencies: Latencies = (1..=1_000).map(Duration::from_micros).collect();
        for (quantile, micros) in [(0.5, 500.0), (0.99, 990.0), (1.0, 1_000.0)] {
            let found = latencies.at(quantile).as_secs_f64() * 1e6;
            assert!((found / micros - 1.0).abs() < 0.002, "{quantile}: {found}");
        }
        assert_eq!(latencies.count(), 1_000);
        assert_eq!(latencies.count_from(Duration::from_micros(901)), 100);
        assert_eq!(latencies.points().len(), POINTS.len());
    }

    #[test]
    fn merging_adds_and_the_longest_is_bounded() {
        let mut one: Latencies = [Duration::from_secs(100_000)].into_iter().collect();
        one.merge(&[Duration::from_millis(1)].into_iter().collect());
        assert_eq!(one.count(), 2);
        assert!(one.max() < Duration::from_secs(601), "{:?}", one.max());
        assert_eq!(Latencies::default().max(), Duration::ZERO);
    }
}
