//! Real nodes, each with a network and a disk of its own, under everything that nodes meet.
//!
//! - Nodes are killed, paused, lose their power and their room on the disk, are cut off in one direction or both, and start
//!   again with a wrong time of day. Clients go on writing and reading through all of them.
//! - Strong reads and writes of a key are linearizable, sessions never go back, bounded reads are never older than their
//!   bound, and the final export of every node holds what was acknowledged, once.
//!
//! `ACQUAINT_FAULTS` sets how many there are (`make faults`), `ACQUAINT_FAULTS_SEED` draws the same again.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use acquaint_tests::faults::{Fault, Patients, draw_length};
use acquaint_tests::power::{DiskOptions, PoweredServer};
use acquaint_tests::{
    Network, Observations, Observer, Own, Server, ServerOptions, assert_same_bytes, form, isolated,
    number_from, operate, seed_from, skip,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

const FAULTS_IN_CI: u64 = 10;
const SEED: &str = "ACQUAINT_FAULTS_SEED";
const OBSERVERS: u64 = 16;
/// A write that is under way when everything is well again is acknowledged by then.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two faults.
const PEACE: Duration = Duration::from_millis(700);

async fn start(nodes: u8, seed: u64) -> Result<Patients, String> {
    let network = Network::new(nodes);
    let node = |number: u8| {
        let disk = DiskOptions {
            seed: seed.wrapping_add(u64::from(number)),
            ..DiskOptions::default()
        };
        PoweredServer::prepare(network.place(number), &ServerOptions::default(), &disk)
    };
    let mut nodes: Vec<PoweredServer> = (0..nodes).map(node).collect();
    let mut servers: Vec<_> = nodes.iter_mut().map(|node| &mut node.server).collect();
    form(&mut servers).await?;
    Ok(Patients::new(nodes, network))
}

/// What happens, and for how long.
type Plan = Vec<(Vec<Fault>, Duration)>;

async fn survive(
    nodes: u8,
    plan: Plan,
    strong_asks: &'static str,
    seed: u64,
) -> Result<(), String> {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let mut patients = start(nodes, seed).await?;
    if !patients.has_fake_clocks() {
        skip("wrong clocks", "libfaketime is not installed");
    }
    let saw = Arc::new(Observations::new(strong_asks));
    let stop = Arc::new(AtomicBool::new(false));
    let urls: Vec<String> = patients
        .nodes
        .iter()
        .map(|node| node.server.url(""))
        .collect();
    let observers: Vec<_> = (0..OBSERVERS)
        .map(|number| Observer::new(number, seed, urls.clone(), saw.clone()))
        .map(|observer| tokio::spawn(observer.run(stop.clone(), PATIENCE)))
        .collect();
    let begun = Instant::now();
    for (faults, length) in &plan {
        tokio::time::sleep(PEACE).await;
        println!("{:>8.3?} {faults:?} for {length:?}", begun.elapsed());
        faults.iter().for_each(|fault| patients.strike(*fault));
        tokio::time::sleep(*length).await;
        patients.mend(faults, &mut dice).await?;
    }
    stop.store(true, Ordering::Relaxed);
    for observer in observers {
        observer.await.map_err(|error| error.to_string())?;
    }
    println!("{saw}");
    saw.check()?;
    let servers: Vec<&Server> = patients.nodes.iter().map(|node| &node.server).collect();
    let export = servers[0].export_strong().await;
    saw.ledger().check(&export)?;
    for server in &servers {
        let other = server.export_strong().await;
        assert_same_bytes(&export, &other, "the exports of two nodes");
        server.assert_no_panic();
    }
    operate(servers[0], &["cluster", "compare"])?;
    let acknowledged = saw.ledger().acknowledged();
    assert!(acknowledged > plan.len(), "next to nothing was written");
    Ok(())
}

fn check(name: &str, nodes: u8) {
    let seed = seed_from(SEED);
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let faults = number_from("ACQUAINT_FAULTS").unwrap_or(FAULTS_IN_CI);
    let plan = (0..faults).map(|_| (Fault::draw_some(nodes, &mut dice), draw_length(&mut dice)));
    let survived = survive(nodes, plan.collect(), "consistency=strong", seed);
    if let Some(Err(reason)) = isolated(name, Own::Network, survived) {
        panic!("{reason}");
    }
}

#[test]
fn one_node_keeps_its_promises() {
    check("one_node_keeps_its_promises", 1);
}

#[test]
fn three_nodes_keep_their_promises() {
    check("three_nodes_keep_their_promises", 3);
}

#[test]
fn reads_that_are_not_strong_are_found_out() {
    let plan = vec![(vec![Fault::Isolation(1)], Duration::from_secs(4))];
    let survived = survive(3, plan, "consistency=local", seed_from(SEED));
    match isolated(
        "reads_that_are_not_strong_are_found_out",
        Own::Network,
        survived,
    ) {
        Some(Ok(())) => panic!("local reads passed for strong ones"),
        Some(Err(reason)) => assert!(reason.contains("Interactions"), "{reason}"),
        None => {}
    }
}
