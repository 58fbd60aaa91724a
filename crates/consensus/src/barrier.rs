//! Read barriers: how a read on any node sees everything that was acknowledged before it began.
//!
//! ```text
//! reader ─┐                  ┌─► leader of anchors-0, -3 ─► ReadIndex ─┐
//! reader ─┼─► the next round ┼─► leader of anchors-1     ─► ReadIndex ─┼─► wait until applied here ─► all readers go on
//! reader ─┘  one at a time   └─► own groups              ─► ReadIndex ─┘
//! ```
//!
//! - One round serves every reader that came before it began, over all groups, with one message to each leader. Readers that
//!   come while it runs wait for the next one.
//! - In a round, every leader has a majority confirm that it leads, after it was asked. No clock is involved.
//! - When nobody reads, a *beacon* asks the same once in a while, with the leader's lease in place of the confirmation. It tells
//!   how old the state of this node is at most: everything that was acknowledged before the beacon was sent is in it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use acquaint_storage::GroupId;
use futures::future::{join_all, try_join_all};
use parking_lot::Mutex;

use crate::counters::Counters;
use crate::error::Error;
use crate::group::Group;
use crate::network::ask;
use crate::options::Options;
use crate::peer::{Lane, Transport};
use crate::runtime::{
    Instant, Oneshot, OneshotSender, OneshotSenderOf, Runtime, Select2, Watch, WatchReceiver,
    WatchReceiverOf, WatchSender, WatchSenderOf,
};
use crate::wire::{Answer, ReadIndex, Request};

/// Readers that wait for a round.
const READERS_MAX: usize = 100_000;
/// The pause before groups are asked again whose leader was not known.
const PAUSE: Duration = Duration::from_millis(20);

/// How far a node is: it has applied at least these indexes, and they cover everything that was acknowledged before `began`.
#[derive(Debug)]
pub struct Reached<R: Runtime> {
    /// When the round began.
    pub began: R::Instant,
    /// The index of every group.
    pub indexes: BTreeMap<GroupId, u64>,
}

type Outcome<R> = Result<Arc<Reached<R>>, Arc<Error>>;

/// The barriers of a node.
pub(crate) struct Barriers<R: Runtime> {
    waiting: Mutex<Vec<OneshotSenderOf<R, Outcome<R>>>>,
    /// Counts the readers that came, to wake the loop. The runtimes' senders are `Send` but need not be `Sync`.
    arrived: Mutex<WatchSenderOf<R, u64>>,
    last: Mutex<Option<Arc<Reached<R>>>>,
    counters: Arc<Counters>,
}

/// What the loop works on.
pub(crate) struct Rounds<R: Runtime> {
    barriers: Arc<Barriers<R>>,
    groups: Vec<Group<R>>,
    transport: Arc<dyn Transport>,
    timeout: Duration,
    beacon_interval: Duration,
    arrived: WatchReceiverOf<R, u64>,
}

impl<R: Runtime> Barriers<R> {
    /// The barriers of these groups, and the loop that has to be run for them.
    pub(crate) fn new(
        options: &Options,
        groups: Vec<Group<R>>,
        counters: Arc<Counters>,
    ) -> (Arc<Self>, Rounds<R>) {
        let (sender, arrived) = <R::Watch as Watch>::channel(0);
        let barriers = Arc::new(Barriers {
            waiting: Mutex::default(),
            arrived: Mutex::new(sender),
            last: Mutex::default(),
            counters,
        });
        let rounds = Rounds {
            barriers: barriers.clone(),
            groups,
            transport: options.transport.clone(),
            timeout: options.barrier_timeout,
            beacon_interval: options.beacon_interval,
            arrived,
        };
        (barriers, rounds)
    }

    /// Waits until this node has applied everything that was acknowledged before the call.
    pub(crate) async fn wait(&self) -> Outcome<R> {
        let (sender, receiver) = <R::Oneshot as Oneshot>::channel();
        {
            let mut waiting = self.waiting.lock();
            if waiting.len() >= READERS_MAX {
                let readers_max = READERS_MAX;
                return Err(Arc::new(Error::TooManyReaders { readers_max }));
            }
            waiting.push(sender);
        }
        self.counters.barrier_readers.add();
        self.arrived.lock().send_if_modified(|count| {
            *count += 1;
            true
        });
        receiver.await.unwrap_or_else(|_gone| {
            Err(Arc::new(Error::Stopped {
                group: GroupId::Registry,
                reason: "the node is stopping".to_string(),
            }))
        })
    }

    /// How far this node was found to be last, if it was at all.
    pub(crate) fn last(&self) -> Option<Arc<Reached<R>>> {
        self.last.lock().clone()
    }
}

impl<R: Runtime> Rounds<R> {
    /// Runs rounds until the node is stopped.
    pub(crate) async fn run(mut self, mut stopped: WatchReceiverOf<R, bool>) {
        loop {
            let arrived = R::timeout(self.beacon_interval, self.arrived.changed());
            if let Select2::First(_) = R::select2(stopped.changed(), arrived).await {
                // Whoever waits is told by the end of the channel.
                self.barriers.waiting.lock().clear();
                return;
            }
            let readers = std::mem::take(&mut *self.barriers.waiting.lock());
            let is_beacon = readers.is_empty();
            let outcome = self.round(is_beacon).await.map_err(Arc::new);
            self.note(is_beacon, &outcome);
            for reader in readers {
                // A reader that has given up is not waiting any more.
                let _ = reader.send(outcome.clone());
            }
        }
    }

    fn note(&self, is_beacon: bool, outcome: &Outcome<R>) {
        match outcome {
            Ok(reached) => {
                *self.barriers.last.lock() = Some(reached.clone());
                if !is_beacon {
                    self.barriers.counters.barrier_rounds.add();
                }
            }
            // That a beacon finds no leader shows in the age of the last one.
            Err(_) if is_beacon => {}
            Err(_) => self.barriers.counters.barriers_failed.add(),
        }
    }

    async fn round(&self, is_beacon: bool) -> Result<Arc<Reached<R>>, Error> {
        let began = R::Instant::now();
        let indexes = self.ask_all(began, is_beacon).await?;
        let left = self.timeout.saturating_sub(began.elapsed());
        let waits = self.groups.iter().map(|group| async {
            let index = indexes.get(&group.id()).copied().unwrap_or(0);
            group.wait_applied(index, left).await
        });
        try_join_all(waits).await?;
        Ok(Arc::new(Reached { began, indexes }))
    }

    /// Asks the leader of every group how far it is, again where it was another one.
    async fn ask_all(
        &self,
        began: R::Instant,
        is_beacon: bool,
    ) -> Result<BTreeMap<GroupId, u64>, Error> {
        let mut indexes = BTreeMap::new();
        let mut unknown: BTreeMap<GroupId, Option<u64>> = BTreeMap::new();
        for group in &self.groups {
            unknown.insert(group.id(), group.leader());
        }
        loop {
            let mut failure = None;
            for (id, index) in self.ask_leaders(&unknown, is_beacon).await {
                match index {
                    ReadIndex::At(index) => {
                        indexes.insert(id, index);
                        unknown.remove(&id);
                    }
                    ReadIndex::NotLeader { leader } => {
                        failure = Some(Error::NotLeader { group: id, leader });
                        unknown.insert(id, leader);
                    }
                    ReadIndex::Unsure { reason } => {
                        failure = Some(Error::Unsure { group: id, reason });
                    }
                }
            }
            let Some(failure) = failure else {
                return Ok(indexes);
            };
            if is_beacon || began.elapsed() + PAUSE > self.timeout {
                return Err(failure);
            }
            R::sleep(PAUSE).await;
            for group in &self.groups {
                if let Some(leader) = unknown.get_mut(&group.id()) {
                    *leader = group.leader().or(*leader);
                }
            }
        }
    }

    /// One message to each leader.
    async fn ask_leaders(
        &self,
        unknown: &BTreeMap<GroupId, Option<u64>>,
        lease: bool,
    ) -> Vec<(GroupId, ReadIndex)> {
        let mut by_leader: BTreeMap<Option<u64>, Vec<GroupId>> = BTreeMap::new();
        for (id, leader) in unknown {
            by_leader.entry(*leader).or_default().push(*id);
        }
        let asked = by_leader
            .into_iter()
            .map(|(leader, groups)| self.ask_leader(leader, groups, lease));
        join_all(asked).await.into_iter().flatten().collect()
    }

    async fn ask_leader(
        &self,
        leader: Option<u64>,
        groups: Vec<GroupId>,
        lease: bool,
    ) -> Vec<(GroupId, ReadIndex)> {
        let me = self.groups.first().map(Group::node_id);
        let Some(leader) = leader else {
            let nobody = |id| (id, ReadIndex::NotLeader { leader: None });
            return groups.into_iter().map(nobody).collect();
        };
        if Some(leader) == me {
            let own = self
                .groups
                .iter()
                .filter(|group| groups.contains(&group.id()));
            let asked = own.map(|group| async { (group.id(), group.read_index(lease).await) });
            return join_all(asked).await;
        }
        let request = Request::ReadIndexes {
            groups: groups.clone(),
            lease,
        };
        let answer = ask(
            &*self.transport,
            leader,
            Lane::Control,
            &request,
            self.timeout / 2,
        );
        match answer.await {
            Ok(Answer::ReadIndexes(indexes)) if indexes.len() == groups.len() => indexes,
            other => {
                let reason = match other {
                    Ok(answer) => format!("node {leader} answered {answer:?}"),
                    Err(error) => error.to_string(),
                };
                let unsure = |id| {
                    let reason = reason.clone();
                    (id, ReadIndex::Unsure { reason })
                };
                groups.into_iter().map(unsure).collect()
            }
        }
    }
}
