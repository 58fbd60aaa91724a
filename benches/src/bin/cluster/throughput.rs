//! Durable ingest into three nodes, beside one.

use std::net::SocketAddr;
use std::time::Duration;

use acquaint_bench::{
    Expect, HttpOperation, HttpSession, Ingest, Kind, Measured, Pace, Plan, Target, Work, drive,
};
use acquaint_benches::{nodes, sync_rate};
use acquaint_tests::{Server, TOKEN, WRITE_KEY_SERVER};

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
        type Side = fn(&(Measured, Measured)) -> &Measured;
        let sides: [Side; 2] = [|round| &round.0, |round| &round.1];
        let [alone, together] =
            sides.map(|side| median(rounds.iter().map(|round| side(round).items_per_second())));
        let [wait_alone, wait_together] = sides.map(|side| {
            let waits = rounds.iter().map(|round| side(round).service.median());
            median(waits.map(|wait| wait.as_secs_f64() * 1_000.0))
        });
        println!(
            "  {batch:>5}  {connections:>11}  {alone:>8.0}  {together:>11.0}  {:>9.2}  {wait_alone:>7.1} ms  {wait_together:>9.1} ms",
            together / alone,
        );
    }
    let target = target(&one);
    let bytes = target.ingest(&Ingest::new(Kind::Known(USERS), 1, 0, 0).batch(1));
    let floor = sync_rate(one[0].dir(), bytes.len(), time);
    println!(
        "  floor: {floor:.0} fdatasync/s of {} bytes each",
        bytes.len()
    );
}

fn target(servers: &[Server]) -> Target {
    let addresses: Vec<SocketAddr> = servers.iter().map(Server::address).collect();
    Target::new(addresses, Some(TOKEN.into()), Some(WRITE_KEY_SERVER.into()))
}

/// The same number of connections to every node.
async fn load(
    servers: &[Server],
    batch: usize,
    connections: usize,
    time: Duration,
    run: u64,
) -> Measured {
    let target = target(servers);
    let pair = |connection: usize| {
        let mut ingest = Ingest::new(Kind::Known(USERS), 1, run, connection);
        let of_node = target.clone();
        let work = move || Work {
            operation: HttpOperation::new(of_node.ingest(&ingest.batch(batch)), Expect::Accepted),
            items: batch as u64,
        };
        (HttpSession::new(target.node_of(connection)), work)
    };
    let plan = Plan {
        pace: Pace::Full,
        warm_up: Duration::ZERO,
        time,
        wave: 0,
    };
    let measured = drive((0..connections).map(pair).collect(), &plan).await;
    let measured = measured.expect("the load can be run");
    assert_eq!(measured.failed(), 0, "{:?}", measured.first_error);
    measured
}

fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
