//! How the groups of a node are run. Every bound has its unit last in its name.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use acquaint_storage::{GroupId, SlotMap, Store};
use openraft::{Config, SnapshotPolicy};

use crate::error::Error;
use crate::machine::Machine;
use crate::peer::{Alone, Transport};

/// Entries in one message to a follower; their bytes are bounded where the log is read.
const PAYLOAD_ENTRIES_MAX: u64 = 1_024;

/// Where blocking work (log writes, applies, snapshots) happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threading {
    /// On threads of its own: one that writes the log for all groups, one per group that applies.
    Threads,
    /// On the caller, at once. For the simulation, which has one thread and virtual time.
    Inline,
}

/// What a node needs to run its groups.
pub struct Options {
    /// The id of this node in every group. Never used again by another node.
    pub node_id: u64,
    /// The store that holds log and state of every group.
    pub store: Store,
    /// Which group owns which slots: a snapshot of a group holds the rows of its slots.
    pub slot_map: SlotMap,
    /// The groups, each with the machine that it replicates.
    pub groups: Vec<(GroupId, Arc<dyn Machine>)>,
    /// How other nodes are reached.
    pub transport: Arc<dyn Transport>,
    /// The members of a cluster that is to be formed, with their addresses, if the groups of this node are pristine. None: the
    /// groups wait until the cluster takes this node in.
    pub form: Option<BTreeMap<u64, String>>,
    /// Where blocking work happens.
    pub threading: Threading,
    /// How often a leader tells its followers that it lives.
    pub heartbeat_interval: Duration,
    /// The shortest time until a follower stands for election. It begins when the lease of the last leader is over, which lasts
    /// for `election_timeout_max` after its last word.
    pub election_timeout_min: Duration,
    /// The longest such time, which is drawn anew for every election; and the lease of a leader.
    pub election_timeout_max: Duration,
    /// How long a proposal waits for its outcome.
    pub propose_timeout: Duration,
    /// How long entries may take to be on a follower's disk.
    pub append_timeout: Duration,
    /// How long a leader waits for a majority to confirm that it leads.
    pub read_index_timeout: Duration,
    /// How long all groups together may take to answer a read barrier.
    pub barrier_timeout: Duration,
    /// How often a node asks how far the groups are, though nobody reads.
    pub beacon_interval: Duration,
    /// How long a follower may take to take over from its leader.
    pub transfer_timeout: Duration,
    /// How long the replicas may take to tell the digests of their states.
    pub digest_timeout: Duration,
    /// How long a start waits until every group leads and has applied what it had committed.
    pub start_timeout: Duration,
    /// How long a snapshot may take to be sent and installed.
    pub snapshot_timeout: Duration,
    /// How many snapshots a node sends at the same time.
    pub snapshots_at_once_max: usize,
    /// How many bytes of one snapshot a node sends in a second at most.
    pub snapshot_bytes_per_second_max: u64,
    /// The largest command that a log entry may carry.
    pub command_bytes_max: u64,
    /// How many bytes of commands a group holds that are not applied yet.
    pub in_flight_bytes_max: u64,
    /// How many bytes of entries a group keeps in memory for its readers once they are on disk.
    pub tail_bytes_max: u64,
    /// How many bytes of entries are applied in one write to the store.
    pub apply_batch_bytes_max: u64,
    /// How many applied entries stay in a log, so that a follower that was away can catch up.
    pub log_keep_entries: u64,
    /// How many bytes of entries stay in a log at most, about, however few entries they are.
    pub log_keep_bytes_max: u64,
    /// How often logs are looked through for entries to purge. Zero: only when asked to.
    pub purge_interval: Duration,
}

impl Options {
    /// The options of a node with these groups, everything else at its default.
    #[must_use]
    pub fn new(
        node_id: u64,
        store: Store,
        slot_map: SlotMap,
        groups: Vec<(GroupId, Arc<dyn Machine>)>,
    ) -> Self {
        Options {
            node_id,
            store,
            slot_map,
            groups,
            transport: Arc::new(Alone),
            form: Some(BTreeMap::from([(node_id, String::new())])),
            threading: Threading::Threads,
            heartbeat_interval: Duration::from_millis(250),
            election_timeout_min: Duration::from_millis(1_000),
            election_timeout_max: Duration::from_millis(2_000),
            propose_timeout: Duration::from_secs(20),
            append_timeout: Duration::from_secs(3),
            read_index_timeout: Duration::from_secs(1),
            barrier_timeout: Duration::from_secs(5),
            beacon_interval: Duration::from_secs(1),
            transfer_timeout: Duration::from_secs(5),
            digest_timeout: Duration::from_secs(600),
            start_timeout: Duration::from_secs(120),
            snapshot_timeout: Duration::from_secs(600),
            snapshots_at_once_max: 2,
            snapshot_bytes_per_second_max: 64 << 20,
            command_bytes_max: 16 << 20,
            in_flight_bytes_max: 64 << 20,
            tail_bytes_max: 4 << 20,
            apply_batch_bytes_max: 4 << 20,
            log_keep_entries: 200_000,
            log_keep_bytes_max: 256 << 20,
            purge_interval: Duration::from_secs(10),
        }
    }

    /// The configuration of openraft that these options stand for.
    pub(crate) fn raft_config(&self) -> Result<Arc<Config>, Error> {
        let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let election_timeout_max = millis(self.election_timeout_max);
        let config = Config {
            cluster_name: "acquaint".to_string(),
            heartbeat_interval: millis(self.heartbeat_interval),
            // Entries that a follower has just acknowledged say as much.
            heartbeat_min_interval: Some(millis(self.heartbeat_interval)),
            election_timeout_min: millis(self.election_timeout_min),
            election_timeout_max,
            install_snapshot_timeout: millis(self.snapshot_timeout),
            // Snapshot and purge are ours to drive: see `purge`.
            snapshot_policy: SnapshotPolicy::Never,
            max_payload_entries: PAYLOAD_ENTRIES_MAX,
            max_in_snapshot_log_to_keep: u64::MAX,
            enable_pre_vote: Some(true),
            quorum_loss_probe_interval: Some(election_timeout_max.saturating_mul(2)),
            // A restarted leader that went on in its old term could write another entry at an index
            // that a follower already holds from before the crash: it has to win a new term.
            enable_leader_restore: Some(false),
            ..Config::default()
        };
        let config = config
            .validate()
            .map_err(|error| Error::Config(error.to_string()))?;
        Ok(Arc::new(config))
    }
}
