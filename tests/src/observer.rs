//! Clients that write and read with every consistency, and what they saw.
//!
//! ```text
//!   Observer ─► any node ─► Observations ─┬─ strong reads and writes of each key ─► linearizable
//!            ─► any node                  ├─ steps of each session               ─► sessions
//!                                         ├─ bounded reads and when it was acknowledged ─► never older
//!                                         └─ ledger                              ─► the export of every node
//! ```
//!
//! - A key is a customer. Messages of a key are numbered; each has an anonymous id of its number. So one read shows two sets:
//!   the interactions of an anchor, and the identifiers of an identity node. Each is promised for itself.
//! - A customer has few messages and then gives place to a new one, so that a read shows all and histories are short.
//! - A write is sent until it is acknowledged, each time to another node, as clients do: it takes effect once.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use acquaint_api::Position;
use acquaint_history::{
    Bounds, Clock, MessageSet, NumberSet, Outcome, Pending, Recorder, SetInput, SetOutput, Step,
    Stepped, linearizable, sessions,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::{Ledger, TOKEN, WRITE_KEY_SERVER};

/// Customers at a time.
const CUSTOMERS: usize = 6;
/// A read shows the latest hundred interactions.
const MESSAGES_OF_A_CUSTOMER: u32 = 60;
/// Who waits longer asks another node. The write may still take effect.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);
const BETWEEN_TRIES: Duration = Duration::from_millis(20);
/// What a bounded read may be older than it says, for the way of the answer.
const STALENESS_MARGIN: Duration = Duration::from_millis(100);

/// One of the two sets that a read shows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// The interactions of a customer's anchor.
    Interactions(String),
    /// The identifiers at a customer's identity node.
    Identifiers(String),
}

/// What a read asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Strong,
    Session,
    Local,
    Bounded(Duration),
}

/// What all observers of a test saw.
pub struct Observations {
    /// What a strong read asks for.
    strong_asks: &'static str,
    strong: Recorder<Key, SetInput, SetOutput>,
    steps: Mutex<Vec<Step<Key>>>,
    acknowledged: Mutex<Vec<(String, u32, Instant)>>,
    ledger: Mutex<Ledger>,
    /// Answers, by what was asked and how it ended.
    counts: Mutex<BTreeMap<(&'static str, u16), u64>>,
    broken: Mutex<Vec<String>>,
    /// The next message of each customer.
    next: [AtomicU32; CUSTOMERS],
}

/// One client.
pub struct Observer {
    number: u64,
    rng: ChaCha8Rng,
    http: reqwest::Client,
    nodes: Vec<String>,
    saw: Arc<Observations>,
    /// What the session has written and read.
    position: Position,
}

/// What a read showed.
#[derive(Debug)]
struct Seen {
    interactions: NumberSet,
    identifiers: NumberSet,
    /// Not told by an answer that nobody is known.
    position: Option<Position>,
}

/// What came back.
#[derive(Debug)]
struct Answer {
    status: u16,
    /// From the headers of a read.
    position: Option<Position>,
    body: Value,
}

impl Observer {
    /// A client of the nodes at `nodes` (`http://host:port`).
    pub fn new(number: u64, seed: u64, nodes: Vec<String>, saw: Arc<Observations>) -> Self {
        let http = reqwest::Client::builder().timeout(ANSWER_WITHIN).build();
        Self {
            number,
            rng: ChaCha8Rng::seed_from_u64(seed.wrapping_add(number)),
            http: http.expect("a client can be made"),
            nodes,
            saw,
            position: Position {
                identified: true,
                ..Position::default()
            },
        }
    }

    /// Writes and reads until it is told to stop. A write that is under way then is sent until it is acknowledged or
    /// `patience` is over.
    pub async fn run(mut self, stop: Arc<AtomicBool>, patience: Duration) {
        while !stop.load(Ordering::Relaxed) {
            match self.rng.random_range(0..8) {
                0..3 => self.write(&stop, patience).await,
                3..5 => self.read(Level::Strong).await,
                5 => self.read(Level::Session).await,
                6 => self.read(Level::Local).await,
                _ => {
                    let bound = Duration::from_millis(self.rng.random_range(500..3_000));
                    self.read(Level::Bounded(bound)).await;
                }
            }
        }
    }

    async fn write(&mut self, stop: &AtomicBool, patience: Duration) {
        let place = self.rng.random_range(0..CUSTOMERS);
        let (customer, number) = self.saw.next_message(place);
        let id = format!("m-{customer}-{number}");
        let message = json!({
            "type": "track", "event": "Seen", "messageId": id,
            "userId": customer, "anonymousId": format!("a-{customer}-{number}"),
            "timestamp": "2026-01-01T10:00:00.000Z",
        });
        self.saw.ledger.lock().expect(LOCK).send(&id);
        let begun = self
            .saw
            .begin(self.number, &customer, SetInput::Add(number));
        let mut given_up: Option<Instant> = None;
        loop {
            if let Some(position) = self.try_write(&message).await {
                self.saw.end(begun, |_| Outcome::Done(SetOutput::Added));
                self.saw.acknowledge(&customer, number, &id);
                self.position.merge(&position);
                self.step(&customer, |_| Stepped::Wrote(number), position);
                return;
            }
            if stop.load(Ordering::Relaxed)
                && given_up.get_or_insert_with(Instant::now).elapsed() > patience
            {
                return;
            }
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
    }

    async fn try_write(&mut self, message: &Value) -> Option<Position> {
        let url = format!("{}/v1/batch", self.any_node());
        let request = self.http.post(url).basic_auth(WRITE_KEY_SERVER, Some(""));
        let request = request.json(&json!({ "batch": [message] }));
        let answer = self.ask("write", request).await?;
        match answer.status {
            200 => {
                let word = answer.body["verdicts"][0]["verdict"].as_str();
                let is_taken = matches!(word, Some("accepted" | "duplicate"));
                assert!(is_taken, "{answer:?}");
                let position = answer.body["position"].as_str();
                let position = position.expect("an acknowledgement has a position");
                Some(position.parse().expect("a position can be read"))
            }
            429 | 503 => None,
            _ => panic!("{answer:?}"),
        }
    }

    async fn read(&mut self, level: Level) {
        let place = self.rng.random_range(0..CUSTOMERS);
        let customer = self.saw.recent_customer(place, &mut self.rng);
        let begun_at = Instant::now();
        let begun = (level == Level::Strong)
            .then(|| self.saw.begin(self.number, &customer, SetInput::Read));
        let seen = self.try_read(level, &customer).await;
        if let Some(begun) = begun {
            self.saw.end(begun, |key| match &seen {
                Some(seen) => Outcome::Done(SetOutput::Seen(seen.of(key).clone())),
                None => Outcome::Failed,
            });
        }
        let Some(seen) = seen else { return };
        self.saw.all_were_sent(&customer, &seen);
        match level {
            Level::Strong | Level::Session => {
                let position = seen.position.clone().unwrap_or(self.position.clone());
                self.position.merge(&position);
                let stepped = |key: &Key| Stepped::Read(seen.of(key).clone());
                self.step(&customer, stepped, position);
            }
            Level::Bounded(bound) => self.saw.is_fresh(&customer, &seen, begun_at, bound),
            Level::Local => {}
        }
    }

    async fn try_read(&mut self, level: Level, customer: &str) -> Option<Seen> {
        let asks = match level {
            Level::Strong => self.saw.strong_asks.to_owned(),
            Level::Session => format!("consistency=session&after={}", self.position),
            Level::Local => "consistency=local".to_owned(),
            Level::Bounded(bound) => format!("max_staleness={}", bound.as_millis()),
        };
        let node = self.any_node();
        let url = format!(
            "{node}/v1/profiles/user_id:{customer}?fields=identifiers&interactions=100&{asks}"
        );
        let request = self.http.get(url).bearer_auth(TOKEN);
        let answer = self.ask(level.as_str(), request).await?;
        match answer.status {
            // Not found: nobody has heard of the customer yet.
            200 | 404 => Some(Seen::read(customer, &answer)),
            429 | 503 => None,
            _ => panic!("{answer:?}"),
        }
    }

    /// What came back; nothing when nothing did.
    async fn ask(&self, what: &'static str, request: reqwest::RequestBuilder) -> Option<Answer> {
        let answer = Answer::to(request).await;
        let status = answer.as_ref().map_or(0, |answer| answer.status);
        let mut counts = self.saw.counts.lock().expect(LOCK);
        *counts.entry((what, status)).or_default() += 1;
        answer
    }

    fn any_node(&mut self) -> String {
        self.nodes[self.rng.random_range(0..self.nodes.len())].clone()
    }

    fn step(&self, customer: &str, stepped: impl Fn(&Key) -> Stepped, position: Position) {
        let groups = position.groups.iter();
        let position: acquaint_history::Position = groups
            .map(|(group, index)| (u64::from(*group), *index))
            .into();
        let mut steps = self.saw.steps.lock().expect(LOCK);
        for key in keys(customer) {
            steps.push(Step {
                session: self.number,
                stepped: stepped(&key),
                key,
                position: position.clone(),
            });
        }
    }
}

const LOCK: &str = "no observer panicked";

impl Observations {
    /// Of observers whose strong reads ask for this: `consistency=strong`, unless it shall be found out that they do not.
    pub fn new(strong_asks: &'static str) -> Self {
        Self {
            strong_asks,
            strong: Recorder::new(Clock::default()),
            steps: Mutex::default(),
            acknowledged: Mutex::default(),
            ledger: Mutex::default(),
            counts: Mutex::default(),
            broken: Mutex::default(),
            next: Default::default(),
        }
    }

    /// Says what is wrong with what was seen, if anything is.
    pub fn check(&self) -> Result<(), String> {
        if let Some(first) = self.broken.lock().expect(LOCK).first() {
            return Err(first.clone());
        }
        for (key, history) in self.strong.histories() {
            linearizable(&MessageSet, &history, Bounds::default())
                .map_err(|refusal| format!("{key:?}: {refusal}"))?;
        }
        sessions(&self.steps.lock().expect(LOCK)).map_err(|went_back| went_back.to_string())
    }

    /// What was sent and acknowledged.
    pub fn ledger(&self) -> Ledger {
        self.ledger.lock().expect(LOCK).clone()
    }

    fn next_message(&self, place: usize) -> (String, u32) {
        let message = self.next[place].fetch_add(1, Ordering::Relaxed);
        (
            customer(place, message / MESSAGES_OF_A_CUSTOMER),
            message % MESSAGES_OF_A_CUSTOMER,
        )
    }

    /// The customer of now, or the one before.
    fn recent_customer(&self, place: usize, rng: &mut impl Rng) -> String {
        let now = self.next[place].load(Ordering::Relaxed) / MESSAGES_OF_A_CUSTOMER;
        customer(
            place,
            now.saturating_sub(u32::from(rng.random_ratio(1, 10))),
        )
    }

    fn begin(&self, client: u64, customer: &str, input: SetInput) -> Vec<(Key, Pending)> {
        let begin = |key: Key| (key.clone(), self.strong.begin(client, key, input));
        keys(customer).map(begin).into()
    }

    fn end(&self, begun: Vec<(Key, Pending)>, outcome: impl Fn(&Key) -> Outcome<SetOutput>) {
        for (key, pending) in begun {
            self.strong.end(pending, outcome(&key));
        }
    }

    fn acknowledge(&self, customer: &str, number: u32, id: &str) {
        self.ledger.lock().expect(LOCK).acknowledge(id);
        let entry = (customer.to_owned(), number, Instant::now());
        self.acknowledged.lock().expect(LOCK).push(entry);
    }

    fn all_were_sent(&self, customer: &str, seen: &Seen) {
        for key in keys(customer) {
            for number in seen.of(&key).iter() {
                let id = format!("m-{customer}-{number}");
                if !self.ledger.lock().expect(LOCK).was_sent(&id) {
                    self.report(format!("{key:?} shows {number}, which was never sent"));
                }
            }
        }
    }

    /// What was acknowledged longer ago than the bound must be there.
    fn is_fresh(&self, customer: &str, seen: &Seen, begun: Instant, bound: Duration) {
        let acknowledged = self.acknowledged.lock().expect(LOCK).clone();
        for (whose, number, when) in acknowledged {
            let age = begun.saturating_duration_since(when);
            if whose != customer || age < bound + STALENESS_MARGIN {
                continue;
            }
            for key in keys(customer) {
                if !seen.of(&key).contains(number) {
                    self.report(format!(
                        "{key:?} lacks {number}, acknowledged {age:?} before, at max_staleness={bound:?}"
                    ));
                }
            }
        }
    }

    fn report(&self, what: String) {
        self.broken.lock().expect(LOCK).push(what);
    }
}

impl fmt::Display for Observations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((what, status), count) in self.counts.lock().expect(LOCK).iter() {
            let status = match status {
                0 => "no answer".to_owned(),
                status => status.to_string(),
            };
            writeln!(f, "{what:8} {status:>9} {count:>8}")?;
        }
        Ok(())
    }
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Strong => "strong",
            Self::Session => "session",
            Self::Local => "local",
            Self::Bounded(_) => "bounded",
        }
    }
}

impl Answer {
    async fn to(request: reqwest::RequestBuilder) -> Option<Self> {
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        let position = answer.headers().get("acquaint-position").map(|position| {
            let text = position.to_str().expect("a position is text");
            text.parse().expect("a position can be read")
        });
        let body = answer.bytes().await.ok()?;
        Some(Self {
            status,
            position,
            body: serde_json::from_slice(&body).unwrap_or_default(),
        })
    }
}

impl Seen {
    fn read(customer: &str, answer: &Answer) -> Self {
        let (messages, anonymous) = (format!("m-{customer}-"), format!("a-{customer}-"));
        let numbers = |list: &str, member: &str, prefix: &str| {
            let mut numbers = NumberSet::new();
            let list = answer.body[list].as_array().into_iter().flatten();
            for text in list.filter_map(|entry| entry[member].as_str()) {
                if let Some(number) = text.strip_prefix(prefix) {
                    numbers.insert(number.parse().expect("messages are numbered"));
                }
            }
            numbers
        };
        Self {
            interactions: numbers("interactions", "messageId", &messages),
            identifiers: numbers("identifiers", "value", &anonymous),
            position: answer.position.clone(),
        }
    }

    fn of(&self, key: &Key) -> &NumberSet {
        match key {
            Key::Interactions(_) => &self.interactions,
            Key::Identifiers(_) => &self.identifiers,
        }
    }
}

fn keys(customer: &str) -> [Key; 2] {
    [
        Key::Interactions(customer.to_owned()),
        Key::Identifiers(customer.to_owned()),
    ]
}

fn customer(place: usize, generation: u32) -> String {
    format!("c-{place}-{generation}")
}
