//! Processor time of nodes that nobody asks anything.

use std::time::{Duration, Instant};

use acquaint_tests::Server;

use acquaint_benches::nodes;

/// Whatever begins with a start has ended by then.
const QUIET_AFTER: Duration = Duration::from_secs(10);
/// Processor time is counted in hundredths of a second.
const TIME_MIN: Duration = Duration::from_secs(30);
const TICKS_PER_SECOND: f64 = 100.0;

pub(crate) async fn measure(time: Duration) {
    let alone = nodes::alone().await;
    let three = nodes::three().await;
    let time = time.max(TIME_MIN);
    tokio::time::sleep(QUIET_AFTER).await;
    let servers: Vec<&Server> = std::iter::once(&alone).chain(&three).collect();
    let taken = || servers.iter().map(|server| seconds_of(server.pid()));
    let (begun, before): (_, Vec<f64>) = (Instant::now(), taken().collect());
    tokio::time::sleep(time).await;
    let passed = begun.elapsed().as_secs_f64();
    let shares = taken().zip(before).map(|(now, then)| (now - then) / passed);
    let shares: Vec<f64> = shares.map(|share| share * 100.0).collect();
    let [alone, three @ ..] = &shares[..] else {
        unreachable!("four nodes were measured")
    };
    println!("idle: per cent of one processor, over {passed:.0} s");
    println!("  one node alone: {alone:.2}");
    let sum: f64 = three.iter().sum();
    println!("  three nodes: {three:.2?}, together {sum:.2}");
}

/// Processor time of a process: see `proc_pid_stat(5)`. The name before it may have spaces.
fn seconds_of(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process lives");
    let (_, fields) = stat.rsplit_once(") ").expect("a name in parentheses");
    let fields = fields.split(' ').skip(11).take(2);
    let ticks: f64 = fields
        .map(|field| field.parse::<f64>().expect("a number of ticks"))
        .sum();
    ticks / TICKS_PER_SECOND
}
