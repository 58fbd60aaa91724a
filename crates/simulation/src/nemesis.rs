//! What goes wrong, chosen by the seed: anything, at any time, and several things at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use acquaint_consensus::{Change, Runtime};
use parking_lot::Mutex;

use crate::cluster::Cluster;
use crate::dice::Dice;
use crate::members::are_as_wanted;
use crate::network::Weather;
use crate::partition::Shape;
use crate::runtime::{self, HostRuntime};

/// Voters that a cluster keeps.
const VOTERS_MIN: usize = 3;
/// Nodes that a cluster grows to.
const NODES_MAX: usize = 5;
const OUTAGE: std::ops::Range<Duration> = Duration::from_millis(50)..Duration::from_secs(15);

/// How often each kind of fault was made. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Faults {
    counts: Arc<Mutex<BTreeMap<&'static str, u64>>>,
}

impl Faults {
    pub(crate) fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.counts.lock().clone()
    }

    fn add(&self, kind: &'static str) {
        *self.counts.lock().entry(kind).or_default() += 1;
    }
}

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Crash,
    CrashAll,
    Pause,
    Partition,
    SlowLinks,
    LossyLinks,
    Weather,
    Heal,
    TransferLeader,
    Purge,
    Compare,
    AddNode,
    RemoveNode,
    ReplaceNode,
}

impl Fault {
    /// Each with its share of all faults.
    const SHARES: [(Fault, u64); 14] = [
        (Fault::Crash, 20),
        (Fault::CrashAll, 3),
        (Fault::Pause, 12),
        (Fault::Partition, 20),
        (Fault::SlowLinks, 6),
        (Fault::LossyLinks, 6),
        (Fault::Weather, 5),
        (Fault::Heal, 10),
        (Fault::TransferLeader, 12),
        (Fault::Purge, 8),
        (Fault::Compare, 4),
        (Fault::AddNode, 6),
        (Fault::RemoveNode, 6),
        (Fault::ReplaceNode, 5),
    ];

    fn draw(dice: &mut Dice) -> Fault {
        let all = Self::SHARES.iter().map(|(_, share)| share).sum();
        let mut rolled = dice.roll(all);
        for (fault, share) in Self::SHARES {
            if rolled < share {
                return fault;
            }
            rolled -= share;
        }
        Fault::Heal
    }

    fn name(self) -> &'static str {
        match self {
            Fault::Crash => "crash",
            Fault::CrashAll => "crash of all",
            Fault::Pause => "pause",
            Fault::Partition => "partition",
            Fault::SlowLinks => "slow links",
            Fault::LossyLinks => "lossy links",
            Fault::Weather => "reordering",
            Fault::Heal => "heal",
            Fault::TransferLeader => "leader transfer",
            Fault::Purge => "purge",
            Fault::Compare => "comparison",
            Fault::AddNode => "node added",
            Fault::RemoveNode => "node removed",
            Fault::ReplaceNode => "disk wiped",
        }
    }
}

pub(crate) struct Nemesis {
    pub(crate) cluster: Cluster,
    pub(crate) dice: Dice,
    pub(crate) faults: Faults,
}

impl Nemesis {
    /// Does one thing.
    pub(crate) fn strike(&mut self) {
        let fault = Fault::draw(&mut self.dice);
        if self.make(fault) {
            self.faults.add(fault.name());
        }
    }

    /// Makes everything whole. What is down is started.
    pub(crate) async fn relent(&mut self) {
        self.cluster.trace.say("heal everything");
        self.cluster.network.heal();
        self.cluster.network.set_weather(Weather::default());
        for running in self.cluster.all_running() {
            running.host.resume();
        }
        for node in self.cluster.stopped() {
            self.cluster.start(node).await;
        }
    }

    fn make(&mut self, fault: Fault) -> bool {
        match fault {
            Fault::Crash => self.crash(),
            Fault::CrashAll => self.crash_all(),
            Fault::Pause => self.pause(),
            Fault::Partition => self.partition(),
            Fault::SlowLinks => self.slow_links(),
            Fault::LossyLinks => self.lossy_links(),
            Fault::Weather => self.weather(),
            Fault::Heal => self.heal(),
            Fault::TransferLeader => self.transfer_leader(),
            Fault::Purge => self.purge(),
            Fault::Compare => self.compare(),
            Fault::AddNode => self.add_node(),
            Fault::RemoveNode => self.remove_node(),
            Fault::ReplaceNode => self.replace_node(),
        }
    }

    fn any_running(&mut self) -> Option<u64> {
        let running = self.cluster.all_running();
        self.dice.pick(&running).map(|running| running.node)
    }

    fn crash(&mut self) -> bool {
        let Some(node) = self.any_running() else {
            return false;
        };
        self.cluster.crash(node);
        self.start_later(node);
        true
    }

    fn crash_all(&mut self) -> bool {
        for running in self.cluster.all_running() {
            self.cluster.crash(running.node);
            self.start_later(running.node);
        }
        true
    }

    fn start_later(&mut self, node: u64) {
        let outage = self.dice.time(OUTAGE);
        let cluster = self.cluster.clone();
        runtime::spawn_outside(async move {
            runtime::wait(outage).await;
            cluster.start(node).await;
        });
    }

    fn pause(&mut self) -> bool {
        let running = self.cluster.all_running();
        let Some(running) = self.dice.pick(&running) else {
            return false;
        };
        let (host, pause) = (running.host.clone(), self.dice.time(OUTAGE));
        let what = format!("pause node {} for {pause:?}", running.node);
        self.cluster.trace.say(&what);
        host.pause();
        runtime::spawn_outside(async move {
            runtime::wait(pause).await;
            host.resume();
        });
        true
    }

    fn partition(&mut self) -> bool {
        let Some(&shape) = self.dice.pick(&Shape::ALL) else {
            return false;
        };
        let cuts = shape.cuts(&self.cluster.nodes(), &mut self.dice);
        self.cluster.trace.say(&format!("cut {shape:?}: {cuts:?}"));
        for (from, to) in cuts {
            self.cluster
                .network
                .set_link(from, to, |link| link.is_cut = true);
        }
        self.heal_later();
        true
    }

    fn heal_later(&mut self) {
        let outage = self.dice.time(OUTAGE);
        let (network, trace) = (self.cluster.network.clone(), self.cluster.trace.clone());
        runtime::spawn_outside(async move {
            runtime::wait(outage).await;
            trace.say("heal links");
            network.heal();
        });
    }

    fn some_links(&mut self) -> Vec<(u64, u64)> {
        let nodes = self.cluster.nodes();
        Shape::Random.cuts(&nodes, &mut self.dice)
    }

    fn slow_links(&mut self) -> bool {
        let slow = self
            .dice
            .time(Duration::from_millis(10)..Duration::from_millis(2_000));
        for (from, to) in self.some_links() {
            self.cluster
                .network
                .set_link(from, to, |link| link.slow = slow);
        }
        self.heal_later();
        true
    }

    fn lossy_links(&mut self) -> bool {
        let lost = self.dice.roll(500);
        for (from, to) in self.some_links() {
            self.cluster
                .network
                .set_link(from, to, |link| link.lost_permille = lost);
        }
        self.heal_later();
        true
    }

    fn weather(&mut self) -> bool {
        let weather = Weather {
            reordered_permille: self.dice.roll(100),
            full_permille: self.dice.roll(30),
        };
        self.cluster.trace.say(&format!("{weather:?}"));
        self.cluster.network.set_weather(weather);
        true
    }

    fn heal(&mut self) -> bool {
        self.cluster.trace.say("heal links");
        self.cluster.network.heal();
        true
    }

    fn transfer_leader(&mut self) -> bool {
        let groups: Vec<_> = self.cluster.settings.groups().collect();
        let wanted: Vec<_> = self.cluster.wanted().into_iter().collect();
        let (node, group) = (self.any_running(), self.dice.pick(&groups).copied());
        let to = self.dice.pick(&wanted).copied();
        let (Some(node), Some(group), Some(to)) = (node, group, to) else {
            return false;
        };
        self.cluster
            .trace
            .say(&format!("node {node}: hand {group} over to {to}"));
        self.ask(node, move |running| async move {
            if let Some(group) = running.group(group) {
                // It may be refused for many reasons, all of them fine.
                let _ = group.change(Change::TransferLeader { to }).await;
            }
        });
        true
    }

    fn purge(&mut self) -> bool {
        for running in self.cluster.all_running() {
            self.ask(running.node, |running| async move {
                for group in running.consensus().groups() {
                    // What cannot be purged now is later.
                    let _ = group.purge().await;
                }
            });
        }
        true
    }

    /// Has a leader compare the states of the replicas.
    fn compare(&mut self) -> bool {
        let groups: Vec<_> = self.cluster.settings.groups().collect();
        let Some(&group) = self.dice.pick(&groups) else {
            return false;
        };
        let Some((leader, _)) = self.cluster.leader(group) else {
            return false;
        };
        let audit = self.cluster.audit.clone();
        self.ask(leader.node, move |running| async move {
            let Some(group) = running.group(group) else {
                return;
            };
            if let Ok(comparison) = group.compare().await
                && !comparison.agrees()
            {
                audit.break_off(format!("replicas differ: {comparison:?}"));
            }
        });
        true
    }

    fn ask<F>(&self, node: u64, work: impl FnOnce(crate::cluster::Running) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let cluster = self.cluster.clone();
        runtime::spawn_outside(async move {
            let asked = cluster.at(node, work);
            // Nobody waits for it longer than this.
            let _ = HostRuntime::timeout(Duration::from_secs(60), asked).await;
        });
    }

    fn add_node(&mut self) -> bool {
        if self.cluster.wanted().len() >= NODES_MAX || !are_as_wanted(&self.cluster) {
            return false;
        }
        self.add();
        true
    }

    fn add(&mut self) {
        let cluster = self.cluster.clone();
        runtime::spawn_outside(async move {
            let node = cluster.add().await;
            cluster.want(|wanted| {
                wanted.insert(node);
            });
        });
    }

    fn remove_node(&mut self) -> bool {
        let wanted: Vec<_> = self.cluster.wanted().into_iter().collect();
        if wanted.len() <= VOTERS_MIN || !are_as_wanted(&self.cluster) {
            return false;
        }
        let Some(&node) = self.dice.pick(&wanted) else {
            return false;
        };
        self.cluster.want(|wanted| {
            wanted.remove(&node);
        });
        true
    }

    /// A disk is lost: its node leaves, and a new one takes its place.
    fn replace_node(&mut self) -> bool {
        let wanted: Vec<_> = self.cluster.wanted().into_iter().collect();
        if wanted.len() < VOTERS_MIN || !are_as_wanted(&self.cluster) {
            return false;
        }
        let Some(&node) = self.dice.pick(&wanted) else {
            return false;
        };
        self.cluster.wipe(node);
        self.cluster.want(|wanted| {
            wanted.remove(&node);
        });
        self.add();
        true
    }
}
