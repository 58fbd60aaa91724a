//! A node in the deterministic simulation: random clients, kills at random moments, restarts on the
//! same store. Equal seeds give equal traces; no seed loses or doubles what was acknowledged.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use acquaint_consensus::{Consensus, Runtime, Threading};
use acquaint_storage::{Store, StoreOptions};
use bytes::Bytes;
use openraft_rt_sim::SimRuntime;

use crate::ledger::{Entries, entries, group, options};

const GROUPS: u16 = 4;
const CLIENTS: u64 = 3;
const LIVES: u64 = 4;

/// What is compared between two runs of a seed.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    traces: Vec<Vec<String>>,
    ledgers: Vec<Entries>,
    acknowledged: Vec<u64>,
}

/// A stream of random numbers, the same for the same seed.
#[derive(Clone)]
struct Dice(Rc<Cell<u64>>);

/// The same for tasks, which the runtime wants to be able to send.
struct ClientDice(u64);

impl Dice {
    fn roll(&self, sides: u64) -> u64 {
        let mut dice = ClientDice(self.0.get());
        let rolled = dice.roll(sides);
        self.0.set(dice.0);
        rolled
    }
}

impl ClientDice {
    /// splitmix64
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

fn run(seed: u64) -> Outcome {
    let directory = tempfile::tempdir().unwrap();
    let mut store_options = StoreOptions::new(directory.path());
    store_options.cache_bytes = 1 << 20;
    store_options.free_bytes_min = 0;
    store_options.sync = false;
    let store = Store::open(&store_options).unwrap();
    let dice = Dice(Rc::new(Cell::new(seed)));
    let acknowledged: Vec<_> = (0..GROUPS).map(|_| Arc::new(AtomicU64::new(0))).collect();
    let mut traces = Vec::new();
    for life in 0..LIVES {
        let mut runtime = SimRuntime::with_seed(dice.roll(u64::MAX));
        runtime.record_trace(true);
        runtime.block_on(live(&store, &dice, &acknowledged, life % 2 == 0));
        traces.push(runtime.take_trace());
        // Dropping the runtime drops every task where it stands: that is the kill.
        drop(runtime);
        for k in 0..GROUPS {
            let ledger = entries(&store, group(k)).count;
            let promised = acknowledged[usize::from(k)].load(Ordering::Relaxed);
            assert!(
                ledger >= promised,
                "seed {seed}: {promised} promised, {ledger} kept"
            );
        }
    }
    Outcome {
        traces,
        ledgers: (0..GROUPS).map(|k| entries(&store, group(k))).collect(),
        acknowledged: acknowledged
            .iter()
            .map(|n| n.load(Ordering::Relaxed))
            .collect(),
    }
}

/// One life of the node, from a start to a shutdown or a kill.
async fn live(store: &Store, dice: &Dice, acknowledged: &[Arc<AtomicU64>], gently: bool) {
    let mut options = options(store, GROUPS);
    options.threading = Threading::Inline;
    options.log_keep_entries = 5;
    options.purge_interval = Duration::from_millis(100);
    let node: Consensus<SimRuntime> = Consensus::start(options).await.unwrap();
    for k in 0..GROUPS {
        for _ in 0..CLIENTS {
            let group = node.group(group(k)).unwrap().clone();
            let acknowledged = acknowledged[usize::from(k)].clone();
            let mut dice = ClientDice(dice.roll(u64::MAX));
            let _detached = SimRuntime::spawn(async move {
                loop {
                    SimRuntime::sleep(Duration::from_micros(dice.roll(20_000))).await;
                    let bytes = vec![0; usize::try_from(1 + dice.roll(200)).unwrap()];
                    if group.propose(Bytes::from(bytes)).await.is_err() {
                        return;
                    }
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    }
    SimRuntime::sleep(Duration::from_micros(dice.roll(1_000_000))).await;
    if gently {
        node.shutdown().await;
    }
    assert_eq!(node.failure(), None);
}

#[test]
fn no_seed_loses_or_doubles_a_command() {
    let mut total = 0;
    for seed in 0..10 {
        let outcome = run(seed);
        total += outcome.acknowledged.iter().sum::<u64>();
    }
    assert!(total > 1_000, "the clients got little done: {total}");
}

#[test]
fn equal_seeds_give_equal_traces() {
    for seed in [11, 12] {
        let (first, second) = (run(seed), run(seed));
        for (life, (a, b)) in first.traces.iter().zip(&second.traces).enumerate() {
            let differs = a.iter().zip(b).position(|(a, b)| a != b);
            assert_eq!(differs, None, "seed {seed}, life {life}");
        }
        assert!(first == second, "seed {seed}");
    }
    assert!(run(11).traces != run(12).traces);
}
