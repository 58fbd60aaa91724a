//! The metrics of the groups and of the other nodes.
//!
//! They are counted where things happen, in crates that know nothing of metrics, and read when somebody asks.

use acquaint_consensus::runtime::Instant as _;
use acquaint_consensus::{Consensus, Count, Counters, Lane, Role, Runtime, Status, TcpTransport};
use prometheus::{Gauge, IntCounter, IntCounterVec, IntGaugeVec, Opts, Registry, core::Collector};

/// Where the consensus layer counts something.
type Counted = fn(&Counters) -> &Count;

/// The metrics of the groups and of the other nodes.
#[derive(Debug)]
pub(crate) struct ClusterMetrics {
    leader: IntGaugeVec,
    term: IntGaugeVec,
    committed_index: IntGaugeVec,
    log_entries: IntGaugeVec,
    in_flight_bytes: IntGaugeVec,
    lag_entries: IntGaugeVec,
    /// What is counted in the consensus layer, each with where it is counted.
    counters: Vec<(IntCounter, Counted)>,
    staleness_seconds: Gauge,
    peer_bytes: IntCounterVec,
    peer_connects: IntCounterVec,
    peer_connected: IntGaugeVec,
    peer_callers_refused: IntCounter,
}

impl ClusterMetrics {
    /// Declares and registers all.
    pub(super) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let by_group = |name: &str, help: &str| {
            added(
                registry,
                IntGaugeVec::new(Opts::new(name, help), &["group"])?,
            )
        };
        Ok(Self {
            leader: by_group(
                "acquaint_group_leader",
                "1 where this node leads the group.",
            )?,
            term: by_group(
                "acquaint_group_term",
                "Term of the group; it grows with every election.",
            )?,
            committed_index: by_group(
                "acquaint_group_committed_index",
                "Log index up to which the group is known to be committed.",
            )?,
            log_entries: by_group("acquaint_group_log_entries", "Entries kept in the log.")?,
            in_flight_bytes: by_group(
                "acquaint_group_in_flight_bytes",
                "Bytes of commands taken and not applied yet.",
            )?,
            lag_entries: added(
                registry,
                IntGaugeVec::new(
                    Opts::new(
                        "acquaint_group_replication_lag_entries",
                        "Entries that a follower lacks, as the leader of the group knows.",
                    ),
                    &["group", "node"],
                )?,
            )?,
            counters: counters(registry)?,
            staleness_seconds: added(
                registry,
                Gauge::new(
                    "acquaint_staleness_seconds",
                    "Everything acknowledged before so long ago is applied on this node; -1 before that is known.",
                )?,
            )?,
            peer_bytes: added(
                registry,
                IntCounterVec::new(
                    Opts::new(
                        "acquaint_peer_bytes_total",
                        "Bytes from and to other nodes.",
                    ),
                    &["lane", "direction"],
                )?,
            )?,
            peer_connects: added(
                registry,
                IntCounterVec::new(
                    Opts::new(
                        "acquaint_peer_connects_total",
                        "Connections to other nodes, by how the attempt ended.",
                    ),
                    &["lane", "result"],
                )?,
            )?,
            peer_connected: added(
                registry,
                IntGaugeVec::new(
                    Opts::new(
                        "acquaint_peer_connected",
                        "Connections that this node has made to another one.",
                    ),
                    &["node"],
                )?,
            )?,
            peer_callers_refused: added(
                registry,
                IntCounter::new(
                    "acquaint_peer_callers_refused_total",
                    "Connections that other nodes, or somebody else, wanted to make and did not get.",
                )?,
            )?,
        })
    }

    /// Reads what the groups say.
    pub(crate) fn read<R: Runtime>(&self, consensus: &Consensus<R>) {
        // A follower that is gone has no lag.
        self.lag_entries.reset();
        for group in consensus.groups() {
            self.read_group(&group.status());
        }
        for (metric, count) in &self.counters {
            raise(metric, count(consensus.counters()).get());
        }
        let age = consensus.reached().map(|reached| reached.began.elapsed());
        let seconds = age.map_or(-1.0, |age| age.as_secs_f64());
        self.staleness_seconds.set(seconds);
    }

    fn read_group(&self, status: &Status) {
        let group = status.group.to_string();
        let set = |metric: &IntGaugeVec, value: u64| {
            metric
                .with_label_values(&[group.as_str()])
                .set(signed(value));
        };
        set(&self.leader, u64::from(status.role == Role::Leader));
        set(&self.term, status.term);
        set(&self.committed_index, status.committed.unwrap_or(0));
        let purged = status.purged.unwrap_or(0);
        set(
            &self.log_entries,
            status.last_log.unwrap_or(0).saturating_sub(purged),
        );
        set(&self.in_flight_bytes, status.in_flight_bytes);
        for follower in &status.followers {
            let node = follower.node.to_string();
            self.lag_entries
                .with_label_values(&[group.as_str(), node.as_str()])
                .set(signed(follower.lag_entries));
        }
    }

    /// Reads what the transport says.
    pub(crate) fn read_transport(&self, transport: &TcpTransport) {
        for lane in Lane::ALL {
            let (stats, name) = (transport.stats(lane), lane.name());
            let bytes = |direction| self.peer_bytes.with_label_values(&[name, direction]);
            raise(&bytes("sent"), stats.bytes_sent());
            raise(&bytes("received"), stats.bytes_received());
            let connects = |result| self.peer_connects.with_label_values(&[name, result]);
            raise(&connects("connected"), stats.connects());
            raise(&connects("failed"), stats.dials_failed());
            raise(&connects("refused"), stats.dials_refused());
        }
        raise(&self.peer_callers_refused, transport.callers_refused());
        self.peer_connected.reset();
        for peer in transport.peers() {
            let node = peer.node.to_string();
            self.peer_connected
                .with_label_values(&[node.as_str()])
                .set(signed(peer.connected.len() as u64));
        }
    }
}

fn counters(registry: &Registry) -> Result<Vec<(IntCounter, Counted)>, prometheus::Error> {
    let counters: [(&str, &str, Counted); 15] = [
        (
            "acquaint_forwarded_total",
            "Requests for a leader sent to another node.",
            |counters| &counters.forwarded,
        ),
        (
            "acquaint_forwards_failed_total",
            "Those that were refused, or not answered.",
            |counters| &counters.forwards_failed,
        ),
        (
            "acquaint_forwards_received_total",
            "Requests that other nodes have forwarded to this one.",
            |counters| &counters.forwards_received,
        ),
        (
            "acquaint_proposals_repeated_total",
            "Proposals made again, after a refusal or without an answer.",
            |counters| &counters.proposals_repeated,
        ),
        (
            "acquaint_proposals_total",
            "Commands proposed at this node as a leader, and applied.",
            |counters| &counters.proposals,
        ),
        (
            "acquaint_proposals_microseconds_total",
            "How long they took from the proposal until they were applied.",
            |counters| &counters.proposals_micros,
        ),
        (
            "acquaint_applied_entries_total",
            "Entries applied.",
            |counters| &counters.applied_entries,
        ),
        (
            "acquaint_apply_microseconds_total",
            "How long that took.",
            |counters| &counters.apply_micros,
        ),
        (
            "acquaint_barrier_readers_total",
            "Reads that have waited for a barrier.",
            |counters| &counters.barrier_readers,
        ),
        (
            "acquaint_barrier_rounds_total",
            "Rounds of messages that they have shared.",
            |counters| &counters.barrier_rounds,
        ),
        (
            "acquaint_snapshots_sent_total",
            "Snapshots of groups that another node has installed.",
            |counters| &counters.snapshots_sent,
        ),
        (
            "acquaint_snapshots_failed_total",
            "Attempts to send one that failed and are made again.",
            |counters| &counters.snapshots_failed,
        ),
        (
            "acquaint_snapshots_installed_total",
            "Snapshots of groups installed on this node.",
            |counters| &counters.snapshots_installed,
        ),
        (
            "acquaint_digests_compared_total",
            "Comparisons of the replicas of a group that this node has led.",
            |counters| &counters.digests_compared,
        ),
        (
            "acquaint_digests_differed_total",
            "Comparisons of replicas in which some had another state. Any is an alarm.",
            |counters| &counters.digests_differed,
        ),
    ];
    let declared = counters
        .into_iter()
        .map(|(name, help, counted)| Ok((added(registry, IntCounter::new(name, help)?)?, counted)));
    declared.collect()
}

fn added<C: Collector + Clone + 'static>(
    registry: &Registry,
    metric: C,
) -> Result<C, prometheus::Error> {
    registry.register(Box::new(metric.clone()))?;
    Ok(metric)
}

/// Brings a counter to what was counted elsewhere.
fn raise(counter: &IntCounter, count: u64) {
    counter.inc_by(count.saturating_sub(counter.get()));
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
