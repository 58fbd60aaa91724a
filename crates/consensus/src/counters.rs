//! Counts of what the consensus layer of a node did, for metrics.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A count that only grows.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self) {
        self.add_many(1);
    }

    pub(crate) fn add_many(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn add_micros(&self, time: Duration) {
        self.add_many(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    /// The count.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What happened since the start.
#[derive(Debug, Default)]
pub struct Counters {
    /// Requests for a leader that were sent to another node.
    pub forwarded: Count,
    /// Those that were not answered, or refused.
    pub forwards_failed: Count,
    /// Requests that other nodes have forwarded to this one.
    pub forwards_received: Count,
    /// Proposals that were made again, after a refusal or with an outcome that was not known.
    pub proposals_repeated: Count,
    /// Commands that were proposed here, as a leader, and applied.
    pub proposals: Count,
    /// Microseconds that they took from the proposal until they were applied.
    pub proposals_micros: Count,
    /// Entries applied.
    pub applied_entries: Count,
    /// Microseconds that applying took.
    pub apply_micros: Count,
    /// Read barriers that waiting readers have shared.
    pub barrier_rounds: Count,
    /// Those that failed.
    pub barriers_failed: Count,
    /// Readers that have waited for a barrier.
    pub barrier_readers: Count,
    /// Snapshots sent to peers.
    pub snapshots_sent: Count,
    /// Attempts at it that failed.
    pub snapshots_failed: Count,
    /// Snapshots of peers that were installed.
    pub snapshots_installed: Count,
    /// Comparisons of the digests of a group's replicas.
    pub digests_compared: Count,
    /// Comparisons in which replicas differed.
    pub digests_differed: Count,
}
