//! What an acknowledgement promises: visible at once, there after a restart, counted once.

use acquaint_api::tracking::{Note, VerdictKind};
use serde_json::json;

use super::support::{ingest, lookup, open, state, track, try_ingest};
use crate::{Ack, IngestOptions};

#[tokio::test(flavor = "multi_thread")]
async fn a_lookup_after_the_answer_sees_it() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 4).await;
    for number in 0..50 {
        let user = format!("u{number}");
        let email = format!("ada{number}@example.com");
        let message = json!({"type": "identify", "messageId": format!("m{number}"), "userId": user,
            "traits": {"email": email, "firstName": "Ada"}});
        let report = ingest(&node, &[message]).await;
        assert_eq!(report.verdicts[0].verdict, VerdictKind::Accepted);
        assert!(report.position.identified);
        let by_user = lookup(&node, &format!("user_id:{user}")).await.unwrap();
        let by_email = lookup(&node, &format!("email:{email}")).await.unwrap();
        assert_eq!(by_user.id, by_email.id);
    }
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_there_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 4).await;
    let messages: Vec<_> = (0..100)
        .map(|number| {
            track(
                &format!("m{number}"),
                &format!("u{}", number % 7),
                "Product Viewed",
            )
        })
        .collect();
    ingest(&node, &messages).await;
    let before = state(&node);
    node.shutdown().await;
    drop(node);

    let node = open(directory.path(), 4).await;
    super::support::assert_same(&before, &state(&node), "after a restart");
    let report = ingest(&node, &messages).await;
    assert!(
        report
            .verdicts
            .iter()
            .all(|verdict| verdict.verdict == VerdictKind::Duplicate)
    );
    super::support::assert_same(&before, &state(&node), "after everything came again");
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_counts_once_and_is_as_visible() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 2).await;
    let message = track("m1", "u1", "Order Completed");
    let report = ingest(&node, &[message.clone(), message.clone()]).await;
    let kinds: Vec<_> = report
        .verdicts
        .iter()
        .map(|verdict| verdict.verdict)
        .collect();
    assert_eq!(kinds, [VerdictKind::Accepted, VerdictKind::Duplicate]);
    let report = ingest(&node, &[message]).await;
    assert_eq!(report.verdicts[0].verdict, VerdictKind::Duplicate);
    let profile = lookup(&node, "user_id:u1").await.unwrap();
    assert_eq!(profile.events.unwrap()["Order Completed"], 1);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_under_other_identifiers_is_another_message_and_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 2).await;
    let first = track("m1", "u1", "Seen");
    let mut second = first.clone();
    second["anonymousId"] = json!("a1");
    let report = ingest(&node, &[first, second]).await;
    assert_eq!(report.verdicts[1].verdict, VerdictKind::Accepted);
    assert_eq!(report.verdicts[1].notes, [Note::IdReused]);
    let profile = lookup(&node, "user_id:u1").await.unwrap();
    assert_eq!(profile.events.unwrap()["Seen"], 2);

    // A third one, and all of them again.
    let with = |anonymous: &str| {
        let mut message = track("m1", "u1", "Seen");
        message["anonymousId"] = json!(anonymous);
        message
    };
    let again = [
        with("a2"),
        track("m1", "u1", "Seen"),
        with("a1"),
        with("a2"),
    ];
    let report = ingest(&node, &again).await;
    let kinds: Vec<_> = report
        .verdicts
        .iter()
        .map(|verdict| verdict.verdict)
        .collect();
    let duplicate = VerdictKind::Duplicate;
    assert_eq!(
        kinds,
        [VerdictKind::Accepted, duplicate, duplicate, duplicate]
    );
    let profile = lookup(&node, "user_id:u1").await.unwrap();
    assert_eq!(profile.events.unwrap()["Seen"], 3);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_durable_answer_can_be_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 2).await;
    let options = IngestOptions {
        ack: Ack::Durable,
        ..IngestOptions::default()
    };
    for number in 0..20 {
        let message = track(&format!("m{number}"), &format!("u{number}"), "Seen");
        let report = try_ingest(&node, &[message], &options).await.unwrap();
        assert!(!report.position.identified);
        node.wait_position(&report.position).await.unwrap();
        lookup(&node, &format!("user_id:u{number}")).await.unwrap();
    }
    node.shutdown().await;
}
