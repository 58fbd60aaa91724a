//! Bad inputs, and the answer that each gets.
//!
//! - The tables read like the manual: what is sent, the status, the code.
//! - No answer is a 5xx: those are for faults of the machine alone (`start_up.rs`).
//! - The node never panics, and after all of it serves a good message as ever.

#![allow(clippy::unwrap_used)]

mod rest;
mod row;
mod tracking;
mod values;

use acquaint_tests::{Import, Server, ServerOptions, import};
use serde_json::json;

use row::Row;

/// Sends every row and gathers all that is not as it should be.
async fn check(rows: Vec<Row>) {
    let server = Server::start(&ServerOptions::default()).await;
    let mut wrong = Vec::new();
    for row in &rows {
        if let Err(difference) = row.check(&server).await {
            wrong.push(format!("{}: {difference}", row.name));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} rows:\n{}",
        wrong.len(),
        rows.len(),
        wrong.join("\n")
    );
    let good = [json!({"type": "track", "userId": "good", "event": "Fine"})];
    let how = Import {
        batch_messages: 1,
        in_flight: 1,
    };
    assert_eq!(
        import(&server, &good, how).await,
        ["accepted"],
        "it works as ever"
    );
    server.assert_no_panic();
    println!("{} bad inputs", rows.len());
}

#[tokio::test]
async fn bodies_and_keys_of_the_tracking_api() {
    check(tracking::rows()).await;
}

#[tokio::test]
async fn values_inside_messages() {
    check(values::rows()).await;
}

#[tokio::test]
async fn reads_facts_and_routes() {
    check(rest::rows()).await;
}
