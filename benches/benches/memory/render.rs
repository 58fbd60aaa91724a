//! Render: a customer of so many anchors as the JSON bytes of an answer, in a node without HTTP.
//!
//! - `lookup` goes from the key to the bytes: rows from the block cache, fold, JSON.
//!   `lookup_without_sections` leaves most of the JSON out, so that the difference of the two is
//!   rendering.
//! - `floor_body` is the same JSON from the types of the contract, made already.

use std::sync::Arc;

use acquaint_api::ProfileKey;
use acquaint_api::profiles::ProfileBody;
use acquaint_api::tracking::Message;
use acquaint_node::{Caller, Config, IngestOptions, LookupOptions, Node};
use bytes::Bytes;
use divan::Bencher;
use divan::counter::BytesCount;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Anchors of the customer: a login, and browsers that were used before it logged in.
const ANCHORS: [usize; 3] = [1, 9, 50];
const EVENTS: [&str; 3] = ["Order Completed", "Product Viewed", "Email Opened"];
/// Interactions of each anchor.
const INTERACTIONS: usize = 5;

struct Customer {
    runtime: Runtime,
    node: Arc<Node>,
    caller: Caller,
    key: ProfileKey,
    _directory: TempDir,
}

impl Customer {
    fn new(anchors: usize) -> Self {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let config = Config {
            data_dir: directory.path().to_owned(),
            anchors_groups: 1,
            ..Config::default()
        };
        let runtime = Runtime::new().expect("a runtime can be made");
        let node = runtime
            .block_on(Node::open(config))
            .expect("a node can start");
        let customer = Self {
            caller: node.anonymous().expect("a node without keys"),
            key: "user_id:ada".parse().expect("a key"),
            runtime,
            node,
            _directory: directory,
        };
        customer.ingest(messages(anchors));
        let body = customer.body();
        assert_eq!(body.identifiers.map(|all| all.len()), Some(anchors));
        customer
    }

    fn ingest(&self, messages: Vec<Value>) {
        let messages = messages
            .into_iter()
            .map(|message| Message::from_json(message, None))
            .collect();
        let options = IngestOptions::default();
        let ingest = self.node.ingest(&self.caller, messages, &options);
        self.runtime
            .block_on(ingest)
            .expect("the messages are taken in");
    }

    fn lookup(&self, options: &LookupOptions) -> Bytes {
        let lookup = self.node.lookup(&self.caller, &self.key, options);
        self.runtime.block_on(lookup).expect("a known customer")
    }

    fn body(&self) -> ProfileBody {
        let json = self.lookup(&LookupOptions::default());
        serde_json::from_slice(&json).expect("the JSON of a profile")
    }
}

impl Drop for Customer {
    fn drop(&mut self) {
        self.runtime.block_on(self.node.shutdown());
    }
}

fn messages(anchors: usize) -> Vec<Value> {
    let mut messages = Vec::new();
    for anchor in 0..anchors {
        let browser = format!("browser-{anchor}");
        for number in 0..INTERACTIONS {
            let mut message = json!({
                "type": "track",
                "messageId": format!("m-{anchor}-{number}"),
                "timestamp": format!("2026-01-{:02}T03:04:05Z", number + 1),
                "event": EVENTS[number % EVENTS.len()],
                "properties": {"order_id": format!("o-{anchor}-{number}"), "revenue": 19.95, "currency": "EUR"},
                "context": {"traits": {"city": "Turin", "plan": "gold", "language": "it", "lastName": "Rossi"}},
            });
            match anchor {
                0 => message["userId"] = json!("ada"),
                _ => message["anonymousId"] = json!(browser),
            }
            messages.push(message);
        }
        if anchor > 0 {
            messages.push(json!({
                "type": "identify",
                "messageId": format!("login-{anchor}"),
                "timestamp": "2026-01-06T03:04:05Z",
                "userId": "ada",
                "anonymousId": browser,
            }));
        }
    }
    messages
}

fn bytes(body: &ProfileBody) -> Vec<u8> {
    serde_json::to_vec(body).expect("a body is JSON")
}

fn bench_lookup(bencher: Bencher, anchors: usize, options: &LookupOptions) {
    let customer = Customer::new(anchors);
    let length = customer.lookup(options).len();
    bencher
        .counter(BytesCount::new(length))
        .bench_local(|| customer.lookup(options));
}

#[divan::bench(args = ANCHORS)]
fn lookup(bencher: Bencher, anchors: usize) {
    bench_lookup(bencher, anchors, &LookupOptions::default());
}

#[divan::bench(args = ANCHORS)]
fn lookup_without_sections(bencher: Bencher, anchors: usize) {
    let options = LookupOptions {
        sections: Some([].into()),
        ..LookupOptions::default()
    };
    bench_lookup(bencher, anchors, &options);
}

#[divan::bench(args = ANCHORS)]
fn floor_body(bencher: Bencher, anchors: usize) {
    let body = Customer::new(anchors).body();
    bencher
        .counter(BytesCount::new(bytes(&body).len()))
        .bench_local(|| bytes(&body));
}
