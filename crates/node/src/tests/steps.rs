//! Work that a command puts off is done by steps in the background, and then everything is as if it had been done at once.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use acquaint_api::profiles::{FactRequest, FactStatement};
use acquaint_identity::{RowKey, RowValue};
use acquaint_storage::row::IdentityRow;
use acquaint_storage::{Place, Read, Store, StoreOptions};
use serde_json::{Value, json};

use super::support::{assert_same, caller, ingest, lookup, open, state};
use crate::Node;
use crate::epochs::FIRST_EPOCH;
use crate::replica::IDENTITY;
use crate::stepper::pending_of_all;

/// Households that share a browser and a phone, so that evidence touches more than itself.
pub(super) fn messages() -> Vec<Value> {
    let messages = (0..120_u32).map(|number| {
        let (person, day) = (number % 24, 1 + number % 27);
        json!({"type": "identify", "messageId": format!("m{number}"), "userId": format!("u{person}"),
            "anonymousId": format!("browser-{}", person / 3), "timestamp": format!("2026-01-{day:02}T10:00:00Z"),
            "traits": {"email": format!("p{person}@example.com"), "phone": format!("+1415555{:04}", person / 2)}})
    });
    messages.collect()
}

fn facts() -> [FactStatement; 3] {
    [
        FactStatement::Split {
            key: "email:p3@example.com".into(),
        },
        FactStatement::Revoke {
            source: "anonymous".into(),
        },
        FactStatement::MustLink {
            a: "user_id:u1".into(),
            b: "user_id:u7".into(),
        },
    ]
}

/// A directory whose commands do one piece of work each, while nobody has it open.
fn let_work_be_put_off(directory: &Path) {
    let store = Store::open(&StoreOptions::new(directory)).unwrap();
    let place = Place {
        group: IDENTITY,
        workspace: acquaint_profile::WorkspaceId(1),
        epoch: FIRST_EPOCH,
    };
    let key = place.key(RowKey::Rules { epoch: FIRST_EPOCH });
    let Some(IdentityRow(RowValue::Rules(rules))) = store.snapshot().get(&key).unwrap() else {
        unreachable!("the node has defined its workspace")
    };
    let mut rules = Arc::unwrap_or_clone(rules);
    rules.rules.work_max = 1;
    let mut batch = store.batch(IDENTITY);
    batch.put(&key, &IdentityRow(rules.into()));
    batch.commit().unwrap();
    store.flush().unwrap();
}

/// Waits until no work is left.
pub(super) async fn settle(node: &Node) {
    for _ in 0..3_000 {
        if pending_of_all(node.store(), node.workspaces(), node.epochs()).unwrap() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    unreachable!("work is still pending")
}

async fn say_all(node: &Node) {
    for chunk in messages().chunks(40) {
        ingest(node, chunk).await;
    }
    for statement in facts() {
        let request = FactRequest {
            statement,
            author: "an operator".into(),
            reason: "a test".into(),
        };
        node.put_fact(&caller(node), &request).await.unwrap();
        // Ids are ordered by millisecond.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    settle(node).await;
    let revoked = node.list_facts(&caller(node)).await.unwrap();
    let listed: Vec<_> = revoked.facts.iter().map(|fact| &fact.statement).collect();
    assert_eq!(listed, facts().iter().collect::<Vec<_>>());
    for fact in &revoked.facts {
        node.undo_fact(&caller(node), &fact.id).await.unwrap();
    }
    settle(node).await;
}

/// The state without the facts, whose ids and times differ.
pub(super) fn comparable(node: &Node) -> BTreeMap<String, String> {
    let rows = state(node).into_iter();
    rows.filter(|(key, _)| !key.contains("Fact {")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_is_put_off_is_done_in_the_background() {
    let (at_once, in_steps) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let node = open(at_once.path(), 2).await;
    say_all(&node).await;
    let expected = comparable(&node);
    node.shutdown().await;

    let node = open(in_steps.path(), 2).await;
    node.shutdown().await;
    drop(node);
    let_work_be_put_off(in_steps.path());
    let node = open(in_steps.path(), 2).await;
    say_all(&node).await;
    assert_same(&expected, &comparable(&node), "in steps");
    node.shutdown().await;
}

/// An identifier that is split out is a profile of its own until the fact is undone.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_split_out_comes_back() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 2).await;
    let message = json!({"type": "identify", "messageId": "m", "userId": "u1", "traits": {"email": "p1@example.com"}});
    ingest(&node, &[message]).await;
    let id_of = async |key: &str| lookup(&node, key).await.unwrap().id;
    let is_one = async || id_of("user_id:u1").await == id_of("email:p1@example.com").await;
    assert!(is_one().await);
    let key = "email:p1@example.com".to_owned();
    let source = "anonymous".to_owned();
    for statement in [
        FactStatement::Split { key },
        FactStatement::Revoke { source },
    ] {
        let request = FactRequest {
            statement,
            author: "an operator".into(),
            reason: "a test".into(),
        };
        let fact = node.put_fact(&caller(&node), &request).await.unwrap();
        if let FactStatement::Split { .. } = request.statement {
            assert!(!is_one().await);
        } else {
            let unknown = lookup(&node, "user_id:u1").await.unwrap_err();
            assert_eq!(unknown.code(), acquaint_api::ErrorCode::ProfileNotFound);
        }
        node.undo_fact(&caller(&node), &fact.id).await.unwrap();
        assert!(is_one().await);
    }
    node.shutdown().await;
}
