//! Requests that come at the same time share commands, and each gets its own answer.

use std::sync::Arc;

use acquaint_api::tracking::VerdictKind;
use futures::future::join_all;
use serde_json::{Value, json};

use super::support::{export, ingest, lookup, open, track};
use crate::Node;

const REQUESTS: usize = 200;

/// The messages of a request: one in three says something new about identity, one in three has three messages.
fn request(number: usize) -> Vec<Value> {
    let (id, user) = (format!("m{number}"), format!("u{}", number % 50));
    let mut message = track(&id, &user, "Seen");
    if number.is_multiple_of(3) {
        message["anonymousId"] = json!(format!("a{number}"));
    }
    let more = if number % 3 == 1 { 3 } else { 1 };
    let other = |part| track(&format!("{id}.{part}"), &user, "Seen");
    std::iter::once(message)
        .chain((1..more).map(other))
        .collect()
}

async fn all(node: &Arc<Node>) -> Vec<VerdictKind> {
    let requests: Vec<_> = (0..REQUESTS).map(request).collect();
    let reports = join_all(requests.iter().map(|request| ingest(node, request))).await;
    for (request, report) in requests.iter().zip(&reports) {
        let ids = report.verdicts.iter().map(|verdict| &verdict.message_id);
        let given = request.iter().map(|message| message["messageId"].as_str());
        assert!(ids.map(Option::as_deref).eq(given));
    }
    let verdicts = reports.into_iter().flat_map(|report| report.verdicts);
    verdicts.map(|verdict| verdict.verdict).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_share_commands_and_have_answers_of_their_own() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 2).await;
    let before = node.counters().entries.get();
    let verdicts = all(&node).await;
    assert!(verdicts.iter().all(|one| *one == VerdictKind::Accepted));
    let commands = node.counters().entries.get() - before;
    assert!(commands < REQUESTS as u64 / 2, "{commands} commands");
    let known = export(&node).await;

    let verdicts = all(&node).await;
    assert!(verdicts.iter().all(|one| *one == VerdictKind::Duplicate));
    assert_eq!(export(&node).await, known);
    let profile = lookup(&node, "user_id:u1").await.unwrap();
    let messages = (0..REQUESTS)
        .filter(|number| number % 50 == 1)
        .map(|number| request(number).len());
    assert_eq!(
        profile.events.unwrap()["Seen"],
        messages.sum::<usize>() as u64
    );
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_gives_up_stops_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 1).await;
    for round in 0..20 {
        let given_up = ["one", "two", "three"].map(|name| {
            let node = Arc::clone(&node);
            let message = track(&format!("{name}-{round}"), "u", "Seen");
            tokio::spawn(async move { ingest(&node, &[message]).await })
        });
        tokio::task::yield_now().await;
        given_up.iter().for_each(tokio::task::JoinHandle::abort);
        ingest(&node, &[track(&format!("m-{round}"), "u", "Seen")]).await;
    }
    node.shutdown().await;
}
