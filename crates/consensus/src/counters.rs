//! Counts of what the consensus layer of a node did, for metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// A count that only grows.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
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
