//! How long to wait before the next attempt.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Waits that double up to a bound, each shortened at random by up to a half, so that peers that lost each other at the same
/// moment do not come back at the same moment.
pub(super) struct Backoff {
    min: Duration,
    max: Duration,
    next: Duration,
    attempts: u64,
    /// Where chance comes from: the standard library keys it at random.
    random: RandomState,
}

impl Backoff {
    pub(super) fn new(min: Duration, max: Duration) -> Backoff {
        Backoff {
            min,
            max,
            next: min,
            attempts: 0,
            random: RandomState::new(),
        }
    }

    /// The wait before the next attempt.
    pub(super) fn next(&mut self) -> Duration {
        self.attempts += 1;
        let chance = self.random.hash_one(self.attempts) as u32;
        let half = self.next / 2;
        let wait = half + half.mul_f64(f64::from(chance) / f64::from(u32::MAX));
        self.next = self.next.saturating_mul(2).min(self.max);
        wait
    }

    /// Begins anew: it worked for a while.
    pub(super) fn reset(&mut self) {
        self.next = self.min;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_to_the_bound_and_begin_anew() {
        let millis = Duration::from_millis;
        let mut backoff = Backoff::new(millis(50), millis(2_000));
        for whole in [50, 100, 200, 400, 800, 1_600, 2_000, 2_000] {
            let wait = backoff.next();
            let range = millis(whole) / 2..=millis(whole);
            assert!(range.contains(&wait), "{wait:?} is not in {range:?}");
        }
        backoff.reset();
        assert!(backoff.next() <= millis(50));
    }
}
