//! Durable ingest over HTTP, beside the rate at which this disk syncs.
//!
//! - Every answer waits for the sync of the log and for the identity group, as a client's does.
//! - The floor is one fdatasync after another, of as many bytes as the request carries. With
//!   several connections a node may beat it: one sync serves all that wait.
//!
//! `BENCH_SECONDS` is the time per line, `BENCH_USERS` the number of customers.

use std::net::SocketAddr;
use std::time::Duration;

use acquaint_benches::{bytes_below, drive, post_request, setting, sync_rate};
use acquaint_tests::{Server, ServerOptions, WRITE_KEY_SERVER};
use serde_json::{Value, json};

const CACHE_BYTES: u64 = 256 << 20;

fn event(connection: usize, number: usize, place: usize, run: usize, users: usize) -> Value {
    let user = (connection * 7_919 + number * 31 + place) % users;
    json!({
        "type": "track",
        "event": "Product Viewed",
        "messageId": format!("{run}-{connection}-{number}-{place}"),
        "userId": format!("user-{user}"),
        "timestamp": format!("2026-03-{:02}T08:00:00.000Z", 1 + number % 28),
        "context": { "channel": "web", "library": { "name": "bench", "version": "1" } },
        "properties": { "sku": format!("sku-{place}"), "price": 19.95, "currency": "EUR" },
    })
}

fn request(batch: usize, connection: usize, number: usize, run: usize, users: usize) -> Vec<u8> {
    let messages = (0..batch).map(|place| event(connection, number, place, run, users));
    let body = json!({ "writeKey": WRITE_KEY_SERVER, "batch": messages.collect::<Vec<_>>() });
    post_request("/v1/batch", &body.to_string())
}

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
        let bytes = request(batch, 0, 0, 0, users).len();
        let floor = sync_rate(server.dir(), bytes, seconds.min(Duration::from_secs(3)));
        println!("  floor: {floor:.0} fdatasync/s of {bytes} bytes each");
        for connections in [1, 8, 64] {
            run += 1;
            let make = move |connection, number| request(batch, connection, number, run, users);
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
