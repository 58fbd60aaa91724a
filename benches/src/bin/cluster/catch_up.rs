//! A node with an empty disk that joins a full cluster.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use acquaint_bench::{Wire, post_request};
use acquaint_benches::bytes_below;
use acquaint_tests::{Server, WRITE_KEY_SERVER};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use tokio::task::JoinHandle;

use acquaint_benches::nodes;

const CONNECTIONS: usize = 6;
const BATCH: usize = 100;
/// Bytes that cannot be compressed, written as hexadecimal digits, which can be by a half.
const INCOMPRESSIBLE_BYTES: usize = 1_000;
/// The pause between two requests of a client that writes while the node joins.
const PAUSE: Duration = Duration::from_millis(50);

pub(crate) async fn measure(bytes: u64) {
    let [first, second, mut third] = nodes::three().await;
    println!("catch-up: a node with an empty disk joins, while clients write");
    let targets = [&first, &second, &third].map(Server::address);
    let filling = Clients::start(&targets, Duration::ZERO, 1);
    let begun = Instant::now();
    while bytes_below(&first.data_dir()) < bytes {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let filled = filling.end().await;
    println!(
        "  filled with {filled} messages in {:.0?}; the data directory of a node has {} bytes",
        begun.elapsed(),
        bytes_below(&first.data_dir())
    );
    // What is gone for good is removed first; its number is never used again.
    let gone = nodes::number(&third).await.to_string();
    third.kill_nine();
    nodes::said(&first, &["cluster", "remove", &gone]);
    let mut new = nodes::another();
    new.spawn();
    let live = new.answers_at("/health/live").await;
    live.unwrap_or_else(|reason| panic!("{reason}"));
    let writing = Clients::start(&[first.address(), second.address()], PAUSE, 2);
    let begun = Instant::now();
    nodes::said(&new, &["cluster", "join", "--member", &first.url("")]);
    let took = begun.elapsed();
    let wrote = writing.end().await;
    let received = bytes_below(&new.data_dir());
    println!(
        "  joined and votes in every group after {took:.1?}: {received} bytes, {:.0} MB/s; {wrote} messages were written meanwhile",
        megabytes_per_second(received, took)
    );
    let (copied, took) = copy(&first.data_dir(), first.dir());
    println!(
        "  floor: copying {copied} bytes of files and syncing them takes {took:.1?}, {:.0} MB/s",
        megabytes_per_second(copied, took)
    );
}

fn megabytes_per_second(bytes: u64, took: Duration) -> f64 {
    bytes as f64 / 1e6 / took.as_secs_f64()
}

fn copy(from: &Path, beside: &Path) -> (u64, Duration) {
    let to = beside.join("copy");
    let begun = Instant::now();
    let copied = Command::new("cp").arg("-r").args([from, &to]).status();
    assert!(copied.expect("cp can be run").success());
    let synced = Command::new("sync").arg("-f").arg(&to).status();
    assert!(synced.expect("sync can be run").success());
    (bytes_below(&to), begun.elapsed())
}

/// Clients that write until they are told to stop.
struct Clients {
    stop: Arc<AtomicBool>,
    messages: Arc<AtomicUsize>,
    tasks: Vec<JoinHandle<()>>,
}

impl Clients {
    fn start(addresses: &[SocketAddr], pause: Duration, run: u64) -> Self {
        let (stop, messages) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let client = |number: usize| {
            let (stop, messages) = (Arc::clone(&stop), Arc::clone(&messages));
            let address = addresses[number % addresses.len()];
            let dice = ChaCha8Rng::seed_from_u64(run << 32 | number as u64);
            tokio::spawn(async move {
                let mut dice = dice;
                let mut wire = Wire::connect(address).await.expect("the server listens");
                while !stop.load(Ordering::Relaxed) {
                    let request = large_messages(&mut dice);
                    let answer = wire.send(&request).await.expect("the server answers");
                    match answer.status {
                        200 => {
                            messages.fetch_add(BATCH, Ordering::Relaxed);
                        }
                        // The node that is gone has led some groups.
                        503 | 429 => {}
                        status => panic!("{status}: {}", String::from_utf8_lossy(answer.body)),
                    }
                    tokio::time::sleep(pause).await;
                }
            })
        };
        let tasks = (0..CONNECTIONS).map(client).collect();
        Self {
            stop,
            messages,
            tasks,
        }
    }

    async fn end(self) -> usize {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.expect("a client does not panic");
        }
        self.messages.load(Ordering::Relaxed)
    }
}

fn large_messages(dice: &mut ChaCha8Rng) -> Vec<u8> {
    let messages: Vec<_> = (0..BATCH)
        .map(|_| {
            let content: Vec<String> = (0..INCOMPRESSIBLE_BYTES / 8)
                .map(|_| format!("{:016x}", dice.random::<u64>()))
                .collect();
            json!({
                "type": "track",
                "event": "Document Sent",
                "messageId": format!("{:032x}", dice.random::<u128>()),
                "userId": format!("user-{}", dice.random_range(0..20_000)),
                "properties": { "content": content.concat() },
            })
        })
        .collect();
    let body = json!({ "writeKey": WRITE_KEY_SERVER, "batch": messages });
    post_request("localhost", "/v1/batch", None, body.to_string().as_bytes())
}
