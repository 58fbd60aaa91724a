//! Many connections that each send one request after the other.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::{Spread, Wire};

/// What a drive came to.
#[derive(Clone, Debug)]
pub struct Load {
    /// Requests that were answered with 200.
    pub requests: usize,
    /// From the first to the last.
    pub took: Duration,
    /// How long each was waited for.
    pub waits: Spread,
}

impl Load {
    /// Several that ran at the same time.
    pub fn together(loads: Vec<Self>) -> Self {
        Self {
            requests: loads.iter().map(|load| load.requests).sum(),
            took: loads.iter().map(|load| load.took).max().unwrap_or_default(),
            waits: Spread::together(loads.into_iter().map(|load| load.waits)),
        }
    }

    /// Requests in a second.
    pub fn per_second(&self) -> f64 {
        self.requests as f64 / self.took.as_secs_f64()
    }
}

/// Keeps `connections` busy for `time`; `request(connection, number)` makes the bytes. Any
/// answer but 200 ends the program: a refusal is not a measurement.
pub async fn drive<F>(address: SocketAddr, connections: usize, time: Duration, request: F) -> Load
where
    F: Fn(usize, usize) -> Vec<u8> + Clone + Send + 'static,
{
    let begun = Instant::now();
    let one = |connection: usize| {
        let request = request.clone();
        tokio::spawn(async move {
            let mut wire = Wire::connect(address).await.expect("the server listens");
            let mut waits = Vec::new();
            while begun.elapsed() < time {
                let bytes = request(connection, waits.len());
                let sent = Instant::now();
                let (status, body) = wire.send(&bytes).await.expect("the server answers");
                assert_eq!(status, 200, "{}", String::from_utf8_lossy(body));
                waits.push(sent.elapsed());
            }
            waits
        })
    };
    let tasks: Vec<_> = (0..connections).map(one).collect();
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await.expect("a connection's task does not panic"));
    }
    Load {
        requests: waits.len(),
        took: begun.elapsed(),
        waits: Spread::new(waits),
    }
}
