//! The loop that keeps a node a good member of its cluster.
//!
//! ```text
//! every second, and after every write of the registry:
//!   addresses of the registry ─► transport
//!   own addresses, program    ─► registry, if it says something else
//!   draining, or stopping?    ─► hand over what is led here
//! where the registry is led:
//!   leaderships uneven?       ─► one of them moves, from who leads most to who leads fewest
//!   all know newer commands?  ─► they may be proposed from now on
//!   once in a while           ─► the states of the replicas are compared
//! ```
//!
//! - It asks for what should be, again and again; what failed is asked for at the next look.
//! - One leadership moves at a time, and only to a voter that has answered lately and lacks little.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use acquaint_consensus::{Change, Group, TokioRuntime, successor};
use acquaint_storage::command::{COMMANDS, RegistryCommand, RegistryOutcome};
use acquaint_storage::row::MemberRow;
use acquaint_storage::{GroupId, Key, Read};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::formation::PROGRAM;
use crate::machine::members::members;
use crate::{Error, Node, proposing};

/// How long between two looks, without a write of the registry.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long after the start of a node until leaderships are evened out: nodes that start together get to it first.
const SETTLE: Duration = Duration::from_secs(5);

/// What this node says when it is asked to lead.
pub(crate) const STOPPING: &str = "it is about to stop";
const DRAINED: &str = "it is drained";

/// The running loop; it ends with the node.
pub(crate) struct Keeper {
    stop: watch::Sender<bool>,
    task: parking_lot::Mutex<Option<JoinHandle<()>>>,
}

impl Keeper {
    pub(crate) fn start(node: &Arc<Node>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let keeping = Loop {
            registered: node.replica().registered(),
            node: Arc::downgrade(node),
            stopped,
            started: Instant::now(),
            compared: Instant::now(),
        };
        Self {
            stop,
            task: parking_lot::Mutex::new(Some(tokio::spawn(keeping.run()))),
        }
    }

    pub(crate) async fn stop(&self) {
        self.stop.send_replace(true);
        let task = self.task.lock().take();
        if let Some(task) = task {
            // A loop that has panicked has ended too.
            let _ = task.await;
        }
    }
}

struct Loop {
    node: Weak<Node>,
    registered: watch::Receiver<u64>,
    stopped: watch::Receiver<bool>,
    started: Instant,
    compared: Instant,
}

impl Loop {
    async fn run(mut self) {
        let mut was_wrong = false;
        loop {
            let Some(node) = self.node.upgrade() else {
                return;
            };
            let mut stopped = self.stopped.clone();
            let kept = tokio::select! {
                _ = stopped.wait_for(|stopped| *stopped) => return,
                kept = self.keep(&node) => kept,
            };
            drop(node);
            if let Err(error) = &kept
                && !was_wrong
            {
                tracing::warn!(%error, "the cluster is not as it should be; trying again");
            }
            was_wrong = kept.is_err();
            // What was refused was written to the registry's log all the same: its next write must not bring the next try.
            if was_wrong {
                tokio::select! {
                    _ = self.stopped.changed() => return,
                    () = tokio::time::sleep(INTERVAL) => continue,
                }
            }
            tokio::select! {
                _ = self.stopped.changed() => return,
                // The sender lives as long as the registry's machine.
                _ = self.registered.changed() => {}
                () = tokio::time::sleep(INTERVAL) => {}
            }
        }
    }

    async fn keep(&mut self, node: &Node) -> Result<(), Error> {
        let known: BTreeMap<u64, MemberRow> =
            members(&node.store().snapshot())?.into_iter().collect();
        node.reach(&known)?;
        if !node.is_ready() {
            return Ok(());
        }
        announce(node).await?;
        let draining = node.draining()?;
        let drains = draining.contains(&node.row().node);
        node.replica()
            .consensus()
            .set_unwilling(match node.is_leaving() {
                true => Some(STOPPING),
                false => drains.then_some(DRAINED),
            });
        if drains || node.is_leaving() {
            node.give_away(&draining).await;
        }
        if !node.group(GroupId::Registry)?.is_leader() {
            return Ok(());
        }
        allow_commands(node, &known).await?;
        if self.started.elapsed() > SETTLE {
            even_out(node, &draining).await?;
        }
        self.compare(node).await
    }

    async fn compare(&mut self, node: &Node) -> Result<(), Error> {
        let interval = Duration::from_secs(node.config().cluster.compare_interval_s);
        if interval.is_zero() || self.compared.elapsed() < interval {
            return Ok(());
        }
        self.compared = Instant::now();
        node.compare_states().await?;
        Ok(())
    }
}

/// Tells the registry what this node is, if it says something else.
pub(crate) async fn announce(node: &Node) -> Result<(), Error> {
    let (id, cluster) = (node.row().node, &node.config().cluster);
    let known: Option<MemberRow> = node.store().snapshot().get(&Key::Node { node: id })?;
    let member = MemberRow {
        peer_address: cluster.peer_address.clone(),
        http_address: cluster.http_address.clone(),
        program: PROGRAM.to_owned(),
        commands: COMMANDS,
        draining: known.as_ref().is_some_and(|known| known.draining),
    };
    if known.as_ref() == Some(&member) {
        return Ok(());
    }
    let command = RegistryCommand::Announce { node: id, member };
    match node.register(command).await? {
        RegistryOutcome::Done => Ok(()),
        RegistryOutcome::UnknownNode => Err(Error::conflict(
            "this node was removed from the cluster: stop it; to take part again it joins with an empty data_dir",
        )),
        other => Err(Error::Inconsistent(format!(
            "announcing this node was answered with {other:?}"
        ))),
    }
}

/// Lets newer commands be proposed once every node can apply them.
async fn allow_commands(node: &Node, known: &BTreeMap<u64, MemberRow>) -> Result<(), Error> {
    let all_know = known.values().map(|member| member.commands).min();
    match all_know {
        Some(version) if version > proposing::allowed(node.store())? => {
            node.register(RegistryCommand::AllowCommands(version))
                .await?;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Moves one leadership, if some node leads two more than another one could.
async fn even_out(node: &Node, draining: &BTreeSet<u64>) -> Result<(), Error> {
    let mut led: BTreeMap<u64, Vec<&Group<TokioRuntime>>> = BTreeMap::new();
    let registry = node.group(GroupId::Registry)?;
    let alive = node.alive(registry);
    for voter in registry.members().voters {
        if alive.contains(&voter) && !draining.contains(&voter) {
            led.entry(voter).or_default();
        }
    }
    for group in node.groups() {
        if let Some(leads) = group.leader().and_then(|leader| led.get_mut(&leader)) {
            leads.push(group);
        }
    }
    let most = led.iter().max_by_key(|(_, leads)| leads.len());
    let fewest = led.iter().min_by_key(|(_, leads)| leads.len());
    let (Some((_, most)), Some((to, fewest))) = (most, fewest) else {
        return Ok(());
    };
    if most.len() < fewest.len() + 2 {
        return Ok(());
    }
    // Not the registry's own, as long as there is another one: that is where this is decided.
    let Some(group) = most.last() else {
        return Ok(());
    };
    match group.change(Change::TransferLeader { to: *to }).await {
        // A node that stops or drains says so before others can know it.
        Err(acquaint_consensus::Error::NotNow { reason, .. }) => {
            tracing::debug!(group = %group.id(), to, reason, "a leadership stays where it is");
            Ok(())
        }
        moved => Ok(moved.map(|_| ())?),
    }
}

impl Node {
    /// The voters that have answered the leader of a group lately, with the leader itself.
    fn alive(&self, group: &Group<TokioRuntime>) -> BTreeSet<u64> {
        let (status, members) = (group.status(), group.members());
        let mut alive = BTreeSet::from([self.row().node]);
        while let Some(node) = successor(&status, &members, &alive) {
            alive.insert(node);
        }
        alive
    }
}
