//! A client that sends batches until it is told to stop, and keeps a ledger of what it was told.
//!
//! - A batch whose answer was lost, or was a refusal to be retried, is sent again, to the next node if there are several.
//! - Messages, users and identifiers are drawn from a seed; message ids are never used twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::{Ledger, WRITE_KEY_SERVER};

const USERS: usize = 8;
const BATCH_MESSAGES_MAX: usize = 12;
/// A node that has lost its disk may not answer at all.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

/// One client.
#[derive(Debug)]
pub struct Writer {
    number: usize,
    rng: ChaCha8Rng,
    http: reqwest::Client,
    /// The nodes' addresses, of which the client uses one at a time.
    nodes: Vec<String>,
    node: usize,
    made: usize,
    in_doubt: Vec<Value>,
    ledger: Ledger,
}

impl Writer {
    /// A client of the nodes at `nodes` (`http://host:port`), that begins with the one of its own number.
    pub fn new(number: usize, seed: u64, nodes: Vec<String>) -> Self {
        let http = reqwest::Client::builder()
            .timeout(ANSWER_WITHIN)
            .build()
            .expect("a client can be made");
        Self {
            number,
            rng: ChaCha8Rng::seed_from_u64(seed.wrapping_add(number as u64)),
            http,
            node: number % nodes.len(),
            nodes,
            made: 0,
            in_doubt: Vec::new(),
            ledger: Ledger::default(),
        }
    }

    /// What it knows.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Sends one batch after another until it is told to stop.
    pub async fn run(mut self, stop: Arc<AtomicBool>) -> Self {
        while !stop.load(Ordering::Relaxed) {
            if self.in_doubt.is_empty() {
                self.in_doubt = self.next_batch();
            }
            self.settle(&stop).await;
        }
        self
    }

    /// Sends the batch in doubt until it is acknowledged or the client is told to stop.
    pub async fn settle(&mut self, stop: &AtomicBool) {
        while !self.in_doubt.is_empty() && !stop.load(Ordering::Relaxed) {
            if !self.try_once().await {
                self.node = (self.node + 1) % self.nodes.len();
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
        }
    }

    async fn try_once(&mut self) -> bool {
        let url = format!("{}/v1/batch", self.nodes[self.node]);
        let request = self.http.post(url).basic_auth(WRITE_KEY_SERVER, Some(""));
        let request = request.json(&json!({ "batch": self.in_doubt }));
        let Ok(answer) = request.send().await else {
            return false;
        };
        let status = answer.status().as_u16();
        let Ok(answer) = answer.text().await else {
            return false;
        };
        match status {
            200 => self.acknowledge(&answer),
            429 | 503 => return false,
            _ => panic!("{status}: {answer}"),
        }
        true
    }

    fn acknowledge(&mut self, answer: &str) {
        let answer: Value = serde_json::from_str(answer).expect("an answer is JSON");
        let verdicts = answer["verdicts"].as_array().expect("there are verdicts");
        assert_eq!(verdicts.len(), self.in_doubt.len(), "{answer}");
        for (message, verdict) in std::mem::take(&mut self.in_doubt).iter().zip(verdicts) {
            let word = verdict["verdict"].as_str().expect("a verdict is a word");
            assert!(matches!(word, "accepted" | "duplicate"), "{answer}");
            self.ledger.acknowledge(id(message));
        }
    }

    fn next_batch(&mut self) -> Vec<Value> {
        let size = self.rng.random_range(1..=BATCH_MESSAGES_MAX);
        (0..size).map(|_| self.next_message()).collect()
    }

    /// An event of one of the client's users, under one of three sets of identifiers.
    fn next_message(&mut self) -> Value {
        let user = format!("u-{}-{}", self.number, self.rng.random_range(0..USERS));
        let number = self.made;
        self.made += 1;
        let (second, day) = (number % 60, 1 + number / 60 % 28);
        let mut message = json!({
            "type": "track",
            "event": format!("Counted {}", number % 5),
            "messageId": format!("m-{}-{number}", self.number),
            "timestamp": format!("2026-01-{day:02}T10:00:{second:02}.000Z"),
            "userId": user,
            "properties": { "number": number },
        });
        match self.rng.random_range(0..3) {
            0 => {
                let email = format!("{user}@example.com");
                message["context"] = json!({ "traits": { "email": email } });
            }
            1 => message["anonymousId"] = json!(format!("a-{user}")),
            _ => {}
        }
        self.ledger.send(id(&message));
        message
    }
}

fn id(message: &Value) -> &str {
    message["messageId"].as_str().expect("a message has an id")
}
