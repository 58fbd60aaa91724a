//! Three nodes on this machine, as processes with disks and connections of their own.
//!
//! - *Throughput*: durable ingest into three nodes, beside one node alone. They share the processors and the disk, so three
//!   do the work of one three times.
//! - *Idle*: processor time of nodes that nobody asks anything, beside one that is alone.
//! - *Fail-over*: from `kill -9` of the node that leads most until a write to each group that it led is acknowledged, sent
//!   right after the kill through another node.
//! - *Planned work*: what clients meet while nodes are drained, stopped and started one after the other.
//! - *Catch-up*: how long a node with an empty disk takes to join and to vote in every group, while clients write, beside
//!   copying the same files.
//!
//! `BENCH_SECONDS` is the time of each line, `BENCH_ROUNDS` the number of kills, `BENCH_BYTES` what there is to catch up with,
//! `BENCH_ONLY` the name of one part.

mod catch_up;
mod fail_over;
mod idle;
mod planned;
mod throughput;

use std::time::Duration;

use acquaint_benches::{nodes, setting};

#[tokio::main]
async fn main() {
    let seconds = Duration::from_secs(setting("BENCH_SECONDS", 5) as u64);
    let only = std::env::var("BENCH_ONLY").unwrap_or_default();
    let is_wanted = |part: &str| only.is_empty() || only == part;
    println!("three nodes on this machine, {} groups", nodes::GROUPS);
    if is_wanted("throughput") {
        throughput::measure(seconds).await;
    }
    if is_wanted("idle") {
        idle::measure(seconds).await;
    }
    if is_wanted("fail-over") {
        fail_over::measure(setting("BENCH_ROUNDS", 20)).await;
    }
    if is_wanted("planned") {
        planned::measure().await;
    }
    if is_wanted("catch-up") {
        catch_up::measure(setting("BENCH_BYTES", 1_000_000_000) as u64).await;
    }
}
