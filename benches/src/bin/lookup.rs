//! Lookups over HTTP, hot and cold, beside two floors: axum sending as many constant bytes,
//! and a RocksDB point get of as many bytes.
//!
//! - *Hot*: a few customers, again and again. *Cold*: all of them in random order, after a
//!   restart, with a block cache much smaller than the store. The file system's own cache is
//!   warm in both, which the lines say.
//! - The client and the node share this machine's cores, for the node and for its floor alike.
//!
//! `BENCH_PROFILES` is the number of customers, `BENCH_SECONDS` the time per line.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use acquaint_benches::peers::RocksFloor;
use acquaint_benches::{
    FloorServer, Spread, Wire, bytes_below, drive, floor_server_if_asked, get_request, setting,
};
use acquaint_tests::{Import, Server, ServerOptions, TOKEN, import};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

const CACHE_BYTES_HOT: u64 = 256 << 20;
const CACHE_BYTES_COLD: u64 = 8 << 20;
const HOT_CUSTOMERS: usize = 1_000;
const CONNECTIONS: usize = 16;
const ROUNDS: usize = 3;
const POINT_GETS: usize = 200_000;

/// What one customer did: three identifiers, four interactions.
fn customer(number: usize) -> Vec<Value> {
    let user = format!("user-{number}");
    let email = format!("{user}@example.com");
    let time = format!("2026-04-{:02}T09:00:00.000Z", 1 + number % 28);
    let message = |kind: &str, place: usize| json!({ "type": kind, "messageId": format!("{number}-{place}"), "timestamp": time, "userId": user });
    let mut identify = message("identify", 0);
    identify["traits"] =
        json!({ "email": email, "firstName": "Ada", "city": "Turin", "plan": "gold" });
    let mut order = message("track", 1);
    order["event"] = json!("Order Completed");
    order["properties"] =
        json!({ "order_id": format!("o-{number}"), "revenue": 25.5, "currency": "EUR" });
    let mut page = message("page", 2);
    page["name"] = json!("Pricing");
    let mut view = message("track", 3);
    view["event"] = json!("Product Viewed");
    vec![identify, order, page, view]
}

async fn load(server: &Server, customers: usize) {
    let begun = Instant::now();
    for first in (0..customers).step_by(10_000) {
        let numbers = first..(first + 10_000).min(customers);
        let messages: Vec<Value> = numbers.flat_map(customer).collect();
        let how = Import {
            batch_messages: 500,
            in_flight: 8,
        };
        import(server, &messages, how).await;
    }
    println!("  loaded in {:.1?}", begun.elapsed());
}

fn key_of(rng: &mut ChaCha8Rng, customers: usize) -> Vec<u8> {
    let number = rng.random_range(0..customers);
    get_request(&format!("/v1/profiles/user_id:user-{number}"), TOKEN)
}

/// Median requests per second of several rounds, and the waits of the last.
async fn measure(address: SocketAddr, customers: usize, time: Duration) -> (f64, Spread) {
    let mut rates = Vec::new();
    let mut waits = None;
    for round in 0..ROUNDS {
        let make = move |connection: usize, number: usize| {
            let seed = (round * CONNECTIONS + connection) * 1_000_003 + number;
            key_of(&mut ChaCha8Rng::seed_from_u64(seed as u64), customers)
        };
        let load = drive(address, CONNECTIONS, time / ROUNDS as u32, make).await;
        rates.push(load.per_second());
        waits = Some(load.waits);
    }
    rates.sort_by(f64::total_cmp);
    (rates[ROUNDS / 2], waits.expect("at least one round"))
}

/// The time of one RocksDB point get of `bytes`, from as many rows as there are customers.
fn point_get(dir: &std::path::Path, rows: usize, bytes: usize, cache_bytes: u64) -> Spread {
    let cache_bytes = usize::try_from(cache_bytes).expect("a cache fits into memory");
    let floor = RocksFloor::fill(dir, rows, bytes, cache_bytes);
    let took = floor.and_then(|mut floor| floor.point_gets(POINT_GETS));
    Spread::new(took.expect("the floor store can be used"))
}

fn print_line(name: &str, rate: f64, floor: f64, waits: &Spread) {
    println!(
        "  {name:<28} {rate:>8.0}/s  {:>5.2} x floor  {waits}",
        rate / floor
    );
}

#[tokio::main]
async fn main() {
    floor_server_if_asked().await;
    let customers = setting("BENCH_PROFILES", 100_000);
    let seconds = Duration::from_secs(setting("BENCH_SECONDS", 9) as u64);
    let with_cache = |cache_bytes| ServerOptions {
        cache_bytes,
        ..ServerOptions::default()
    };
    println!(
        "lookup over HTTP: {customers} customers, {} interactions, {CONNECTIONS} connections",
        customers * 4
    );
    let mut server = Server::start(&with_cache(CACHE_BYTES_HOT)).await;
    load(&server, customers).await;
    assert!(server.stop().await.success(), "{}", server.log());
    println!(
        "  {} bytes on disk; cache {CACHE_BYTES_HOT} bytes hot, {CACHE_BYTES_COLD} cold",
        bytes_below(&server.data_dir())
    );
    server.restart().await;

    let mut wire = Wire::connect(server.address())
        .await
        .expect("the node listens");
    let sample = get_request("/v1/profiles/user_id:user-0", TOKEN);
    let (_, body) = wire.send(&sample).await.expect("the node answers");
    let body_bytes = body.len();
    let floor_server = FloorServer::start(body_bytes);
    let (floor, floor_waits) = measure(floor_server.address, customers, seconds).await;
    println!("  an answer has {body_bytes} bytes");
    print_line("floor: axum, constant bytes", floor, floor, &floor_waits);

    let hot = HOT_CUSTOMERS.min(customers);
    let (rate, waits) = measure(server.address(), hot, seconds).await;
    print_line(&format!("hot: {hot} customers"), rate, floor, &waits);
    assert!(server.stop().await.success(), "{}", server.log());
    server.configure(&with_cache(CACHE_BYTES_COLD));
    server.restart().await;
    let (rate, waits) = measure(server.address(), customers, seconds).await;
    print_line(&format!("cold: {customers} customers"), rate, floor, &waits);

    let dir = tempfile::tempdir().expect("a directory can be made");
    let warm = point_get(
        &dir.path().join("warm"),
        customers,
        body_bytes,
        CACHE_BYTES_HOT,
    );
    println!("  floor: RocksDB point get     cached  {warm}");
    let cold = point_get(
        &dir.path().join("cold"),
        customers,
        body_bytes,
        CACHE_BYTES_COLD,
    );
    println!("  floor: RocksDB point get     cold    {cold}");
}
