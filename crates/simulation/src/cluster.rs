//! The nodes: their hosts, their disks, and what they are told to be.
//!
//! - A node is a host, a store in a directory of its own, and the groups. A crash drops every task of it where it stands and
//!   closes the store; what was written stays, because the operating system lives on. A start opens the directory again.
//! - Nodes get new ids only. One whose disk is wiped is gone; a new one takes its place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use acquaint_consensus::{At, Consensus, Group, Machine, Options, Role, Threading};
use acquaint_node::Replica;
use acquaint_storage::row::PositionRow;
use acquaint_storage::{Error, GroupId, StateMeta, Store, StoreOptions, codec};
use parking_lot::Mutex;
use tempfile::TempDir;

use crate::audit::{Audit, Event};
use crate::dice::Dice;
use crate::machines::{Board, Collector};
use crate::network::Network;
use crate::pump;
use crate::runtime::{Host, HostClock, HostJoinError, HostRuntime};
use crate::settings::{COLLECTOR, Settings};
use crate::trace::Trace;
use crate::world::World;

/// A cluster. Clones are the same.
#[derive(Clone)]
pub(crate) struct Cluster {
    pub(crate) settings: Arc<Settings>,
    pub(crate) network: Network,
    pub(crate) audit: Audit,
    pub(crate) trace: Trace,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    dice: Dice,
    seats: BTreeMap<u64, Seat>,
    next_node: u64,
    /// Who should belong to every group.
    wanted: BTreeSet<u64>,
}

/// The place of a node, whether it runs or not.
struct Seat {
    /// None once it was wiped.
    directory: Option<TempDir>,
    clock: HostClock,
    running: Option<Running>,
    /// Whether it is being started.
    is_starting: bool,
    /// How far the log or state of each group was when the node stopped.
    held: BTreeMap<GroupId, u64>,
}

/// A node that runs. What holds a clone of it keeps its store open.
#[derive(Clone)]
pub(crate) struct Running {
    pub(crate) node: u64,
    pub(crate) host: Host,
    pub(crate) store: Store,
    engine: Arc<Engine>,
}

/// The groups of a node, with what keeps them going.
enum Engine {
    Boards(Consensus<HostRuntime>),
    Profiles(Replica<HostRuntime>),
}

impl Engine {
    async fn start(
        world: World,
        options: Options,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        if world == World::Boards {
            return Ok(Engine::Boards(Consensus::start(options).await?));
        }
        let (node, store, map) = (options.node_id, options.store.clone(), options.slot_map);
        let adjust = |defaults: &mut Options| {
            let groups = std::mem::take(&mut defaults.groups);
            *defaults = options;
            defaults.groups = groups;
        };
        let replica = Replica::start(node, store, map, adjust).await?;
        Ok(Engine::Profiles(replica))
    }

    fn consensus(&self) -> &Consensus<HostRuntime> {
        match self {
            Engine::Boards(consensus) => consensus,
            Engine::Profiles(replica) => replica.consensus(),
        }
    }

    async fn shutdown(&self) {
        match self {
            Engine::Boards(consensus) => consensus.shutdown().await,
            Engine::Profiles(replica) => replica.shutdown().await,
        }
    }
}

impl Running {
    pub(crate) fn consensus(&self) -> &Consensus<HostRuntime> {
        self.engine.consensus()
    }

    pub(crate) fn group(&self, id: GroupId) -> Option<Group<HostRuntime>> {
        self.consensus().group(id).cloned()
    }

    /// The last applied index in the store.
    pub(crate) fn applied(&self, group: GroupId) -> Result<u64, Error> {
        let bytes = self.store.state_meta(group, StateMeta::Applied)?;
        let row: Option<PositionRow> = bytes.map(|bytes| codec::decode(&bytes)).transpose()?;
        Ok(row.map_or(0, |row| row.index))
    }

    /// How far it would be after a restart: what it has in its log or its state.
    fn held(&self, group: GroupId) -> Result<u64, Error> {
        let last_log = self.store.last_log(group)?.map_or(0, |(index, _)| index);
        Ok(self.applied(group)?.max(last_log))
    }
}

impl Cluster {
    /// Forms a cluster of new nodes.
    pub(crate) async fn form(
        settings: Settings,
        network: Network,
        audit: Audit,
        trace: Trace,
        dice: Dice,
    ) -> Self {
        let members: BTreeSet<u64> = (1..=settings.nodes).collect();
        let cluster = Cluster {
            inner: Arc::new(Mutex::new(Inner {
                dice,
                seats: BTreeMap::new(),
                next_node: settings.nodes + 1,
                wanted: members.clone(),
            })),
            settings: Arc::new(settings),
            network,
            audit,
            trace,
        };
        for &node in &members {
            cluster.seat(node);
        }
        for &node in &members {
            cluster.start_as(node, Some(&members)).await;
        }
        cluster
    }

    /// Adds a node that was never there, and starts it. It belongs to no group yet.
    pub(crate) async fn add(&self) -> u64 {
        let node = {
            let mut inner = self.inner.lock();
            inner.next_node += 1;
            inner.next_node - 1
        };
        self.seat(node);
        self.start(node).await;
        node
    }

    fn seat(&self, node: u64) {
        let directory = match tempfile::tempdir() {
            Ok(directory) => Some(directory),
            Err(error) => {
                self.break_off(format!("no directory for node {node}: {error}"));
                None
            }
        };
        let mut inner = self.inner.lock();
        let error_ppm = self.settings.clock_error_ppm;
        let rate_ppm = 1_000_000 - error_ppm
            + u32::try_from(inner.dice.roll(2 * u64::from(error_ppm) + 1)).unwrap_or(0);
        let ahead = inner.dice.time(Duration::ZERO..Duration::from_secs(3_600));
        let seat = Seat {
            directory,
            clock: HostClock { ahead, rate_ppm },
            running: None,
            is_starting: false,
            held: BTreeMap::new(),
        };
        inner.seats.insert(node, seat);
    }

    /// Starts a node that does not run.
    pub(crate) async fn start(&self, node: u64) {
        self.start_as(node, None).await;
    }

    async fn start_as(&self, node: u64, form: Option<&BTreeSet<u64>>) {
        let host = {
            let mut inner = self.inner.lock();
            let Some(seat) = inner.seats.get_mut(&node) else {
                return;
            };
            if seat.running.is_some() || seat.is_starting || seat.directory.is_none() {
                return;
            }
            seat.is_starting = true;
            Host::new(node, seat.clock)
        };
        self.trace.say(&format!("start node {node}"));
        let running = self.run(&host, form).await;
        let mut inner = self.inner.lock();
        let Some(seat) = inner.seats.get_mut(&node) else {
            return;
        };
        seat.is_starting = false;
        match running {
            Ok(running) => seat.running = Some(running),
            Err(error) => {
                drop(inner);
                self.break_off(format!("node {node} does not start: {error}"));
            }
        }
    }

    async fn run(&self, host: &Host, form: Option<&BTreeSet<u64>>) -> Result<Running, String> {
        let node = host.node();
        let store = self.open(node).map_err(|error| error.to_string())?;
        let mut options = self.options(node, &store);
        let address = |node: &u64| (*node, format!("node-{node}"));
        options.form = form.map(|members| members.iter().map(address).collect());
        options.transport = self.network.attach(host.clone());
        let world = self.settings.world;
        let started = host.spawn(async move { Engine::start(world, options).await });
        let engine = started.await.map_err(|error| error.to_string())?;
        let running = Running {
            node,
            host: host.clone(),
            store,
            engine: Arc::new(engine.map_err(|error| error.to_string())?),
        };
        // The product has pumps of its own.
        if world == World::Boards {
            for board in self.settings.boards() {
                host.spawn(pump::run(running.clone(), board, self.audit.clone()));
            }
        }
        Ok(running)
    }

    fn open(&self, node: u64) -> Result<Store, Error> {
        let path = {
            let inner = self.inner.lock();
            let seat = inner.seats.get(&node);
            let directory = seat.and_then(|seat| seat.directory.as_ref());
            directory.map(|directory| directory.path().to_path_buf())
        };
        let mut options = StoreOptions::new(path.unwrap_or_default());
        options.cache_bytes = 1 << 20;
        options.free_bytes_min = 0;
        options.sync = false;
        Store::open(&options)
    }

    fn options(&self, node: u64, store: &Store) -> Options {
        let machine = |group| -> (GroupId, Arc<dyn Machine>) {
            let audit = self.audit.clone();
            match group == COLLECTOR {
                true => (group, Collector::machine(node, audit)),
                false => (group, Board::machine(node, audit)),
            }
        };
        // Those of the product bring their own machines.
        let own = (self.settings.groups()).filter(|_| self.settings.world == World::Boards);
        let groups = own.map(machine).collect();
        let mut options = Options::new(node, store.clone(), self.settings.slot_map(), groups);
        options.threading = Threading::Inline;
        options.log_keep_entries = self.settings.log_keep_entries;
        options.purge_interval = self.settings.purge_interval;
        options
    }

    /// Kills a node where it stands.
    pub(crate) fn crash(&self, node: u64) {
        let running = {
            let mut inner = self.inner.lock();
            let seat = inner.seats.get_mut(&node);
            seat.and_then(|seat| seat.running.take())
        };
        let Some(running) = running else { return };
        self.trace.say(&format!("kill node {node}"));
        let held = self.settings.groups().map(|group| {
            let held = running.held(group);
            held.map(|index| (group, index))
        });
        match held.collect() {
            Ok(held) => {
                if let Some(seat) = self.inner.lock().seats.get_mut(&node) {
                    seat.held = held;
                }
            }
            Err(error) => self.break_off(format!("node {node} cannot be read: {error}")),
        }
        self.check_health(&running);
        self.network.detach(node);
        running.host.kill();
    }

    /// Stops a node in an orderly way.
    pub(crate) async fn stop(&self, node: u64) {
        if let Some(running) = self.running(node) {
            let engine = running.engine.clone();
            let stopped = running.host.spawn(async move { engine.shutdown().await });
            drop(running);
            // Somebody may have killed it meanwhile.
            let _ = stopped.await;
        }
        self.crash(node);
    }

    /// Takes a node's disk away, for good.
    pub(crate) fn wipe(&self, node: u64) {
        self.crash(node);
        self.trace.say(&format!("wipe node {node}"));
        if let Some(seat) = self.inner.lock().seats.get_mut(&node) {
            seat.directory = None;
        }
        self.audit.tell(&Event::Wiped { node });
    }

    /// The node, if it runs.
    pub(crate) fn running(&self, node: u64) -> Option<Running> {
        let inner = self.inner.lock();
        inner.seats.get(&node)?.running.clone()
    }

    /// Every node that runs.
    pub(crate) fn all_running(&self) -> Vec<Running> {
        let inner = self.inner.lock();
        let running = inner.seats.values().filter_map(|seat| seat.running.clone());
        running.collect()
    }

    /// Every node that has a disk, whether it runs or not.
    pub(crate) fn nodes(&self) -> Vec<u64> {
        let inner = self.inner.lock();
        let seated = inner
            .seats
            .iter()
            .filter(|(_, seat)| seat.directory.is_some());
        seated.map(|(node, _)| *node).collect()
    }

    /// Nodes that have a disk and do not run.
    pub(crate) fn stopped(&self) -> Vec<u64> {
        let inner = self.inner.lock();
        let stopped = inner.seats.iter().filter(|(_, seat)| {
            seat.directory.is_some() && seat.running.is_none() && !seat.is_starting
        });
        stopped.map(|(node, _)| *node).collect()
    }

    /// Who should belong to every group.
    pub(crate) fn wanted(&self) -> BTreeSet<u64> {
        self.inner.lock().wanted.clone()
    }

    pub(crate) fn want(&self, change: impl FnOnce(&mut BTreeSet<u64>)) {
        change(&mut self.inner.lock().wanted);
    }

    /// The node that leads a group, as the nodes that run see it.
    pub(crate) fn leader(&self, group: GroupId) -> Option<(Running, Group<HostRuntime>)> {
        let running = self.all_running().into_iter();
        let leading = running.filter_map(|running| {
            let group = running.group(group)?;
            let status = group.status();
            (status.role == Role::Leader).then_some((status.term, running, group))
        });
        let (_, running, group) = leading.max_by_key(|(term, ..)| *term)?;
        Some((running, group))
    }

    /// Does something at a node, as code of that node. Nothing if the node does not run, or dies over it.
    pub(crate) async fn at<T, F>(
        &self,
        node: u64,
        work: impl FnOnce(Running) -> F + Send,
    ) -> Option<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let running = self.running(node)?;
        let host = running.host.clone();
        match host.spawn(work(running)).await {
            Ok(done) => Some(done),
            Err(HostJoinError::Killed) => None,
            Err(HostJoinError::Panic(text)) => {
                self.break_off(format!("node {node} panicked: {text}"));
                None
            }
        }
    }

    /// Shows every replica to the audit.
    pub(crate) fn look(&self) {
        for running in self.all_running() {
            self.check_health(&running);
            for group in running.consensus().groups() {
                let status = group.status();
                let looked = running.applied(status.group).and_then(|applied| {
                    self.audit
                        .look(running.node, status, applied, &running.store)
                });
                if let Err(error) = looked {
                    self.break_off(format!("node {} cannot be read: {error}", running.node));
                }
            }
        }
    }

    /// Tells the audit how many voters hold what was acknowledged.
    pub(crate) fn acknowledged(&self, at: At) {
        let Some((_, group)) = self.leader(at.group) else {
            return;
        };
        let members = group.members();
        if members.is_changing {
            return;
        }
        let held = |node: &&u64| match self.running(**node) {
            Some(running) => running.held(at.group).is_ok_and(|held| held >= at.index),
            None => {
                let inner = self.inner.lock();
                let seat = inner.seats.get(node);
                let held = seat.and_then(|seat| seat.held.get(&at.group));
                held.is_some_and(|held| *held >= at.index)
            }
        };
        let event = Event::Acknowledged {
            at,
            held: members.voters.iter().filter(held).count(),
            voters: members.voters.len(),
        };
        self.audit.tell(&event);
    }

    /// Every replica, a line each.
    pub(crate) fn describe(&self) -> String {
        let mut lines = vec!["the replicas:".to_owned()];
        for running in self.all_running() {
            for group in running.consensus().groups() {
                let (status, members) = (group.status(), group.members());
                let node = running.node;
                lines.push(format!("  node {node}: {status:?} {members:?}"));
            }
        }
        lines.join("\n")
    }

    pub(crate) fn break_off(&self, broken: String) {
        self.audit.break_off(broken);
    }

    fn check_health(&self, running: &Running) {
        let node = running.node;
        if let Some(failure) = running.consensus().failure() {
            self.break_off(format!("node {node} failed: {failure}"));
        }
        if let Some(panic) = running.host.panics().first() {
            self.break_off(format!("node {node} panicked: {panic}"));
        }
    }
}
