//! `kill -9` at random moments under load.
//!
//! - Every acknowledged message is there, once, after the restart; one whose answer was
//!   lost is there once or not at all, and sending it again settles it.
//! - A lookup after an acknowledgement sees exactly what was acknowledged.
//! - At the end the export equals, to the byte, that of a node that was never killed.
//!
//! `ACQUAINT_KILL_ROUNDS` sets the rounds (`make kill-long`), `ACQUAINT_KILL_SEED` repeats
//! a run.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use acquaint_tests::{
    Import, Server, ServerOptions, TOKEN, WRITE_KEY_SERVER, assert_same_bytes, import, number_from,
    seed_from, stream,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

const ROUNDS_IN_CI: u64 = 50;
const WRITERS: usize = 6;
const USERS_PER_WRITER: usize = 8;

/// One client: it owns its users, so it knows what a lookup must say.
struct Writer {
    number: usize,
    rng: ChaCha8Rng,
    http: reqwest::Client,
    base: String,
    /// Every message ever sent, in order.
    sent: Vec<Value>,
    /// The batch whose answer never came.
    in_doubt: Vec<Value>,
    /// Acknowledged messages by user.
    acknowledged: BTreeMap<usize, u64>,
}

impl Writer {
    fn new(number: usize, seed: u64, base: String) -> Self {
        Self {
            number,
            rng: ChaCha8Rng::seed_from_u64(seed.wrapping_add(number as u64)),
            http: reqwest::Client::new(),
            base,
            sent: Vec::new(),
            in_doubt: Vec::new(),
            acknowledged: BTreeMap::new(),
        }
    }

    /// Sends, and looks up what was acknowledged, until the node goes away.
    async fn run(mut self) -> Self {
        loop {
            if self.in_doubt.is_empty() {
                self.in_doubt = self.next_batch();
                self.sent.extend(self.in_doubt.iter().cloned());
            }
            if !self.settle().await {
                return self;
            }
            let user = self.rng.random_range(0..USERS_PER_WRITER);
            if self.acknowledged.contains_key(&user) {
                match self.counted(user).await {
                    None => return self,
                    Some(seen) => assert_eq!(seen, self.acknowledged[&user], "{}", self.user(user)),
                }
            }
        }
    }

    /// Sends the batch in doubt until it is acknowledged; false when the node went away.
    async fn settle(&mut self) -> bool {
        let body = json!({ "batch": self.in_doubt });
        loop {
            let request = self.http.post(format!("{}/v1/batch", self.base));
            let request = request.basic_auth(WRITE_KEY_SERVER, Some("")).json(&body);
            let Ok(answer) = request.send().await else {
                return false;
            };
            let status = answer.status().as_u16();
            let Ok(text) = answer.text().await else {
                return false;
            };
            match status {
                200 => return self.acknowledge(&text),
                429 | 503 => tokio::time::sleep(Duration::from_millis(20)).await,
                _ => panic!("{status}: {text}"),
            }
        }
    }

    fn acknowledge(&mut self, answer: &str) -> bool {
        let answer: Value = serde_json::from_str(answer).unwrap();
        let verdicts = answer["verdicts"].as_array().unwrap();
        assert_eq!(verdicts.len(), self.in_doubt.len());
        for verdict in verdicts {
            let word = verdict["verdict"].as_str().unwrap();
            assert!(matches!(word, "accepted" | "duplicate"), "{answer}");
        }
        for message in std::mem::take(&mut self.in_doubt) {
            *self.acknowledged.entry(user_of(&message)).or_default() += 1;
        }
        true
    }

    /// What the profile of a user counts; `None` when the node went away.
    async fn counted(&self, user: usize) -> Option<u64> {
        let url = format!(
            "{}/v1/profiles/user_id:{}?fields=events",
            self.base,
            self.user(user)
        );
        let answer = self.http.get(&url).bearer_auth(TOKEN).send().await.ok()?;
        let status = answer.status().as_u16();
        let text = answer.text().await.ok()?;
        assert_eq!(status, 200, "{url}: {text}");
        let body: Value = serde_json::from_str(&text).unwrap();
        let counts = body["events"].as_object().unwrap();
        Some(counts.values().map(|count| count.as_u64().unwrap()).sum())
    }

    /// After a restart: all that was acknowledged, and of the batch in doubt all or nothing
    /// per message.
    async fn check(&self) {
        for (user, acknowledged) in &self.acknowledged {
            let seen = self.counted(*user).await.expect("the node is up");
            let doubtful = self
                .in_doubt
                .iter()
                .filter(|message| user_of(message) == *user);
            let most = acknowledged + doubtful.count() as u64;
            let user = self.user(*user);
            assert!(
                (*acknowledged..=most).contains(&seen),
                "{user}: {acknowledged} acknowledged, at most {most} sent, {seen} there"
            );
        }
    }

    fn user(&self, user: usize) -> String {
        format!("u-{}-{user}", self.number)
    }

    fn next_batch(&mut self) -> Vec<Value> {
        let size = self.rng.random_range(1..=12);
        (0..size).map(|place| self.next_message(place)).collect()
    }

    /// An event of one of the users, under one of three sets of identifiers. Its time
    /// is made of its number: nothing depends on when the test ran.
    fn next_message(&mut self, place: usize) -> Value {
        let user = self.rng.random_range(0..USERS_PER_WRITER);
        let number = self.sent.len() + place;
        let second = number % 60;
        let day = 1 + number / 60 % 28;
        let mut message = json!({
            "type": "track",
            "event": format!("Counted {}", number % 5),
            "messageId": format!("m-{}-{number}", self.number),
            "timestamp": format!("2026-01-{day:02}T10:00:{second:02}.000Z"),
            "userId": self.user(user),
            "properties": { "number": number, "writer": self.number, "user": user },
        });
        let email = format!("{}@example.com", self.user(user));
        match self.rng.random_range(0..3) {
            0 => message["context"] = json!({ "traits": { "email": email } }),
            1 => message["anonymousId"] = json!(format!("a-{}-{user}", self.number)),
            _ => {}
        }
        message
    }
}

fn user_of(message: &Value) -> usize {
    usize::try_from(message["properties"]["user"].as_u64().unwrap()).unwrap()
}

/// Loads the node, kills it at a random moment, starts it again.
async fn round(
    server: &mut Server,
    writers: Vec<Writer>,
    rng: &mut ChaCha8Rng,
) -> (Vec<Writer>, Duration) {
    let tasks: Vec<_> = writers
        .into_iter()
        .map(|writer| tokio::spawn(writer.run()))
        .collect();
    tokio::time::sleep(Duration::from_millis(rng.random_range(20..400))).await;
    server.kill_nine();
    let mut writers = Vec::new();
    for task in tasks {
        writers.push(task.await.unwrap());
    }
    // One in four: killed again while it recovers.
    if rng.random_ratio(1, 4) {
        server.spawn();
        tokio::time::sleep(Duration::from_millis(rng.random_range(1..120))).await;
        server.kill_nine();
    }
    let begun = Instant::now();
    server.restart().await;
    (writers, begun.elapsed())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_or_doubled() {
    let rounds = number_from("ACQUAINT_KILL_ROUNDS").unwrap_or(ROUNDS_IN_CI);
    let seed = seed_from("ACQUAINT_KILL_SEED");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut server = Server::start(&ServerOptions::default()).await;
    let new_writer = |number| Writer::new(number, seed, server.url(""));
    let mut writers: Vec<Writer> = (0..WRITERS).map(new_writer).collect();
    let mut slowest = Duration::ZERO;
    for _ in 0..rounds {
        let (alive, restart) = round(&mut server, writers, &mut rng).await;
        writers = alive;
        slowest = slowest.max(restart);
        for writer in &writers {
            writer.check().await;
        }
    }
    for writer in &mut writers {
        assert!(writer.in_doubt.is_empty() || writer.settle().await);
        writer.check().await;
    }
    server.assert_no_panic();
    let killed = server.export().await;
    drop(server);

    let sent: Vec<Value> = writers
        .iter()
        .flat_map(|writer| writer.sent.clone())
        .collect();
    println!(
        "{rounds} kills, {} messages, slowest restart {slowest:?}",
        sent.len()
    );
    let lines = String::from_utf8_lossy(&killed).into_owned();
    let stored = lines
        .lines()
        .filter(|line| line.starts_with(r#"{"interaction""#))
        .count();
    assert_eq!(stored, sent.len(), "every message once");
    let unharmed = Server::start(&ServerOptions::default()).await;
    let how = Import {
        batch_messages: 500,
        in_flight: 4,
    };
    import(&unharmed, &stream::shuffled(&sent, seed), how).await;
    assert_same_bytes(
        &unharmed.export().await,
        &killed,
        "killed, against never killed",
    );
}
