//! The groups of a node: started together, failing together, stopped together.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use acquaint_storage::GroupId;
use futures::future::join_all;
use openraft::errors::{InitializeError, RaftError};
use openraft::{BasicNode, Config, Raft, ServerState};
use parking_lot::Mutex;

use crate::barrier::{Barriers, Reached};
use crate::counters::Counters;
use crate::error::Error;
use crate::failure::{Failure, Report};
use crate::group::{Group, Limits, Shared};
use crate::log_store::LogStore;
use crate::log_writer::{LogWriter, LogWriterStats};
use crate::machine::Machine;
use crate::network::Peers;
use crate::options::Options;
use crate::runtime::{
    Runtime, Select2, Watch, WatchReceiver, WatchReceiverOf, WatchSender, WatchSenderOf,
};
use crate::service::Service;
use crate::snapshot::{Receiver, Sender};
use crate::state_machine::{State, StateMachine};
use crate::worker::Worker;

/// The groups of a node, running.
pub struct Consensus<R: Runtime> {
    groups: BTreeMap<GroupId, Group<R>>,
    barriers: Option<Arc<Barriers<R>>>,
    service: Service<R>,
    sender: Sender,
    counters: Arc<Counters>,
    writer: Arc<LogWriter>,
    failure: Failure<R>,
    /// Why this node does not want to lead, if so.
    unwilling: Arc<Mutex<Option<String>>>,
    stop: Mutex<WatchSenderOf<R, bool>>,
    tasks: Mutex<Vec<R::JoinHandle<()>>>,
}

impl<R: Runtime> Consensus<R> {
    /// Starts every group.
    ///
    /// A node that is pristine forms the cluster that the options name, if they name one. One that is the only voter of its
    /// groups elects itself at once, and has applied all that was committed when this returns. One of several returns as
    /// soon as its groups run: see [`Group::recovered`].
    pub async fn start(options: Options) -> Result<Self, Error> {
        let failure = Failure::new();
        let counters = Arc::<Counters>::default();
        let receiver = Receiver::new(options.store.clone(), options.threading);
        let service = Service::new(receiver, counters.clone());
        options.transport.serve(Arc::new(service.clone()));
        let writer = LogWriter::start(options.store.clone(), options.threading, failure.report());
        let (stop, stopped) = <R::Watch as Watch>::channel(false);
        let mut consensus = Consensus {
            groups: BTreeMap::new(),
            barriers: None,
            service,
            sender: Sender::new(&options, counters.clone()),
            counters,
            writer: Arc::new(writer.map_err(Error::Thread)?),
            failure,
            unwilling: Arc::default(),
            stop: Mutex::new(stop),
            tasks: Mutex::default(),
        };
        if let Err(error) = consensus.start_groups(&options, &stopped).await {
            consensus.shutdown().await;
            return Err(error);
        }
        let (barriers, rounds) = Barriers::new(
            &options,
            consensus.groups.values().cloned().collect(),
            consensus.counters.clone(),
        );
        consensus.barriers = Some(barriers);
        let rounds = R::spawn(rounds.run(stopped.clone()));
        consensus.tasks.lock().push(rounds);
        if !options.purge_interval.is_zero() {
            let groups = consensus.groups.values().cloned().collect();
            let purge = purge_regularly::<R>(groups, options.purge_interval, stopped);
            consensus.tasks.lock().push(R::spawn(purge));
        }
        Ok(consensus)
    }

    /// A group of this node.
    #[must_use]
    pub fn group(&self, id: GroupId) -> Option<&Group<R>> {
        self.groups.get(&id)
    }

    /// Every group of this node, in the order of their ids.
    pub fn groups(&self) -> impl Iterator<Item = &Group<R>> {
        self.groups.values()
    }

    /// Waits until this node has applied everything that any group had acknowledged before the call, and answers how far
    /// that is. Many callers share one round of messages.
    pub async fn barrier(&self) -> Result<Arc<Reached<R>>, Arc<Error>> {
        match &self.barriers {
            Some(barriers) => barriers.wait().await,
            None => Err(Arc::new(Error::Config(
                "the node has not started".to_string(),
            ))),
        }
    }

    /// Says why this node does not want to lead any group, to whoever wants to hand one over to it; None: it does.
    pub fn set_unwilling(&self, reason: Option<&str>) {
        *self.unwilling.lock() = reason.map(str::to_owned);
    }

    /// How far this node was found to be last, by a barrier or a beacon.
    pub fn reached(&self) -> Option<Arc<Reached<R>>> {
        self.barriers.as_ref()?.last()
    }

    /// What happened since the start.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What the log writer of the node has done.
    #[must_use]
    pub fn log_writer(&self) -> &LogWriterStats {
        self.writer.stats()
    }

    /// Ends with the first fatal error. The node must stop then: nothing it would say later can
    /// be relied on.
    pub async fn failed(&self) -> String {
        self.failure.wait().await
    }

    /// The first fatal error, if there was one.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.failure.get()
    }

    /// Stops every group, and returns once everything that was queued for the log is on disk.
    pub async fn shutdown(&self) {
        // Nobody may be listening, if no group got as far as starting.
        let _ = self.stop.lock().send(true);
        self.service.clear();
        join_all(self.groups.values().map(Group::shutdown)).await;
        let tasks = std::mem::take(&mut *self.tasks.lock());
        for task in join_all(tasks).await {
            if let Err(error) = task {
                tracing::warn!(%error, "a task of the consensus layer did not stop cleanly");
            }
        }
        self.writer.close();
    }

    async fn start_groups(
        &mut self,
        options: &Options,
        stopped: &WatchReceiverOf<R, bool>,
    ) -> Result<(), Error> {
        let config = options.raft_config()?;
        for (id, machine) in &options.groups {
            if self.groups.contains_key(id) {
                return Err(Error::DuplicateGroup(*id));
            }
            let group = self.open_group(options, &config, *id, machine).await?;
            let watch = report_fatal(group.clone(), self.failure.report(), stopped.clone());
            self.tasks.lock().push(R::spawn(watch));
            self.service.add(group.clone());
            self.groups.insert(*id, group);
        }
        let recoveries = (self.groups.values())
            .map(|group| begin(group, options.form.as_ref(), options.start_timeout));
        for recovered in join_all(recoveries).await {
            recovered?;
        }
        Ok(())
    }

    async fn open_group(
        &self,
        options: &Options,
        config: &Arc<Config>,
        id: GroupId,
        machine: &Arc<dyn Machine>,
    ) -> Result<Group<R>, Error> {
        let damaged = |reason: String| Error::Damaged { group: id, reason };
        let store = options.store.clone();
        let mut state = State::new(
            id,
            store.clone(),
            options.slot_map,
            machine.clone(),
            options.threading,
        );
        state.counters = self.counters.clone();
        let state = Arc::new(state);
        let applied = state
            .applied()
            .map_err(|error| damaged(error.to_string()))?;
        let log = LogStore::open(
            id,
            store,
            self.writer.clone(),
            applied,
            options.tail_bytes_max,
            options.log_keep_bytes_max,
            (!options.transport.is_alone()).then_some(options.node_id),
        )
        .map_err(|error| damaged(error.to_string()))?;
        let worker = Worker::start(options.threading, format!("apply {id}"));
        let (state_machine, applied) = StateMachine::new(
            state.clone(),
            applied,
            worker.map_err(Error::Thread)?,
            options.apply_batch_bytes_max,
            self.failure.report(),
        );
        let raft = Raft::new(
            options.node_id,
            config.clone(),
            Peers::new(
                id,
                options.transport.clone(),
                options.append_timeout,
                self.sender.clone(),
            ),
            log.clone(),
            state_machine,
        )
        .await
        .map_err(|fatal| damaged(fatal.to_string()))?;
        let shared = Shared {
            node_id: options.node_id,
            limits: Limits::of(options),
            transport: options.transport.clone(),
            counters: self.counters.clone(),
            report: self.failure.report(),
            unwilling: self.unwilling.clone(),
        };
        Ok(Group::new(raft, state, log, applied, shared))
    }
}

/// Brings a group to where it was. Where this node alone decides, that includes to lead it and to apply all that was committed.
async fn begin<R: Runtime>(
    group: &Group<R>,
    form: Option<&BTreeMap<u64, String>>,
    timeout: Duration,
) -> Result<(), Error> {
    let raft = group.raft();
    let fatal = |fatal| group.stopped(&fatal);
    if !raft.is_initialized().await.map_err(fatal)? {
        let Some(members) = form else {
            return Ok(());
        };
        let node = |(id, address): (&u64, &String)| (*id, BasicNode::new(address));
        let members: BTreeMap<_, _> = members.iter().map(node).collect();
        match raft.initialize(members).await {
            // Another member was quicker.
            Err(RaftError::APIError(InitializeError::NotAllowed(_))) => return Ok(()),
            formed => formed.map_err(|error| group.stopped_because(error.to_string()))?,
        }
    }
    // Asked of the group itself: its metrics follow a moment later.
    let voters = raft.with_raft_state(|state| {
        let voters = state.membership_state.effective().voter_ids();
        voters.collect::<BTreeSet<u64>>()
    });
    if voters.await.map_err(fatal)? != BTreeSet::from([group.node_id()]) {
        return Ok(());
    }
    // There is nobody whose leadership a candidate could disturb, so nothing to wait for.
    raft.trigger().elect(false).await.map_err(fatal)?;
    raft.wait(Some(timeout))
        .state(ServerState::Leader, "lead")
        .await
        .map_err(|error| group.unrecovered(&error, timeout))?;
    group.recovered(timeout).await
}

impl<R: Runtime> Group<R> {
    /// Waits until this node has applied everything that it knew to be committed before it started: until then its state may be
    /// older than what it has answered with before. It takes a leader.
    pub async fn recovered(&self, timeout: Duration) -> Result<(), Error> {
        let recovered = self.raft().wait_for_recovery(Some(timeout)).await;
        recovered.map_err(|error| self.unrecovered(&error, timeout))?;
        Ok(())
    }
}

/// Reports when openraft gives a group up, unless the node is being stopped.
async fn report_fatal<R: Runtime>(
    group: Group<R>,
    report: Report,
    stopped: WatchReceiverOf<R, bool>,
) {
    let mut metrics = group.raft().metrics();
    let ended = metrics
        .wait_until(|metrics| metrics.running_state.is_err())
        .await;
    if *stopped.borrow_watched() {
        return;
    }
    let reason = ended.ok().and_then(|metrics| metrics.running_state.err());
    let reason = reason.map_or("it is gone".to_string(), |fatal| fatal.to_string());
    report(format!("{} cannot go on: {reason}", group.id()));
}

/// Purges the logs of the groups from time to time, until the node is stopped.
async fn purge_regularly<R: Runtime>(
    groups: Vec<Group<R>>,
    interval: Duration,
    mut stopped: WatchReceiverOf<R, bool>,
) {
    while let Select2::Second(()) = R::select2(stopped.changed(), R::sleep(interval)).await {
        for group in &groups {
            if let Err(error) = group.purge().await {
                tracing::warn!(group = %group.id(), %error, "the log was not purged");
            }
        }
    }
}
