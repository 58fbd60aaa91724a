//! Durable ingest into three nodes, beside one.

use std::net::SocketAddr;
use std::time::Duration;

use acquaint_benches::{Load, drive, ingest_request, sync_rate};
use acquaint_tests::Server;

use crate::nodes;

const USERS: usize = 10_000;
const ROUNDS: usize = 3;
/// Messages of a request, and connections to all nodes together.
const LINES: [(usize, usize); 3] = [(1, 12), (1, 96), (100, 12)];

pub(crate) async fn measure(time: Duration) {
    let one = [nodes::alone().await];
    let three = nodes::three().await;
    println!("throughput: messages/s of durable ingest, medians of {ROUNDS} rounds taken in turn");
    println!("  batch  connections  one node  three nodes  three/one  p50 of one  p50 of three");
    let mut run = 0;
    for (batch, connections) in LINES {
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            run += 2;
            let alone = load(&one, batch, connections, time, run).await;
            let together = load(&three, batch, connections, time, run + 1).await;
            rounds.push((alone, together));
        }
        let rate = |of: fn(&(Load, Load)) -> &Load| {
            median(rounds.iter().map(|round| of(round).per_second()))
        };
        let wait = |of: fn(&(Load, Load)) -> &Load| {
            median(
                rounds
                    .iter()
                    .map(|round| of(round).waits.median().as_secs_f64()),
            )
        };
        let [alone, together] = [rate(|round| &round.0), rate(|round| &round.1)];
        println!(
            "  {batch:>5}  {connections:>11}  {:>8.0}  {:>11.0}  {:>9.2}  {:>7.1} ms  {:>9.1} ms",
            alone * batch as f64,
            together * batch as f64,
            together / alone,
            wait(|round| &round.0) * 1_000.0,
            wait(|round| &round.1) * 1_000.0,
        );
    }
    let bytes = ingest_request(1, 0, 0, 0, USERS).len();
    let floor = sync_rate(one[0].dir(), bytes, time);
    println!("  floor: {floor:.0} fdatasync/s of {bytes} bytes each");
}

/// The same number of connections to every node.
async fn load(
    servers: &[Server],
    batch: usize,
    connections: usize,
    time: Duration,
    run: usize,
) -> Load {
    let each = connections / servers.len();
    let drive_one = |place: usize, address: SocketAddr| {
        let make = move |connection: usize, number| {
            ingest_request(batch, connection + place * each, number, run, USERS)
        };
        drive(address, each, time, make)
    };
    let addresses = servers.iter().map(Server::address).enumerate();
    let mut tasks = tokio::task::JoinSet::new();
    for (place, address) in addresses {
        tasks.spawn(drive_one(place, address));
    }
    let loads = tasks.join_all().await;
    Load::together(loads)
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
