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

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use acquaint_tests::power::{DiskOptions, PoweredServer, Syncs};
use acquaint_tests::{
    Ledger, Own, Place, ServerOptions, Writer, form, isolated, number_from, seed_from,
};
use rand::seq::index;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const CUTS_IN_CI: u64 = 40;
/// Each takes the power from one, two or three nodes.
const ROUNDS_OF_THREE_IN_CI: u64 = 6;
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

/// The nodes that serve the same data, and those who write to them.
struct Site {
    nodes: Vec<PoweredServer>,
    writers: Vec<Writer>,
    rng: ChaCha8Rng,
    slowest: Duration,
}

impl Site {
    async fn start(syncs: Syncs, nodes: u64, seed: u64) -> Result<Self, String> {
        let nodes: Vec<PoweredServer> = (0..nodes)
            .map(|number| node(syncs, nodes > 1, seed.wrapping_add(number)))
            .collect();
        let urls: Vec<String> = nodes.iter().map(|node| node.server.url("")).collect();
        let writer = |number| Writer::new(number, seed, urls.clone());
        let mut site = Self {
            writers: (0..WRITERS).map(writer).collect(),
            nodes,
            rng: ChaCha8Rng::seed_from_u64(seed),
            slowest: Duration::ZERO,
        };
        match site.nodes.as_mut_slice() {
            [_] => site.start_nodes(&[0]).await?,
            nodes => {
                let mut servers: Vec<_> = nodes.iter_mut().map(|node| &mut node.server).collect();
                form(&mut servers).await?;
            }
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
        // Those that are left go on for a moment without them.
        if hit.len() < self.nodes.len() && self.rng.random() {
            tokio::time::sleep(load).await;
        }
        stop.store(true, Ordering::Relaxed);
        for task in tasks {
            self.writers.push(task.await.unwrap());
        }
        self.start_nodes(&hit).await?;
        self.check().await
    }

    async fn start_nodes(&mut self, places: &[usize]) -> Result<(), String> {
        for place in places {
            let node = &mut self.nodes[*place];
            // One in four: the power fails while it makes its store, or recovers.
            if self.rng.random_ratio(1, 4) {
                node.server.spawn();
                let calls = self.rng.random_range(0..STARTING_CALLS_MAX);
                node.disk.power_off_after(calls);
                node.power_is_off_within(STARTED_WITHIN).await;
                node.power_off();
            }
        }
        let begun = Instant::now();
        for place in places {
            self.nodes[*place].server.spawn();
        }
        // A node may need the others to get ready.
        for node in &mut self.nodes {
            node.server.answers_at("/health/ready").await?;
        }
        self.slowest = self.slowest.max(begun.elapsed());
        Ok(())
    }

    async fn check(&self) -> Result<(), String> {
        let ledger = self.ledger();
        for node in &self.nodes {
            ledger.check(&node.server.export_strong().await)?;
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

fn node(syncs: Syncs, has_others: bool, seed: u64) -> PoweredServer {
    let place = match has_others {
        true => Place::loopback_in_cluster(),
        false => Place::loopback(),
    };
    let disk = DiskOptions {
        syncs,
        seed,
        ..DiskOptions::default()
    };
    PoweredServer::prepare(place, &ServerOptions::default(), &disk)
}

#[test]
fn nothing_acknowledged_is_lost_with_the_power() {
    let cuts = number_from("ACQUAINT_POWER_CUTS").unwrap_or(CUTS_IN_CI);
    let survived = survive(Syncs::Kept, 1, cuts, seed_from(SEED));
    if let Some(Err(reason)) = isolated(
        "nothing_acknowledged_is_lost_with_the_power",
        Own::Mounts,
        survived,
    ) {
        panic!("{reason}");
    }
}

#[test]
fn nothing_acknowledged_is_lost_with_the_power_of_one_two_or_three_nodes() {
    let name = "nothing_acknowledged_is_lost_with_the_power_of_one_two_or_three_nodes";
    let cuts = number_from("ACQUAINT_POWER_CUTS").unwrap_or(ROUNDS_OF_THREE_IN_CI);
    let survived = survive(Syncs::Kept, 3, cuts, seed_from(SEED));
    if let Some(Err(reason)) = isolated(name, Own::Mounts, survived) {
        panic!("{reason}");
    }
}

#[test]
fn a_disk_that_ignores_fsync_is_found_out() {
    let survived = survive(Syncs::Ignored, 1, CUTS_UNTIL_FOUND_OUT, seed_from(SEED));
    match isolated(
        "a_disk_that_ignores_fsync_is_found_out",
        Own::Mounts,
        survived,
    ) {
        Some(Ok(())) => panic!("nothing was lost in {CUTS_UNTIL_FOUND_OUT} cuts"),
        Some(Err(reason)) => println!("found out {reason}"),
        None => {}
    }
}
