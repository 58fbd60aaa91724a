//! Clients that write and read through one node as long as it takes connections, and through the next one then.
//!
//! What they meet while nodes are stopped in order is what an operator's planned work costs its clients.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinHandle;

use crate::{TOKEN, WRITE_KEY_SERVER};

/// What the clients have met.
#[derive(Debug, Default)]
pub struct Met {
    answered: AtomicU64,
    resent: AtomicU64,
    failed: Mutex<Vec<String>>,
    slowest_micros: AtomicU64,
}

impl Met {
    /// Requests that were answered with success.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Requests that met a connection which was being closed, and were sent again.
    pub fn resent(&self) -> u64 {
        self.resent.load(Ordering::Relaxed)
    }

    /// What became of the requests that failed.
    pub fn failed(&self) -> Vec<String> {
        self.failed.lock().expect("nobody panics here").clone()
    }

    /// How long the slowest answer was waited for.
    pub fn slowest(&self) -> Duration {
        Duration::from_micros(self.slowest_micros.load(Ordering::Relaxed))
    }

    fn answer(&self, waited: Duration) {
        self.answered.fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(waited.as_micros()).unwrap_or(u64::MAX);
        self.slowest_micros.fetch_max(micros, Ordering::Relaxed);
    }

    fn fail(&self, how: String) {
        self.failed.lock().expect("nobody panics here").push(how);
    }
}

/// Running clients.
#[derive(Debug)]
pub struct Visitors {
    met: Arc<Met>,
    stop: Arc<AtomicBool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Visitors {
    /// Starts `count` clients of the nodes at `urls` (`http://host:port`); each begins with another one.
    pub fn start(count: usize, urls: &[String]) -> Self {
        let (met, stop) = (Arc::<Met>::default(), Arc::<AtomicBool>::default());
        let visit = |number| {
            let (urls, met, stop) = (urls.to_vec(), Arc::clone(&met), Arc::clone(&stop));
            tokio::spawn(visit(number, urls, met, stop))
        };
        let tasks = (0..count).map(visit).collect();
        Self { met, stop, tasks }
    }

    /// Lets every client finish its request, and says what they have met.
    pub async fn end(self) -> Arc<Met> {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.expect("a client does not panic");
        }
        self.met
    }
}

/// Whether a server has closed a kept connection just when a request was written to it. No server can help that: clients send such
/// a request again, and message ids make that safe.
fn was_closed(error: &reqwest::Error) -> bool {
    error.is_request() && !error.is_connect() && !error.is_timeout()
}

async fn visit(number: usize, urls: Vec<String>, met: Arc<Met>, stop: Arc<AtomicBool>) {
    let http = reqwest::Client::new();
    let (mut node, mut made) = (number, 0_u64);
    while !stop.load(Ordering::Relaxed) {
        made += 1;
        let url = &urls[node % urls.len()];
        let message = json!({"userId": format!("c-{number}"), "event": "e", "messageId": format!("c-{number}-{made}")});
        let write = http.post(format!("{url}/v1/track"));
        let write = write.basic_auth(WRITE_KEY_SERVER, Some("")).json(&message);
        let path = format!("{url}/v1/profiles/user_id:c-{number}?consistency=strong");
        for request in [write, http.get(path).bearer_auth(TOKEN)] {
            let again = request.try_clone().expect("a body that is no stream");
            let begun = Instant::now();
            let mut sent = request.send().await;
            if sent.as_ref().is_err_and(was_closed) {
                met.resent.fetch_add(1, Ordering::Relaxed);
                sent = again.send().await;
            }
            match sent {
                Ok(answer) if answer.status().is_success() => met.answer(begun.elapsed()),
                // Not a request yet: nobody took it.
                Err(error) if error.is_connect() => node += 1,
                Ok(answer) => {
                    let status = answer.status();
                    let text = answer.text().await.unwrap_or_default();
                    met.fail(format!("{url}: {status}: {text}"));
                }
                Err(error) => met.fail(format!("{url}: {error:?}")),
            }
        }
    }
}
