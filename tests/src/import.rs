//! Sends many messages to a node as an importer would: batches, several in flight.
//!
//! - A batch holds at most [`Import::batch_messages`] and stays below the contract's size
//!   of a body, whichever comes first.
//! - An answer of 429 or 503 is retried, as an SDK does; anything else but 200 is a failure
//!   of the test.

use std::time::Duration;

use futures::stream::{self, StreamExt};
use serde_json::{Value, json};

use crate::{Server, WRITE_KEY_SERVER};

const BATCH_BYTES_MAX: usize = 480_000;
const TRIES_MAX: u32 = 200;

/// How to send, and with [`import`] what came back.
#[derive(Clone, Copy, Debug)]
pub struct Import {
    /// Messages in one request.
    pub batch_messages: usize,
    /// Requests at the same time.
    pub in_flight: usize,
}

/// Sends all messages; returns the verdict of each, in the order of `messages`.
pub async fn import(server: &Server, messages: &[Value], how: Import) -> Vec<String> {
    let batches = batches(messages, how.batch_messages);
    let answers = stream::iter(batches.into_iter().map(|batch| send(server, batch)));
    let verdicts: Vec<Vec<String>> = answers.buffered(how.in_flight).collect().await;
    verdicts.into_iter().flatten().collect()
}

fn batches(messages: &[Value], batch_messages: usize) -> Vec<Vec<Value>> {
    let mut batches = Vec::new();
    let mut batch = Vec::new();
    let mut bytes = 0;
    for message in messages {
        let size = message.to_string().len() + 1;
        if batch.len() == batch_messages || bytes + size > BATCH_BYTES_MAX {
            batches.push(std::mem::take(&mut batch));
            bytes = 0;
        }
        bytes += size;
        batch.push(message.clone());
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}

async fn send(server: &Server, batch: Vec<Value>) -> Vec<String> {
    let count = batch.len();
    let body = json!({ "batch": batch });
    for _ in 0..TRIES_MAX {
        let request = server
            .http()
            .post(server.url("/v1/batch"))
            .basic_auth(WRITE_KEY_SERVER, Some(""))
            .json(&body);
        let answer = request.send().await.expect("the server answers");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("the answer is text");
        if status == 429 || status == 503 {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        }
        assert_eq!(status, 200, "{text}");
        let answer: Value = serde_json::from_str(&text).expect("the answer is JSON");
        let verdicts = answer["verdicts"]
            .as_array()
            .expect("a verdict per message");
        assert_eq!(verdicts.len(), count, "a verdict per message");
        let word = |verdict: &Value| verdict["verdict"].as_str().expect("a word").to_owned();
        return verdicts.iter().map(word).collect();
    }
    panic!("a batch was refused {TRIES_MAX} times");
}
