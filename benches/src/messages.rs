//! Messages to measure with.

use acquaint_tests::WRITE_KEY_SERVER;
use serde_json::{Value, json};

use crate::post_request;

fn event(connection: usize, number: usize, place: usize, run: usize, users: usize) -> Value {
    let user = (connection * 7_919 + number * 31 + place) % users;
    json!({
        "type": "track",
        "event": "Product Viewed",
        "messageId": format!("{run}-{connection}-{number}-{place}"),
        "userId": format!("user-{user}"),
        "timestamp": format!("2026-03-{:02}T08:00:00.000Z", 1 + number % 28),
        "context": { "channel": "web", "library": { "name": "bench", "version": "1" } },
        "properties": { "sku": format!("sku-{place}"), "price": 19.95, "currency": "EUR" },
    })
}

/// A request of `batch` messages about `users` customers. Its message ids are those of no other run, connection or number.
pub fn ingest_request(
    batch: usize,
    connection: usize,
    number: usize,
    run: usize,
    users: usize,
) -> Vec<u8> {
    let messages = (0..batch).map(|place| event(connection, number, place, run, users));
    let body = json!({ "writeKey": WRITE_KEY_SERVER, "batch": messages.collect::<Vec<_>>() });
    post_request("/v1/batch", &body.to_string())
}
