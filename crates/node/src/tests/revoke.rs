//! A revoked message says nothing about identity, as if it had never said anything; what happened stays.

use std::collections::BTreeMap;
use std::sync::Arc;

use acquaint_api::profiles::{FactRequest, FactStatement};
use acquaint_api::tracking::VerdictKind;
use acquaint_identity::RowValue;
use acquaint_storage::command::REVOKE_INTERACTIONS_MAX;
use acquaint_storage::row::{IdentityRow, StrandRow};
use acquaint_storage::{Key, codec};
use serde_json::{Value, json};

use super::support::{assert_same, caller, comparable, ingest, lookup, open, state_as, track};
use crate::{Error, Node};

/// People with accounts, mailboxes and browsers, who say their names.
fn messages() -> Vec<Value> {
    (0..120_u32)
        .map(|number| {
            let person = number % 12;
            json!({"type": "identify", "messageId": format!("m{number}"), "userId": format!("u{person}"),
                "anonymousId": format!("browser-{}", person / 2 + number % 3),
                "traits": {"email": format!("p{person}@example.com"), "firstName": format!("Name {}", number % 5)},
                "timestamp": format!("2026-01-{:02}T10:00:00Z", 1 + number % 27)})
        })
        .collect()
}

fn is_revoked(number: usize) -> bool {
    number % 3 == 1 || number < 24
}

async fn revoke(node: &Node, number: usize) -> String {
    let (key, message) = (format!("user_id:u{}", number % 12), format!("m{number}"));
    try_revoke(node, &key, &message).await.unwrap()
}

async fn try_revoke(node: &Node, key: &str, message: &str) -> Result<String, Error> {
    let request = FactRequest {
        statement: FactStatement::RevokeMessage {
            key: key.to_owned(),
            message: message.to_owned(),
        },
        author: "support".to_owned(),
        reason: "a test run that reached production".to_owned(),
    };
    let fact = node.put_fact(&caller(node), &request).await?;
    Ok(fact.id)
}

/// The rows that a predicate holds of, without revisions and without facts.
fn rows(node: &Node, of: fn(&Key) -> bool) -> BTreeMap<String, String> {
    state_as(node, |key, value| match key {
        key if !of(key) => None,
        Key::Identity { .. } => match codec::decode(value).unwrap() {
            IdentityRow(RowValue::Evidence(mut evidence)) => {
                Arc::make_mut(&mut evidence).revision = 0;
                Some(format!("{evidence:?}"))
            }
            IdentityRow(RowValue::Fact(_) | RowValue::Rules(_)) => None,
            row => Some(format!("{row:?}")),
        },
        Key::Strand { .. } => {
            let mut row: StrandRow = codec::decode(value).unwrap();
            row.last_outbox = None;
            for evidence in row.sources.values_mut() {
                evidence.revision = 0;
            }
            Some(format!("{row:?}"))
        }
        _ => comparable(key, value),
    })
}

fn of_identity(key: &Key) -> bool {
    matches!(key, Key::Identity { .. })
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_is_never_having_said_and_undoing_is_having_said() {
    let messages = messages();
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 3).await;
    ingest(&node, &messages).await;
    let before = rows(&node, |_| true);
    let mut facts = Vec::new();
    for number in (0..messages.len()).filter(|number| is_revoked(*number)) {
        facts.push(revoke(&node, number).await);
    }

    let other = tempfile::tempdir().unwrap();
    let never = open(other.path(), 3).await;
    for (_, message) in messages
        .iter()
        .enumerate()
        .filter(|(number, _)| !is_revoked(*number))
    {
        ingest(&never, std::slice::from_ref(message)).await;
    }
    let what = "without what was revoked";
    assert_same(&rows(&never, of_identity), &rows(&node, of_identity), what);
    never.shutdown().await;

    // It has happened all the same, and is not taken in again.
    let report = ingest(&node, &messages).await;
    let mut kinds = report.verdicts.iter().map(|verdict| verdict.verdict);
    assert!(kinds.all(|kind| kind == VerdictKind::Duplicate));
    assert_same(&rows(&never, of_identity), &rows(&node, of_identity), what);
    never.shutdown().await;

    for fact in facts {
        node.undo_fact(&caller(&node), &fact).await.unwrap();
    }
    assert_same(&before, &rows(&node, |_| true), "after every undo");
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_login_is_taken_apart_and_what_happened_stays() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 2).await;
    let together = json!({"type": "identify", "messageId": "m1", "userId": "u1",
        "traits": {"email": "ada@example.com"}});
    let alone = json!({"type": "track", "messageId": "m2", "userId": "u1", "event": "Seen"});
    let other = json!({"type": "page", "messageId": "m3", "anonymousId": "a1",
        "context": {"traits": {"email": "ada@example.com"}}});
    ingest(&node, &[together.clone(), alone, other]).await;
    let one = lookup(&node, "email:ada@example.com").await.unwrap();
    assert_eq!(one.id, lookup(&node, "user_id:u1").await.unwrap().id);

    // The message is found by any identifier that it came with, and two facts may say the same.
    let first = try_revoke(&node, "email:ada@example.com", "m1")
        .await
        .unwrap();
    let second = try_revoke(&node, "user_id:u1", "m1").await.unwrap();
    let apart = lookup(&node, "email:ada@example.com").await.unwrap();
    let account = lookup(&node, "user_id:u1").await.unwrap();
    assert_ne!(apart.id, account.id);
    assert_eq!(account.seen.unwrap().interactions, 2);
    // A retry of the message does not say it again.
    ingest(&node, &[together]).await;
    assert_ne!(lookup(&node, "user_id:u1").await.unwrap().id, apart.id);

    node.undo_fact(&caller(&node), &first).await.unwrap();
    assert_ne!(lookup(&node, "user_id:u1").await.unwrap().id, apart.id);
    node.undo_fact(&caller(&node), &second).await.unwrap();
    let again = lookup(&node, "email:ada@example.com").await.unwrap();
    assert_eq!(again.id, lookup(&node, "user_id:u1").await.unwrap().id);

    for (key, message) in [
        ("user_id:u1", "m3"),
        ("user_id:u2", "m1"),
        ("user_id:u1", "no such message"),
    ] {
        let refused = try_revoke(&node, key, message).await.unwrap_err();
        assert!(
            refused.to_string().contains("no message with this id"),
            "{refused}"
        );
    }
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_interactions_than_one_command_may_read_are_refused_and_nothing_is_left() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 1).await;
    let messages: Vec<Value> = (0..=REVOKE_INTERACTIONS_MAX)
        .map(|number| track(&format!("m{number}"), "u1", "Seen"))
        .collect();
    for chunk in messages.chunks(2_000) {
        ingest(&node, chunk).await;
    }
    let before = rows(&node, |_| true);
    let refused = try_revoke(&node, "user_id:u1", "m7").await.unwrap_err();
    assert!(
        refused.to_string().contains("revoke the source"),
        "{refused}"
    );
    assert_same(&before, &rows(&node, |_| true), "after a refusal");
    assert_eq!(
        node.list_facts(&caller(&node)).await.unwrap().facts.len(),
        0
    );
    node.shutdown().await;
}
