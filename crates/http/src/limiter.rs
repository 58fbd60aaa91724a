//! The share of one write key: messages per second, on average.
//!
//! A bucket holds one second's worth. A request is let in while the bucket is not empty
//! and may overdraw it, so that a batch larger than a second's worth still passes, and
//! what comes after waits for the debt.
//!
//! The number of buckets is bounded by that of the configured keys.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use acquaint_api::limits::RETRY_AFTER_SECONDS_MAX;

/// One bucket per key.
#[derive(Debug)]
pub(crate) struct Limiter<K> {
    messages_per_second: f64,
    buckets: Mutex<HashMap<K, Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    level: f64,
    filled: Instant,
}

impl<K: Eq + Hash> Limiter<K> {
    pub(crate) fn new(messages_per_second: u32) -> Self {
        Self {
            messages_per_second: f64::from(messages_per_second),
            buckets: Mutex::default(),
        }
    }

    /// Takes `messages` from the bucket of `key`, or says after how many seconds to come back.
    pub(crate) fn admit(&self, key: K, messages: usize, now: Instant) -> Result<(), u64> {
        let rate = self.messages_per_second;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(key).or_insert(Bucket {
            level: rate,
            filled: now,
        });
        let elapsed = now.saturating_duration_since(bucket.filled);
        bucket.level = (bucket.level + elapsed.as_secs_f64() * rate).min(rate);
        bucket.filled = now;
        if bucket.level <= 0.0 {
            let wait = Duration::from_secs_f64(-bucket.level / rate);
            return Err((wait.as_secs() + 1).min(RETRY_AFTER_SECONDS_MAX));
        }
        bucket.level -= messages as f64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_debt_is_waited_for() {
        let limiter = Limiter::new(10);
        let start = Instant::now();
        let after = |ms| start + Duration::from_millis(ms);
        assert_eq!(limiter.admit("a", 35, after(0)), Ok(()));
        assert_eq!(limiter.admit("a", 1, after(0)), Err(3));
        assert_eq!(limiter.admit("b", 1, after(0)), Ok(()), "keys do not share");
        assert_eq!(limiter.admit("a", 1, after(2_400)), Err(1));
        assert_eq!(limiter.admit("a", 1, after(2_600)), Ok(()));
    }

    #[test]
    fn a_bucket_holds_one_second() {
        let limiter = Limiter::new(10);
        let start = Instant::now();
        assert_eq!(
            limiter.admit("a", 10, start + Duration::from_secs(3_600)),
            Ok(())
        );
        assert_eq!(
            limiter.admit("a", 1, start + Duration::from_secs(3_600)),
            Err(1)
        );
    }

    #[test]
    fn the_wait_is_one_that_sdks_honour() {
        let limiter = Limiter::new(1);
        let start = Instant::now();
        assert_eq!(limiter.admit("a", 2_500, start), Ok(()));
        assert_eq!(limiter.admit("a", 1, start), Err(RETRY_AFTER_SECONDS_MAX));
    }
}
