//! One run: a cluster, its clients, its faults, and the peace at the end in which all has to come right.

use std::collections::BTreeMap;
use std::time::Duration;

use acquaint_consensus::{Runtime, runtime::Instant};
use acquaint_history::{Bounds, MessageSet, linearizable, sessions};
use acquaint_storage::GroupId;

use crate::audit::{Audit, Event, Settled};
use crate::clients::{self, Notes, Operations};
use crate::cluster::Cluster;
use crate::dice::Dice;
use crate::members;
use crate::nemesis::{Faults, Nemesis};
use crate::network::{Counts, Network};
use crate::profiles;
use crate::runtime::{self, HostInstant, HostRuntime};
use crate::settings::{KEYS, Settings};
use crate::trace::Trace;
use crate::world::World;

/// How long everything may take to come right once nothing is wrong any more.
const PEACE: Duration = Duration::from_secs(180);
/// How often the replicas are looked at, at least.
const LOOK: Duration = Duration::from_millis(100);

/// What a run came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The seed that repeats it.
    pub seed: u64,
    /// The virtual time it took.
    pub virtual_time: Duration,
    /// How many nodes it had at the beginning.
    pub nodes: u64,
    /// What its clients did.
    pub operations: Operations,
    /// What was done to it, by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// What happened to messages.
    pub messages: Counts,
    /// How much was shown to the invariants.
    pub events: u64,
    /// The digest of everything that happened: the same for the same seed.
    pub trace: u64,
    /// What was found to be wrong.
    pub broken: Option<String>,
}

/// Runs a seed. With `tell`, what happens is printed.
#[must_use]
pub fn run(seed: u64, tell: bool) -> Outcome {
    let mut dice = Dice::new(seed);
    let mut runtime = HostRuntime::with_seed(dice.next());
    let outcome = runtime.block_on(simulate(seed, dice, tell));
    // What is left of the run ends with its runtime, in its order.
    drop(runtime);
    outcome
}

async fn simulate(seed: u64, mut dice: Dice, tell: bool) -> Outcome {
    let trace = Trace::default();
    if tell {
        trace.tell();
    }
    let settings = Settings::draw(&mut dice);
    trace.say(&format!("{settings:?}"));
    let network = Network::new(dice.split(), trace.clone());
    let audit = Audit::new(trace.clone());
    let cluster = Cluster::form(
        settings,
        network.clone(),
        audit.clone(),
        trace.clone(),
        dice.split(),
    )
    .await;
    if cluster.settings.world == World::Profiles {
        set_up(&cluster).await;
    }
    let notes = Notes::new();
    let faults = Faults::default();
    clients::start(&cluster, &notes, &mut dice);
    runtime::spawn_outside(members::run(cluster.clone()));
    let mut nemesis = Nemesis {
        cluster: cluster.clone(),
        dice: dice.split(),
        faults: faults.clone(),
    };
    be_faulty(&cluster, &mut nemesis, &mut dice).await;
    if audit.broken().is_none() {
        make_peace(&cluster, &mut nemesis, &notes).await;
    }
    if audit.broken().is_none() {
        check_histories(&audit, &notes);
    }
    let virtual_time = runtime::virtual_time();
    for node in cluster.nodes() {
        cluster.crash(node);
    }
    let (digest, _) = trace.digest();
    Outcome {
        seed,
        virtual_time,
        nodes: cluster.settings.nodes,
        operations: notes.operations(),
        faults: faults.counts(),
        messages: network.counts(),
        events: audit.events(),
        trace: digest,
        broken: audit.broken(),
    }
}

/// Makes what the product's machines need before they take anything.
async fn set_up(cluster: &Cluster) {
    let map = cluster.settings.slot_map();
    let set_up = cluster.at(1, move |node| profiles::set_up(node, map));
    if let Some(Err(error)) = set_up.await {
        cluster.break_off(format!("the workspace cannot be made: {error}"));
    }
}

/// Looks at everything, all the time, while things go wrong.
async fn be_faulty(cluster: &Cluster, nemesis: &mut Nemesis, dice: &mut Dice) {
    let mut next = dice.time(Duration::ZERO..cluster.settings.calm);
    while runtime::virtual_time() < cluster.settings.faulty && cluster.audit.broken().is_none() {
        runtime::wait(dice.time(Duration::from_millis(5)..LOOK * 2)).await;
        cluster.look();
        if runtime::virtual_time() >= next {
            nemesis.strike();
            next = runtime::virtual_time() + dice.time(Duration::ZERO..cluster.settings.calm);
        }
    }
}

/// Makes everything whole, and waits until it has come right.
async fn make_peace(cluster: &Cluster, nemesis: &mut Nemesis, notes: &Notes) {
    notes.end();
    let began = HostInstant::now();
    let mut unsettled = String::new();
    while began.elapsed() < PEACE && cluster.audit.broken().is_none() {
        // What was planned before may still happen: nodes that start, links that heal, one that is added.
        nemesis.relent().await;
        runtime::wait(LOOK * 5).await;
        cluster.look();
        match what_is_not_settled(cluster, notes) {
            Ok(None) => {
                settle(cluster, notes).await;
                return;
            }
            Ok(Some(what)) => unsettled = what,
            Err(error) => cluster.break_off(format!("a store cannot be read: {error}")),
        }
    }
    cluster.trace.say(&cluster.describe());
    cluster.break_off(format!("no peace within {PEACE:?}: {unsettled}"));
}

fn what_is_not_settled(
    cluster: &Cluster,
    notes: &Notes,
) -> Result<Option<String>, acquaint_storage::Error> {
    if notes.at_work() > 0 {
        return Ok(Some(format!("{} clients are at work", notes.at_work())));
    }
    if !members::are_as_wanted(cluster) {
        return Ok(Some("the members are not as wanted".to_owned()));
    }
    for group in cluster.settings.groups() {
        let Some((leader, leading)) = cluster.leader(group) else {
            return Ok(Some(format!("{group} has no leader")));
        };
        let last = leading.status().last_log.unwrap_or(0);
        for running in cluster.all_running() {
            let applied = running.applied(group)?;
            if applied != last {
                let (node, leader) = (running.node, leader.node);
                return Ok(Some(format!(
                    "node {node} is at {applied} of {group}, and its leader {leader} at {last}"
                )));
            }
        }
        let is_board = matches!(group, GroupId::Anchors(_));
        if is_board && !cluster.settings.world.is_delivered(&leader.store, group)? {
            return Ok(Some(format!("the outbox of {group} is not empty")));
        }
    }
    Ok(None)
}

/// Shows the cluster at rest to the invariants, and has it compare itself.
async fn settle(cluster: &Cluster, notes: &Notes) {
    match at_rest(cluster, notes) {
        Ok(settled) => cluster.audit.tell(&Event::Settled(&settled)),
        Err(error) => cluster.break_off(format!("a store cannot be read: {error}")),
    }
    for id in cluster.settings.groups() {
        let Some((leader, _)) = cluster.leader(id) else {
            continue;
        };
        let compared = cluster.at(leader.node, move |running| async move {
            match running.group(id) {
                Some(group) => group.compare().await.map_err(|error| error.to_string()),
                None => Err("no such group".to_owned()),
            }
        });
        match compared.await {
            Some(Ok(comparison)) if comparison.agrees() => {
                let missing = comparison.digests.values().any(Option::is_none);
                if missing {
                    cluster.break_off(format!("a replica of {id} has no digest: {comparison:?}"));
                }
            }
            other => cluster.break_off(format!("the replicas of {id} differ: {other:?}")),
        }
    }
}

fn at_rest(cluster: &Cluster, notes: &Notes) -> Result<Settled, acquaint_storage::Error> {
    let (settings, map) = (&cluster.settings, cluster.settings.slot_map());
    let mut settled = Settled {
        pinned: BTreeMap::new(),
        collected: BTreeMap::new(),
        acknowledged: notes.acknowledged(),
    };
    for running in cluster.all_running() {
        for board in settings.boards() {
            for key in 0..KEYS {
                let messages = settings.world.pinned(&running.store, map, (board, key))?;
                let by_node = settled.pinned.entry((board, key)).or_default();
                by_node.insert(running.node, messages);
            }
        }
        let collected = (settings.world).collected(&running.store, map, settings.boards())?;
        settled.collected.insert(running.node, collected);
    }
    Ok(settled)
}

fn check_histories(audit: &Audit, notes: &Notes) {
    for ((group, key), history) in notes.strong.histories() {
        if let Err(refusal) = linearizable(&MessageSet, &history, Bounds::default()) {
            audit.break_off(format!("strong reads of key {key} of {group}: {refusal}"));
        }
    }
    if let Err(went_back) = sessions(&notes.steps()) {
        audit.break_off(format!("sessions: {went_back}"));
    }
}
