//! The power fails at random moments under load.
//!
//! - The disk forgets what was not synced, and tears what was being written ([`acquaint_tests::power`]).
//! - Every acknowledged message is in the export, once, after every cut, and the server starts by itself.
//! - The same test finds that something is wrong with a disk that only says that it has synced. `kill -9` cannot.
//!
//! `ACQUAINT_POWER_CUTS` sets the cuts (`make power-loss`), `ACQUAINT_POWER_SEED` repeats a run: the same choices, though
//! not the same moments.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use acquaint_tests::power::{Disk, DiskOptions, Syncs};
use acquaint_tests::{
    Ledger, Server, ServerOptions, Writer, number_from, own_mounts, seed_from, skip,
};
use rand::seq::index;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const CUTS_IN_CI: u64 = 40;
/// A disk that ignores fsync is found out long before.
const CUTS_UNTIL_FOUND_OUT: u64 = 40;
const CUTS_IN_A_LIFE: usize = 20;
const WRITERS: usize = 6;
/// A cut comes at the latest so long after the writers have begun.
const LOAD_MS_MAX: u64 = 250;
/// Or at a call below this.
const CALLS_MAX: u64 = 300;
/// A start makes about as many calls that change something.
const STARTING_CALLS_MAX: u64 = 120;
const STARTED_WITHIN: Duration = Duration::from_millis(300);
const SEED: &str = "ACQUAINT_POWER_SEED";

/// A server and the disk under its data directory.
struct Node {
    server: Server,
    disk: Disk,
}

impl Node {
    fn prepare(syncs: Syncs, seed: u64) -> Self {
        let server = Server::prepare(&ServerOptions::default());
        std::fs::create_dir(server.data_dir()).unwrap();
        let options = DiskOptions {
            syncs,
            seed,
            ..DiskOptions::default()
        };
        let disk = Disk::mount(&server.data_dir(), &options).unwrap();
        Self { server, disk }
    }

    async fn power_is_off_within(&self, time: Duration) {
        let begun = Instant::now();
        while !self.disk.is_off() && begun.elapsed() < time {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn power_off(&mut self) {
        self.disk.power_off();
        self.server.kill_nine();
        self.disk.power_on();
    }
}

/// The nodes that serve the same data, and those who write to them.
struct Site {
    nodes: Vec<Node>,
    writers: Vec<Writer>,
    rng: ChaCha8Rng,
    slowest: Duration,
}

impl Site {
    async fn start(syncs: Syncs, nodes: u64, seed: u64) -> Result<Self, String> {
        let nodes: Vec<Node> = (0..nodes)
            .map(|number| Node::prepare(syncs, seed.wrapping_add(number)))
            .collect();
        let urls: Vec<String> = nodes.iter().map(|node| node.server.url("")).collect();
        let writer = |number| Writer::new(number, seed, urls.clone());
        let mut site = Self {
            writers: (0..WRITERS).map(writer).collect(),
            nodes,
            rng: ChaCha8Rng::seed_from_u64(seed),
            slowest: Duration::ZERO,
        };
        for place in 0..site.nodes.len() {
            site.start_node(place).await?;
        }
        Ok(site)
    }

    /// Loads the nodes, takes the power from some of them at once, starts those again, and looks for what was promised.
    async fn round(&mut self) -> Result<(), String> {
        let stop = Arc::new(AtomicBool::new(false));
        let writers = std::mem::take(&mut self.writers);
        let tasks: Vec<_> = writers
            .into_iter()
            .map(|writer| tokio::spawn(writer.run(stop.clone())))
            .collect();
        let count = self.rng.random_range(1..=self.nodes.len());
        let hit = index::sample(&mut self.rng, self.nodes.len(), count).into_vec();
        // Half of the cuts come at a moment, half at a call, which may stand between a write and its fsync.
        let load = Duration::from_millis(self.rng.random_range(5..LOAD_MS_MAX));
        let calls = self.rng.random_range(0..CALLS_MAX);
        if self.rng.random() {
            self.nodes[hit[0]].disk.power_off_after(calls);
        }
        self.nodes[hit[0]].power_is_off_within(load).await;
        for place in &hit {
            self.nodes[*place].power_off();
        }
        stop.store(true, Ordering::Relaxed);
        for task in tasks {
            self.writers.push(task.await.unwrap());
        }
        for place in hit {
            self.start_node(place).await?;
        }
        self.check().await
    }

    async fn start_node(&mut self, place: usize) -> Result<(), String> {
        let node = &mut self.nodes[place];
        // One in four: the power fails while it makes its store, or recovers.
        if self.rng.random_ratio(1, 4) {
            node.server.spawn();
            node.disk
                .power_off_after(self.rng.random_range(0..STARTING_CALLS_MAX));
            node.power_is_off_within(STARTED_WITHIN).await;
            node.power_off();
        }
        let begun = Instant::now();
        node.server.try_restart().await?;
        self.slowest = self.slowest.max(begun.elapsed());
        Ok(())
    }

    async fn check(&self) -> Result<(), String> {
        let ledger = self.ledger();
        for node in &self.nodes {
            ledger.check(&node.server.export().await)?;
            node.server.assert_no_panic();
        }
        Ok(())
    }

    fn ledger(&self) -> Ledger {
        let mut ledger = Ledger::default();
        for writer in &self.writers {
            ledger.extend(writer.ledger());
        }
        ledger
    }

    /// Everything that is in doubt is settled; nothing is there twice for it.
    async fn finish(&mut self) -> Result<(), String> {
        for writer in &mut self.writers {
            writer.settle(&AtomicBool::new(false)).await;
        }
        self.check().await
    }
}

/// Cuts in lives of new stores, so that the first days of a store are met often and exports stay short.
async fn survive(syncs: Syncs, nodes: u64, cuts: u64, seed: u64) -> Result<(), String> {
    for (life, begun) in (0..cuts).step_by(CUTS_IN_A_LIFE).enumerate() {
        let cuts = (cuts - begun).min(CUTS_IN_A_LIFE as u64);
        let ended = live(syncs, nodes, cuts, seed.wrapping_add(life as u64)).await;
        ended.map_err(|reason| format!("in life {life}, {reason}"))?;
    }
    Ok(())
}

async fn live(syncs: Syncs, nodes: u64, cuts: u64, seed: u64) -> Result<(), String> {
    let started = Site::start(syncs, nodes, seed).await;
    let mut site = started.map_err(|reason| format!("at the first start: {reason}"))?;
    for cut in 1..=cuts {
        let ended = site.round().await;
        ended.map_err(|reason| format!("after cut {cut}: {reason}"))?;
    }
    site.finish().await?;
    let acknowledged = site.ledger().acknowledged();
    println!(
        "{cuts} rounds, {acknowledged} messages acknowledged, slowest restart {:?}",
        site.slowest
    );
    for node in &site.nodes {
        let counts = node.disk.counts();
        println!("{counts:?}");
        assert!(counts.forgotten_writes > 0, "the power cut nothing off");
    }
    assert!(acknowledged as u64 > cuts, "next to nothing was written");
    Ok(())
}

/// Runs a test where its mounts are its own, or skips it.
fn run<T>(name: &str, test: impl Future<Output = T>) -> Option<T> {
    if let Err(reason) = own_mounts() {
        skip(name, &reason);
        return None;
    }
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
    Some(runtime.block_on(test))
}

#[test]
fn nothing_acknowledged_is_lost_with_the_power() {
    let cuts = number_from("ACQUAINT_POWER_CUTS").unwrap_or(CUTS_IN_CI);
    let survived = survive(Syncs::Kept, 1, cuts, seed_from(SEED));
    if let Some(Err(reason)) = run("nothing_acknowledged_is_lost_with_the_power", survived) {
        panic!("{reason}");
    }
}

#[test]
fn a_disk_that_ignores_fsync_is_found_out() {
    let survived = survive(Syncs::Ignored, 1, CUTS_UNTIL_FOUND_OUT, seed_from(SEED));
    match run("a_disk_that_ignores_fsync_is_found_out", survived) {
        Some(Ok(())) => panic!("nothing was lost in {CUTS_UNTIL_FOUND_OUT} cuts"),
        Some(Err(reason)) => println!("found out {reason}"),
        None => {}
    }
}
