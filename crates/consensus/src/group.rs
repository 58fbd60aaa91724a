//! One group on this node: the handle to propose through, to wait on and to look at.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use acquaint_storage::GroupId;
use bytes::Bytes;
use openraft::Raft;
use openraft::errors::{ClientWriteError, Fatal};
use openraft::metrics::{RaftMetrics, WaitError};
use parking_lot::Mutex;

use crate::counters::Counters;
use crate::error::Error;
use crate::failure::Report;
use crate::log_store::LogStore;
use crate::membership::Members;
use crate::options::{Options, Threading};
use crate::peer::Transport;
use crate::reply::InFlight;
use crate::runtime::{Instant, Runtime, WatchReceiver, WatchReceiverOf};
use crate::state_machine::{State, StateMachine};
use crate::status::{Follower, Role, Status};
use crate::type_config::Types;

/// Applied entries that stay in a log however large they are: a purge keeps away from where entries are being applied.
const LOG_KEEP_ENTRIES_MIN: u64 = 16;

pub(crate) type GroupRaft<R> = Raft<Types<R>, StateMachine<R>>;

/// One group on this node. Clones are the same group.
pub struct Group<R: Runtime> {
    inner: Arc<Inner<R>>,
}

struct Inner<R: Runtime> {
    group: GroupId,
    node_id: u64,
    raft: GroupRaft<R>,
    state: Arc<State>,
    log: LogStore,
    applied: WatchReceiverOf<R, u64>,
    in_flight: Arc<InFlight>,
    limits: Limits,
    transport: Arc<dyn Transport>,
    counters: Arc<Counters>,
    report: Report,
    unwilling: Arc<Mutex<Option<String>>>,
}

/// What a group shares with the others of its node.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) node_id: u64,
    pub(crate) limits: Limits,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) report: Report,
    /// Why the node does not want to lead, if so.
    pub(crate) unwilling: Arc<Mutex<Option<String>>>,
}

/// What the options say about a single group.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) propose_timeout: Duration,
    pub(crate) read_index_timeout: Duration,
    pub(crate) transfer_timeout: Duration,
    pub(crate) digest_timeout: Duration,
    command_bytes_max: u64,
    in_flight_bytes_max: u64,
    log_keep_entries: u64,
    threading: Threading,
}

/// A command that has been applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// Its index in the log of the group.
    pub index: u64,
    /// What the machine answered.
    pub outcome: Bytes,
}

impl Limits {
    pub(crate) fn of(options: &Options) -> Self {
        Limits {
            propose_timeout: options.propose_timeout,
            read_index_timeout: options.read_index_timeout,
            transfer_timeout: options.transfer_timeout,
            digest_timeout: options.digest_timeout,
            command_bytes_max: options.command_bytes_max,
            in_flight_bytes_max: options.in_flight_bytes_max,
            log_keep_entries: options.log_keep_entries,
            threading: options.threading,
        }
    }
}

impl<R: Runtime> Clone for Group<R> {
    fn clone(&self) -> Self {
        Group {
            inner: self.inner.clone(),
        }
    }
}

impl<R: Runtime> Group<R> {
    pub(crate) fn new(
        raft: GroupRaft<R>,
        state: Arc<State>,
        log: LogStore,
        applied: WatchReceiverOf<R, u64>,
        shared: Shared,
    ) -> Self {
        let inner = Inner {
            group: state.group,
            node_id: shared.node_id,
            raft,
            state,
            log,
            applied,
            in_flight: Arc::default(),
            limits: shared.limits,
            transport: shared.transport,
            counters: shared.counters,
            report: shared.report,
            unwilling: shared.unwilling,
        };
        Group {
            inner: Arc::new(inner),
        }
    }

    /// Which group it is.
    #[must_use]
    pub fn id(&self) -> GroupId {
        self.inner.group
    }

    /// The node that this is.
    #[must_use]
    pub fn node_id(&self) -> u64 {
        self.inner.node_id
    }

    /// The node that leads the group, as far as this one knows.
    #[must_use]
    pub fn leader(&self) -> Option<u64> {
        self.inner.raft.metrics().borrow_watched().current_leader
    }

    /// Whether this node leads the group, as far as it knows.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.leader() == Some(self.inner.node_id)
    }

    /// Waits until this node leads the group: for ever, if its replica has ended.
    pub async fn led_here(&self) {
        let me = self.inner.node_id;
        let mut metrics = self.inner.raft.metrics();
        let led = metrics.wait_until(|metrics| metrics.current_leader == Some(me));
        // An error means that the replica has ended: it never leads again, and whoever waits is stopped.
        if led.await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Who belongs to the group, as far as this node knows.
    #[must_use]
    pub fn members(&self) -> Members {
        Members::of(&self.inner.raft.metrics().borrow_watched().membership_config)
    }

    /// The index up to which everything is applied and readable.
    #[must_use]
    pub fn applied(&self) -> u64 {
        *self.inner.applied.borrow_watched()
    }

    /// Waits until the entry at `index` is applied and readable, and answers with what is.
    pub async fn wait_applied(&self, index: u64, timeout: Duration) -> Result<u64, Error> {
        let mut applied = self.inner.applied.clone();
        match R::timeout(timeout, applied.wait_until_ge(&index)).await {
            Ok(Ok(reached)) => Ok(reached),
            Ok(Err(_closed)) => Err(self.stopped(&Fatal::Stopped)),
            Err(_elapsed) => Err(self.timed_out(timeout)),
        }
    }

    /// The applied index, to be watched: it changes after every write of the state.
    #[must_use]
    pub fn watch_applied(&self) -> WatchReceiverOf<R, u64> {
        self.inner.applied.clone()
    }

    /// What the group says about itself.
    #[must_use]
    pub fn status(&self) -> Status {
        let metrics = self.inner.raft.metrics();
        let metrics = metrics.borrow_watched();
        Status {
            group: self.inner.group,
            role: Role::of(metrics.state),
            leader: metrics.current_leader,
            term: metrics.current_term,
            last_log: metrics.last_log_index,
            committed: metrics.local_committed.map(|id| id.index),
            applied: metrics.last_applied.map(|id| id.index),
            snapshot: metrics.snapshot.map(|id| id.index),
            purged: metrics.purged.map(|id| id.index),
            in_flight_bytes: self.inner.in_flight.bytes(),
            followers: followers(&metrics),
            digest: self.inner.state.digests.last(),
        }
    }

    /// Writes the state of the group to files in `directory`, which must not exist yet, while
    /// commands go on being applied. [`Store::install`](acquaint_storage::Store) reads them.
    pub async fn export(&self, directory: &Path) -> Result<(), Error> {
        let state = self.inner.state.clone();
        let directory = directory.to_path_buf();
        let export = move || state.export(&directory);
        match self.inner.limits.threading {
            Threading::Inline => export(),
            Threading::Threads => R::spawn_blocking(export)
                .await
                .unwrap_or_else(|_gone| Err(self.stopped(&Fatal::Stopped))),
        }
    }

    /// Purges the log up to the entries that are to be kept, by their number and by their bytes, and answers with the last index that
    /// may go. The purge itself follows soon after.
    ///
    /// Only what is applied is purged, and the purge goes to the same write-ahead log after it.
    pub async fn purge(&self) -> Result<Option<u64>, Error> {
        let applied = self.applied();
        let keep = self.inner.limits.log_keep_entries;
        let by_count = applied.checked_sub(keep);
        let by_bytes = self.inner.log.surplus();
        let by_bytes = by_bytes.and_then(|surplus| {
            let highest = applied.checked_sub(keep.min(LOG_KEEP_ENTRIES_MIN))?;
            Some(surplus.min(highest))
        });
        let Some(through) = by_count.max(by_bytes) else {
            return Ok(None);
        };
        let kept_from = self.inner.state.look_at_exports()?;
        let through = kept_from.map_or(through, |index| through.min(index));
        if self.status().purged.is_some_and(|purged| purged >= through) {
            return Ok(None);
        }
        let fatal = |fatal| self.stopped(&fatal);
        // openraft purges only what a snapshot stands in for. The state on disk is one: see `Marker`.
        self.inner.raft.trigger().snapshot().await.map_err(fatal)?;
        let after = self.inner.limits.propose_timeout;
        self.inner
            .raft
            .wait(Some(after))
            .metrics(
                |metrics| metrics.snapshot.is_some_and(|id| id.index >= through),
                "the state stands in for the log",
            )
            .await
            .map_err(|_| self.timed_out(after))?;
        let trigger = self.inner.raft.trigger();
        trigger.purge_log(through).await.map_err(fatal)?;
        Ok(Some(through))
    }

    pub(crate) fn raft(&self) -> &GroupRaft<R> {
        &self.inner.raft
    }

    pub(crate) fn state(&self) -> &State {
        &self.inner.state
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    pub(crate) fn transport(&self) -> &Arc<dyn Transport> {
        &self.inner.transport
    }

    /// Why this node does not want to lead, if so.
    pub(crate) fn unwilling(&self) -> Option<String> {
        self.inner.unwilling.lock().clone()
    }

    /// Stops the node.
    pub(crate) fn report(&self, reason: String) {
        (self.inner.report)(reason);
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.inner.counters
    }

    /// Stops the group, and returns once nothing of openraft holds the store any more: its tasks
    /// end on their own time after the shutdown itself.
    pub(crate) async fn shutdown(&self) {
        const PAUSE: Duration = Duration::from_millis(1);
        const PAUSES_MAX: u32 = 5_000;
        if let Err(error) = self.inner.raft.shutdown().await {
            tracing::warn!(group = %self.inner.group, %error, "the group did not stop cleanly");
        }
        for _ in 0..PAUSES_MAX {
            if Arc::strong_count(&self.inner.state) == 1 && self.inner.log.is_unshared() {
                return;
            }
            R::sleep(PAUSE).await;
        }
        tracing::warn!(group = %self.inner.group, "something still holds the store of the group");
    }

    pub(crate) fn take_share(&self, bytes: u64) -> Result<crate::reply::Share, Error> {
        let Limits {
            command_bytes_max: bytes_max,
            in_flight_bytes_max,
            ..
        } = self.inner.limits;
        if bytes > bytes_max {
            return Err(Error::CommandTooLarge { bytes, bytes_max });
        }
        let in_flight = &self.inner.in_flight;
        in_flight
            .take(bytes, in_flight_bytes_max)
            .ok_or_else(|| Error::QueueFull {
                group: self.inner.group,
                in_flight_bytes: in_flight.bytes(),
                in_flight_bytes_max,
            })
    }

    pub(crate) fn refused(&self, refusal: ClientWriteError<Types<R>>) -> Error {
        let group = self.inner.group;
        match refusal {
            ClientWriteError::ForwardToLeader(forward) => Error::NotLeader {
                group,
                leader: forward.leader_id,
            },
            ClientWriteError::LogEntryDiscarded(_) => Error::LeaderLost { group },
            other => self.stopped_because(other.to_string()),
        }
    }

    pub(crate) fn stopped(&self, fatal: &Fatal<Types<R>>) -> Error {
        self.stopped_because(fatal.to_string())
    }

    pub(crate) fn stopped_because(&self, reason: String) -> Error {
        Error::Stopped {
            group: self.inner.group,
            reason,
        }
    }

    pub(crate) fn unrecovered(&self, error: &WaitError, after: Duration) -> Error {
        Error::NotRecovered {
            group: self.inner.group,
            after,
            reason: error.to_string(),
        }
    }

    pub(crate) fn timed_out(&self, after: Duration) -> Error {
        Error::Timeout {
            group: self.inner.group,
            after,
        }
    }
}

/// How far the followers are; known to the leader only.
fn followers<R: Runtime>(metrics: &RaftMetrics<Types<R>>) -> Vec<Follower> {
    let Some(replication) = &metrics.replication else {
        return Vec::new();
    };
    let heartbeats = metrics.heartbeat.as_ref();
    let last = metrics.last_log_index.unwrap_or(0);
    let followers = replication.iter().filter(|(node, _)| **node != metrics.id);
    let follower = |(&node, matched): (&u64, &Option<crate::type_config::LogId>)| {
        let matched = matched.map(|id| id.index);
        let heard = heartbeats.and_then(|heartbeats| heartbeats.get(&node).copied().flatten());
        Follower {
            node,
            matched,
            lag_entries: last.saturating_sub(matched.unwrap_or(0)),
            silence: heard.map(|at| at.elapsed()),
        }
    };
    followers.map(follower).collect()
}
