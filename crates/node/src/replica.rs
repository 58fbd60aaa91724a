//! The state of a node, replicated: its store, its groups with their machines, and the loops between them.
//!
//! ```text
//! store ─► registry    workspaces, keys, members ─► copies in memory
//!       ─► anchors-k   interactions ─► outbox ─► pump, where the group is led ─┐
//!       ─► identity-0  graph ◄──────────────────────────────────────────────────┘   stepper, where the group is led
//! ```
//!
//! - It waits on nothing but its runtime, so that a simulation drives the same machines and loops as a node does.
//! - Every replica runs the loops, and only those where their group is led do anything: whoever leads next goes on from the
//!   rows.

use std::sync::Arc;

use acquaint_consensus::{Consensus, Group, Machine, Options, Runtime};
use acquaint_feed::{Backlog, ChangeFeed, Outbox, Watermarks};
use acquaint_storage::{GroupId, SlotMap, Store};
use tokio::sync::{Notify, watch};

use crate::Error;
use crate::epochs::Epochs;
use crate::machine::{AnchorsMachine, IdentityMachine, RegistryMachine};
use crate::metrics::Metrics;
use crate::pump::{self, Pump};
use crate::stepper::{self, Stepper};
use crate::workspaces::Workspaces;

/// The only identity group of this release.
pub(crate) const IDENTITY: GroupId = GroupId::Identity(0);

/// The state of a node and what keeps it going.
pub struct Replica<R: Runtime> {
    pub(crate) store: Store,
    pub(crate) slot_map: SlotMap,
    pub(crate) consensus: Consensus<R>,
    pub(crate) workspaces: Arc<Workspaces>,
    pub(crate) epochs: Arc<Epochs>,
    pub(crate) watermarks: Arc<Watermarks>,
    /// What waits in the outbox of each anchors group.
    backlogs: Vec<Backlog>,
    pub(crate) metrics: Arc<Metrics>,
    /// Told when the identity group has put work off.
    pub(crate) steps: Arc<Notify>,
    /// The applied index of the registry, changed after its rows are.
    registered: watch::Receiver<u64>,
    pumps: Vec<Pump<R>>,
    stepper: Option<Stepper<R>>,
}

/// The machines of the groups.
struct Machines {
    registry: Arc<RegistryMachine>,
    identity: Arc<IdentityMachine>,
    anchors: Vec<Arc<AnchorsMachine>>,
}

impl Machines {
    fn groups(&self) -> Vec<(GroupId, Arc<dyn Machine>)> {
        let mut groups: Vec<(GroupId, Arc<dyn Machine>)> = vec![
            (GroupId::Registry, Arc::clone(&self.registry) as _),
            (IDENTITY, Arc::clone(&self.identity) as _),
        ];
        for (number, machine) in (0..).zip(&self.anchors) {
            groups.push((GroupId::Anchors(number), Arc::clone(machine) as _));
        }
        groups
    }
}

/// The outbox of an anchors group, with what its machine has just put into it.
fn outbox(store: &Store, number: u16, machine: &AnchorsMachine) -> Outbox {
    Outbox::with_recent(store.clone(), GroupId::Anchors(number), machine.recent())
}

impl<R: Runtime> Replica<R> {
    /// Starts the groups of a store and the loops between them. `adjust` says what differs from the default options: the
    /// transport, the members to form a cluster of, times, bounds.
    pub async fn start(
        node_id: u64,
        store: Store,
        slot_map: SlotMap,
        adjust: impl FnOnce(&mut Options),
    ) -> Result<Self, Error> {
        let workspaces = Arc::new(Workspaces::open(store.clone())?);
        let watermarks = Arc::new(Watermarks::new(slot_map.anchors_groups));
        let epochs = Arc::new(Epochs::default());
        let machines = Machines {
            registry: Arc::new(RegistryMachine::new(Arc::clone(&workspaces))),
            identity: Arc::new(IdentityMachine::new(
                IDENTITY,
                store.clone(),
                Arc::clone(&watermarks),
                Arc::clone(&epochs),
            )),
            anchors: (0..slot_map.anchors_groups)
                .map(|_| Arc::new(AnchorsMachine::new()))
                .collect(),
        };
        let mut options = Options::new(node_id, store.clone(), slot_map, machines.groups());
        adjust(&mut options);
        let outboxes = (0..).zip(&machines.anchors);
        let outboxes = outboxes.map(|(number, machine)| outbox(&store, number, machine));
        let mut replica = Self {
            backlogs: outboxes.map(Backlog::new).collect(),
            store,
            slot_map,
            consensus: Consensus::start(options).await?,
            workspaces,
            epochs,
            watermarks,
            metrics: Arc::new(Metrics::new()?),
            steps: Arc::new(Notify::new()),
            registered: machines.registry.hints(),
            pumps: Vec::new(),
            stepper: None,
        };
        if let Err(error) = replica.start_loops(&machines) {
            replica.shutdown().await;
            return Err(error);
        }
        Ok(replica)
    }

    fn start_loops(&mut self, machines: &Machines) -> Result<(), Error> {
        machines.identity.reload()?;
        self.stepper = Some(Stepper::start(stepper::Parts {
            identity: self.group(IDENTITY)?.clone(),
            store: self.store.clone(),
            workspaces: Arc::clone(&self.workspaces),
            epochs: Arc::clone(&self.epochs),
            wake: Arc::clone(&self.steps),
            metrics: Arc::clone(&self.metrics),
        }));
        for (number, machine) in (0..).zip(&machines.anchors) {
            let group = GroupId::Anchors(number);
            let pump = Pump::start(pump::Parts {
                store: self.store.clone(),
                outbox: outbox(&self.store, number, machine),
                changes: ChangeFeed::new(self.store.clone(), group),
                number,
                anchors: self.group(group)?.clone(),
                identity: self.group(IDENTITY)?.clone(),
                watermarks: Arc::clone(&self.watermarks),
                hints: machine.hints(),
                steps: Arc::clone(&self.steps),
                metrics: Arc::clone(&self.metrics),
            });
            self.pumps.push(pump);
        }
        Ok(())
    }

    /// Stops the loops, then the groups. What was acknowledged is on disk already.
    pub async fn shutdown(&self) {
        for pump in &self.pumps {
            pump.stop().await;
        }
        if let Some(stepper) = &self.stepper {
            stepper.stop().await;
        }
        self.consensus.shutdown().await;
    }

    /// The store of the node.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The groups of the node.
    pub fn consensus(&self) -> &Consensus<R> {
        &self.consensus
    }

    /// How far the identity group has taken in the outboxes, as this node has applied it.
    pub fn watermarks(&self) -> &Watermarks {
        &self.watermarks
    }

    /// Rows in the outbox of anchors group `number` that the identity group has not taken, as this node has applied them.
    pub(crate) fn waiting_rows(&self, number: u16) -> Result<u64, Error> {
        let taken = self.watermarks.at(number);
        let backlog = self.backlogs.get(usize::from(number));
        Ok(backlog.map_or(Ok(0), |backlog| backlog.rows(taken))?)
    }

    /// Is told after every write of the registry.
    pub fn registered(&self) -> watch::Receiver<u64> {
        self.registered.clone()
    }

    /// The replica of a group on this node.
    pub fn group(&self, id: GroupId) -> Result<&Group<R>, Error> {
        self.consensus
            .group(id)
            .ok_or_else(|| Error::Inconsistent(format!("{id} is not on this node")))
    }
}
