//! Durable ingest over HTTP, beside the rate at which this disk syncs.
//!
//! - Every answer waits for the sync of the log and for the identity group, as a client's does.
//! - The floor is one fdatasync after another, of as many bytes as the request carries. With
//!   several connections a node may beat it: one sync serves all that wait.
//!
//! `BENCH_SECONDS` is the time per line, `BENCH_USERS` the number of customers.

use std::net::SocketAddr;
use std::time::Duration;

use acquaint_benches::{bytes_below, drive, ingest_request, setting, sync_rate};
use acquaint_tests::{Server, ServerOptions};

const CACHE_BYTES: u64 = 256 << 20;

#[tokio::main]
async fn main() {
    let seconds = Duration::from_secs(setting("BENCH_SECONDS", 5) as u64);
    let users = setting("BENCH_USERS", 10_000);
    let server = Server::start(&ServerOptions {
        cache_bytes: CACHE_BYTES,
        ..ServerOptions::default()
    })
    .await;
    let address: SocketAddr = server.address();
    println!(
        "durable ingest over HTTP: {users} customers, an empty store, cache {CACHE_BYTES} bytes"
    );
    println!("  batch  connections  messages/s  requests/s   x floor  latency of a request");
    let mut run = 0;
    let mut stored = 0;
    for batch in [1, 100] {
        let bytes = ingest_request(batch, 0, 0, 0, users).len();
        let floor = sync_rate(server.dir(), bytes, seconds.min(Duration::from_secs(3)));
        println!("  floor: {floor:.0} fdatasync/s of {bytes} bytes each");
        for connections in [1, 8, 64] {
            run += 1;
            let make =
                move |connection, number| ingest_request(batch, connection, number, run, users);
            let load = drive(address, connections, seconds, make).await;
            stored += load.requests * batch;
            println!(
                "  {batch:>5}  {connections:>11}  {:>10.0}  {:>10.0}  {:>8.2}  {}",
                load.per_second() * batch as f64,
                load.per_second(),
                load.per_second() / floor,
                load.waits
            );
        }
    }
    println!(
        "  at the end: {stored} messages, {} bytes on disk",
        bytes_below(&server.data_dir())
    );
}
