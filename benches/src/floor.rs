//! What the machine gives at best: the least that any server of its kind has to do.
//!
//! - For an answer over HTTP: axum, sending the same number of constant bytes, in a process of its
//!   own like the node.
//! - For durability: appending to a file and waiting for fdatasync.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::routing::any;

const ARGUMENT: &str = "floor-server";

/// axum with constant bytes, as a child process that ends with the value.
#[derive(Debug)]
pub struct FloorServer {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl FloorServer {
    /// Starts this same program again as a floor server of `bytes` bytes.
    pub fn start(bytes: usize) -> Self {
        let program = std::env::current_exe().expect("a program knows its own path");
        let mut child = Command::new(program)
            .args([ARGUMENT, &bytes.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the floor server can be started");
        let mut line = String::new();
        let output = child.stdout.take().expect("its output is piped");
        BufReader::new(output)
            .read_line(&mut line)
            .expect("it prints its address");
        let address = line.trim().parse().expect("it prints its address");
        Self { child, address }
    }
}

impl Drop for FloorServer {
    fn drop(&mut self) {
        // It may have ended by itself; there is nothing to do about it then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Call it first in `main`: serves and never returns when this process is a floor server.
pub async fn floor_server_if_asked() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() != Some(ARGUMENT) {
        return;
    }
    let bytes = arguments.next().and_then(|text| text.parse().ok());
    let body = Bytes::from(vec![b'x'; bytes.expect("a number of bytes")]);
    let answer = move |_: Bytes| {
        let body = body.clone();
        async move { body }
    };
    let router = Router::new().fallback(any(answer));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("loopback has a free port");
    println!(
        "{}",
        listener
            .local_addr()
            .expect("a bound socket has an address")
    );
    axum::serve(listener, router)
        .await
        .expect("the floor is served");
    std::process::exit(0);
}

/// Appends of `bytes`, each followed by fdatasync, in a second; on the disk of `dir`.
pub fn sync_rate(dir: &Path, bytes: usize, time: Duration) -> f64 {
    let path = dir.join("sync-rate");
    let file = OpenOptions::new().create(true).append(true).open(&path);
    let mut file = file.expect("a file can be made beside the store");
    let block = vec![7; bytes];
    let begun = Instant::now();
    let mut syncs = 0;
    while begun.elapsed() < time {
        file.write_all(&block).expect("the file can be written");
        file.sync_data().expect("the file can be synced");
        syncs += 1;
    }
    let rate = f64::from(syncs) / begun.elapsed().as_secs_f64();
    std::fs::remove_file(path).expect("the file can be removed");
    rate
}
