//! Two nodes that speak over TCP on loopback, in one process.
//!
//! - *Small* requests and answers of 64 bytes, one at a time and many at once. The floor is as many bytes there and back over a
//!   socket, one at a time.
//! - *Large* requests of a megabyte, a few at once, as a snapshot is sent. The floor is writing as many bytes into a socket.
//! - *Idle*: every lane between five nodes connected, and nothing to say.
//!
//! `BENCH_SECONDS` is how long each is measured.

use std::collections::BTreeMap;
use std::future::{Future, ready};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use acquaint_bench::Latencies;
use acquaint_benches::setting;
use acquaint_consensus::{ClusterId, Handler, Lane, TcpOptions, TcpTransport, Transport};
use axum::body::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const WITHIN: Duration = Duration::from_secs(10);
const SMALL_BYTES: usize = 64;
/// A small request with its header, which the floor sends, too.
const SMALL_FRAME_BYTES: usize = SMALL_BYTES + 28;
const LARGE_BYTES: usize = 1 << 20;
const LARGE_AT_ONCE: usize = 8;
const IDLE_NODES: u64 = 5;

/// Answers with the first bytes of what it is asked.
struct Echo;

impl Handler for Echo {
    fn handle(
        &self,
        _: u64,
        _: Lane,
        request: Bytes,
    ) -> std::pin::Pin<Box<dyn Future<Output = Bytes> + Send>> {
        let end = request.len().min(SMALL_BYTES);
        Box::pin(ready(request.slice(..end)))
    }
}

async fn nodes(count: u64) -> Vec<Arc<TcpTransport>> {
    let mut nodes = Vec::new();
    let mut addresses = BTreeMap::new();
    for id in 1..=count {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let options = TcpOptions::new(any_port, ClusterId([7; 16]), id);
        let node = TcpTransport::bind(options)
            .await
            .expect("loopback has a free port");
        node.serve(Arc::new(Echo));
        addresses.insert(id, node.local_addr().to_string());
        nodes.push(node);
    }
    nodes
        .iter()
        .for_each(|node| node.set_peers(addresses.clone()));
    nodes
}

/// How long each request took, and all together.
async fn ask(
    node: &Arc<TcpTransport>,
    request: Bytes,
    at_once: usize,
    time: Duration,
) -> (Latencies, f64) {
    let begun = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..at_once {
        let (node, request) = (node.clone(), request.clone());
        callers.spawn(async move {
            let mut took = Vec::new();
            while begun.elapsed() < time {
                let asked = Instant::now();
                let call = node.call(2, Lane::Log, request.clone(), WITHIN);
                call.await.expect("loopback answers");
                took.push(asked.elapsed());
            }
            took
        });
    }
    let took = callers.join_all().await.concat();
    let rate = took.len() as f64 / begun.elapsed().as_secs_f64();
    (Latencies::from_iter(took), rate)
}

/// Two ends of a connection on loopback.
async fn socket() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("loopback has a free port");
    let address = listener
        .local_addr()
        .expect("a bound socket has an address");
    let (dialled, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
    let (dialled, accepted) = (
        dialled.expect("it is there"),
        accepted.expect("it is there").0,
    );
    for end in [&dialled, &accepted] {
        end.set_nodelay(true).expect("it is a TCP socket");
    }
    (dialled, accepted)
}

/// Bytes there and back, one after the other.
async fn floor_small(time: Duration) -> Latencies {
    let (mut asks, mut answers) = socket().await;
    let answering = tokio::spawn(async move {
        let mut bytes = [0; SMALL_FRAME_BYTES];
        while answers.read_exact(&mut bytes).await.is_ok() {
            answers.write_all(&bytes).await.expect("the asker listens");
        }
    });
    let begun = Instant::now();
    let mut bytes = [7; SMALL_FRAME_BYTES];
    let mut took = Vec::new();
    while begun.elapsed() < time {
        let asked = Instant::now();
        asks.write_all(&bytes).await.expect("the other end reads");
        asks.read_exact(&mut bytes)
            .await
            .expect("the other end answers");
        took.push(asked.elapsed());
    }
    drop(asks);
    answering.await.expect("it does not panic");
    Latencies::from_iter(took)
}

/// Megabytes a second into a socket.
async fn floor_large(time: Duration) -> f64 {
    let (mut writes, mut reads) = socket().await;
    let reading = tokio::spawn(async move {
        let mut bytes = vec![0; LARGE_BYTES];
        while reads.read(&mut bytes).await.expect("the writer is there") > 0 {}
    });
    let bytes = vec![7; LARGE_BYTES];
    let begun = Instant::now();
    let mut written = 0;
    while begun.elapsed() < time {
        writes.write_all(&bytes).await.expect("the other end reads");
        written += bytes.len();
    }
    drop(writes);
    reading.await.expect("it does not panic");
    written as f64 / begun.elapsed().as_secs_f64() / 1e6
}

/// How long this process has computed, by the system's account, in hundredths of a second.
fn computed() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

async fn small(time: Duration) {
    let floor = floor_small(time).await;
    println!("small   floor       one at a time        {floor}");
    for at_once in [1, 64, 1_024] {
        let nodes = nodes(2).await;
        let request = Bytes::from(vec![7; SMALL_BYTES]);
        let (spread, rate) = ask(&nodes[0], request, at_once, time).await;
        let stats = nodes[0].stats(Lane::Log);
        let packed = stats.frames_sent() as f64 / stats.writes() as f64;
        println!(
            "small   {rate:>9.0}/s {at_once:>5} at once        {spread}  {packed:.1} frames a write"
        );
    }
}

async fn large(time: Duration) {
    let floor = floor_large(time).await;
    let nodes = nodes(2).await;
    let request = Bytes::from(vec![7; LARGE_BYTES]);
    let (spread, rate) = ask(&nodes[0], request, LARGE_AT_ONCE, time).await;
    let megabytes = rate * LARGE_BYTES as f64 / 1e6;
    println!("large   {megabytes:>7.0} MB/s  floor {floor:>7.0} MB/s  {spread}");
}

async fn idle(time: Duration) {
    let nodes = nodes(IDLE_NODES).await;
    for (id, node) in (1..).zip(&nodes) {
        for to in (1..=IDLE_NODES).filter(|to| *to != id) {
            for lane in Lane::ALL {
                let call = node.call(to, lane, Bytes::new(), WITHIN);
                call.await.expect("loopback answers");
            }
        }
    }
    let before = computed();
    tokio::time::sleep(time).await;
    let connections = IDLE_NODES * (IDLE_NODES - 1) * Lane::ALL.len() as u64;
    match (before, computed()) {
        (Some(before), Some(after)) => println!(
            "idle    {:?} computed in {time:?} with {connections} connections, both ends here",
            after - before
        ),
        _ => println!("idle    not measured: the system does not tell"),
    }
}

#[tokio::main]
async fn main() {
    let time = Duration::from_secs(setting("BENCH_SECONDS", 5) as u64);
    small(time).await;
    large(time).await;
    idle(time).await;
}
