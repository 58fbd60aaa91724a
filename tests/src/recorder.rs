//! A small proxy between a real SDK and the node, that keeps what passed.
//!
//! ```text
//!   SDK ──► Recorder ──► node          forward
//!   SDK ──► Recorder ─✂► node          garble: the node sees a broken body and says 400 itself
//!   SDK ◄── Recorder ──► node          lose: the node takes the batch, the SDK sees a 503
//! ```
//!
//! - Faults are used up one per request, in order; after them everything is forwarded.
//! - Without a node behind it, it says `{"success":true}` to everything.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use flate2::read::GzDecoder;
use serde_json::Value;

/// What the recorder does to one request.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// Cuts the body in half before it goes on, so that the node refuses it.
    Garble,
    /// Lets the node take it, and answers 503 all the same.
    LoseAnswer,
}

/// One request and how it was answered.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// `POST`, `GET`, …
    pub method: String,
    /// Path and query.
    pub path: String,
    /// As sent, names in lower case.
    pub headers: HeaderMap,
    /// As sent, perhaps compressed.
    pub body: Vec<u8>,
    /// What the SDK saw.
    pub status: u16,
    /// `Retry-After` of the answer, in seconds.
    pub retry_after: Option<u32>,
    /// What the SDK saw, or what the node said when the answer was lost.
    pub answer: Value,
}

impl Recorded {
    /// Whether the body was compressed.
    pub fn is_gzip(&self) -> bool {
        self.headers
            .get("content-encoding")
            .is_some_and(|value| value == "gzip")
    }

    /// The body as JSON, decompressed where it has to be.
    pub fn json(&self) -> Value {
        let mut plain = Vec::new();
        if self.is_gzip() {
            GzDecoder::new(self.body.as_slice())
                .read_to_end(&mut plain)
                .expect("an SDK compresses correctly");
        } else {
            plain.clone_from(&self.body);
        }
        serde_json::from_slice(&plain).expect("an SDK sends JSON")
    }

    /// The messages of a batch.
    pub fn messages(&self) -> Vec<Value> {
        self.json()["batch"].as_array().cloned().unwrap_or_default()
    }

    /// The verdicts in the answer, in the order of the messages.
    pub fn verdicts(&self) -> Vec<String> {
        let verdicts = self.answer["verdicts"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let word = |verdict: &Value| verdict["verdict"].as_str().unwrap_or("none").to_owned();
        verdicts.iter().map(word).collect()
    }
}

/// A running recorder; it ends with the value.
#[derive(Debug)]
pub struct Recorder {
    shared: Arc<Shared>,
    port: u16,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    upstream: Option<String>,
    faults: Mutex<VecDeque<Fault>>,
    recorded: Mutex<Vec<Recorded>>,
    http: reqwest::Client,
}

impl Recorder {
    /// Listens on a free loopback port, in front of `upstream` (`http://host:port`).
    pub async fn start(upstream: Option<String>, faults: &[Fault]) -> Self {
        let shared = Arc::new(Shared {
            upstream,
            faults: Mutex::new(faults.iter().copied().collect()),
            recorded: Mutex::default(),
            http: reqwest::Client::new(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let port = listener
            .local_addr()
            .expect("a bound socket has an address")
            .port();
        let router = Router::new().fallback(pass).with_state(shared.clone());
        let task = tokio::spawn(async move {
            axum::serve(listener, router)
                .await
                .expect("the recorder serves");
        });
        Self { shared, port, task }
    }

    /// What an SDK takes as its host.
    pub fn host(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Everything so far, in the order of the answers.
    pub fn recorded(&self) -> Vec<Recorded> {
        self.shared
            .recorded
            .lock()
            .expect("no recorder task panicked")
            .clone()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let fault = shared
        .faults
        .lock()
        .expect("no recorder task panicked")
        .pop_front();
    let sent = match fault {
        Some(Fault::Garble) => body.slice(..body.len() / 2),
        _ => body.clone(),
    };
    let (status, retry_after, answer) = shared.forward(&method, &uri, &headers, sent).await;
    let seen = match fault {
        Some(Fault::LoseAnswer) => 503,
        _ => status,
    };
    let path = uri
        .path_and_query()
        .map_or_else(String::new, ToString::to_string);
    let recorded = Recorded {
        method: method.to_string(),
        path,
        headers,
        body: body.to_vec(),
        status: seen,
        retry_after,
        answer: serde_json::from_str(&answer).unwrap_or_default(),
    };
    shared
        .recorded
        .lock()
        .expect("no recorder task panicked")
        .push(recorded);
    respond(seen, retry_after, answer)
}

fn respond(status: u16, retry_after: Option<u32>, answer: String) -> Response {
    let status = StatusCode::from_u16(status).expect("a status of the tests is one of HTTP's");
    let mut response = (status, [("content-type", "application/json")], answer).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert("retry-after", seconds.into());
    }
    response
}

impl Shared {
    async fn forward(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: Bytes,
    ) -> (u16, Option<u32>, String) {
        let Some(upstream) = &self.upstream else {
            return (200, None, r#"{"success":true}"#.to_owned());
        };
        let mut request = self
            .http
            .request(method.clone(), format!("{upstream}{uri}"))
            .body(body);
        for (name, value) in headers {
            if name != "host" && name != "content-length" && name != "connection" {
                request = request.header(name, value);
            }
        }
        let answer = request.send().await.expect("the node answers the recorder");
        let status = answer.status().as_u16();
        let retry_after = answer
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.parse().ok());
        let text = answer.text().await.expect("the node's answer is text");
        (status, retry_after, text)
    }
}
