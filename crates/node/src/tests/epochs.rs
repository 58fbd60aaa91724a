//! Other rules: built beside the serving ones while messages and facts come in, switched to in one command, and gone back from.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use acquaint_api::ErrorCode;
use acquaint_api::profiles::{FactRequest, FactStatement, RulesBody, RulesRequest};
use acquaint_storage::row::ProfileChangeRow;
use acquaint_storage::{KeyRange, Order, Read};

use super::steps::{comparable, messages, settle};
use super::support::{assert_same, caller, ingest, lookup, open};
use crate::replica::IDENTITY;
use crate::{Error, Node};

/// Polls of what is built in the background, ten milliseconds apart.
const POLLS_MAX: u32 = 3_000;

/// An address means nothing any more, and a command does so little that building takes many steps.
const STRICT: &str = "
[limits]
work_max = 100

[kinds.mailbox]
also_blocked = [\"p5@example.com\"]
";

fn request(rules: &str) -> RulesRequest {
    RulesRequest {
        rules: Some(rules.to_owned()),
        epoch: None,
        author: "an operator".into(),
        reason: "a test".into(),
    }
}

async fn rules(node: &Node) -> RulesBody {
    node.rules(&caller(node)).await.unwrap()
}

async fn until(node: &Node, is_so: impl Fn(&RulesBody) -> bool) {
    for _ in 0..POLLS_MAX {
        if is_so(&rules(node).await) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    unreachable!("it does not come to that: {:?}", rules(node).await)
}

async fn is_ready(node: &Node) {
    until(node, |rules| {
        rules.building.as_ref().is_some_and(|b| b.ready)
    })
    .await;
}

async fn has_left(node: &Node) {
    until(node, |rules| rules.leaving.is_none()).await;
}

/// Builds under rules and switches to them.
async fn live_under(node: &Node, wanted: &RulesRequest) -> u32 {
    let epoch = node.build_rules(&caller(node), wanted).await.unwrap().epoch;
    is_ready(node).await;
    node.switch_rules(&caller(node), epoch).await.unwrap();
    has_left(node).await;
    epoch
}

async fn say(node: &Node, statement: FactStatement) {
    let request = FactRequest {
        statement,
        author: "an operator".into(),
        reason: "a test".into(),
    };
    node.put_fact(&caller(node), &request).await.unwrap();
}

async fn say_facts(node: &Node) {
    let key = "email:p3@example.com".to_owned();
    say(node, FactStatement::Split { key }).await;
    let source = "anonymous".to_owned();
    say(node, FactStatement::Revoke { source }).await;
    let listed = node.list_facts(&caller(node)).await.unwrap();
    // The source speaks again.
    let revoked = &listed.facts[1].id;
    node.undo_fact(&caller(node), revoked).await.unwrap();
    settle(node).await;
}

fn refused(error: &Error) -> ErrorCode {
    error.code()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_built_under_load_is_what_the_rules_give() {
    let (later, first) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let node = open(first.path(), 2).await;
    assert_eq!(live_under(&node, &request(STRICT)).await, 2);
    for chunk in messages().chunks(40) {
        ingest(&node, chunk).await;
    }
    say_facts(&node).await;
    let expected = comparable(&node);
    node.shutdown().await;

    let node = open(later.path(), 2).await;
    let messages = messages();
    let (before, during) = messages.split_at(80);
    ingest(&node, before).await;
    let one = async |key: &str| lookup(&node, key).await.unwrap().id;
    let old = one("email:p5@example.com").await;
    let epoch = node
        .build_rules(&caller(&node), &request(STRICT))
        .await
        .unwrap()
        .epoch;
    for chunk in during.chunks(10) {
        ingest(&node, chunk).await;
    }
    say_facts(&node).await;
    is_ready(&node).await;
    assert_eq!(
        one("email:p5@example.com").await,
        old,
        "the old rules serve"
    );
    node.switch_rules(&caller(&node), epoch).await.unwrap();
    let blocked = lookup(&node, "email:p5@example.com").await.unwrap_err();
    assert_eq!(refused(&blocked), ErrorCode::IdentifierBlocked);
    has_left(&node).await;
    settle(&node).await;
    assert_same(&expected, &comparable(&node), "built later");
    node.shutdown().await;
}

/// A process that ends in the middle loses nothing of what is built, and the next one goes on.
#[tokio::test(flavor = "multi_thread")]
async fn building_goes_on_after_a_restart_and_can_be_cancelled() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 2).await;
    ingest(&node, &messages()).await;
    settle(&node).await;
    let before = comparable(&node);
    let by = caller(&node);
    let epoch = node.build_rules(&by, &request(STRICT)).await.unwrap().epoch;
    let another = node.build_rules(&by, &request("")).await.unwrap_err();
    assert_eq!(refused(&another), ErrorCode::RulesConflict);
    node.shutdown().await;
    drop(node);

    let node = open(directory.path(), 2).await;
    is_ready(&node).await;
    let unknown = node.switch_rules(&by, epoch + 1).await.unwrap_err();
    assert_eq!(refused(&unknown), ErrorCode::RulesConflict);
    node.cancel_rules(&by, epoch).await.unwrap();
    has_left(&node).await;
    let gone = node.switch_rules(&by, epoch).await.unwrap_err();
    assert_eq!(refused(&gone), ErrorCode::RulesConflict);
    let epochs = |rows: BTreeMap<String, String>| -> BTreeMap<_, _> {
        rows.into_iter()
            .filter(|(key, _)| !key.ends_with("Epochs"))
            .collect()
    };
    assert_same(&epochs(before), &epochs(comparable(&node)), "cancelled");
    node.shutdown().await;
}

/// Going back is building again; those whose profiles the switch renamed are told, with the epoch as the cause.
#[tokio::test(flavor = "multi_thread")]
async fn rolling_back_brings_the_profiles_back() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 2).await;
    ingest(&node, &messages()).await;
    settle(&node).await;
    let ids = async |node: &Arc<Node>| {
        let mut ids = Vec::new();
        for person in 0..24 {
            ids.push(
                lookup(node, &format!("user_id:u{person}"))
                    .await
                    .unwrap()
                    .identifiers,
            );
        }
        ids
    };
    let before = ids(&node).await;
    live_under(&node, &request(STRICT)).await;
    assert_ne!(ids(&node).await, before);
    let changes = changes_by_rules(&node);
    assert!(changes > 0, "nobody was told of the address that left");
    let back = RulesRequest {
        rules: None,
        epoch: Some(1),
        ..request("")
    };
    assert_eq!(live_under(&node, &back).await, 3);
    assert_eq!(ids(&node).await, before);
    assert!(changes_by_rules(&node) > changes);
    let earlier: Vec<u32> = rules(&node).await.earlier.iter().map(|e| e.epoch).collect();
    assert_eq!(earlier, [2, 1]);
    let text = node.rules_text(&caller(&node), 2).await.unwrap().rules;
    assert_eq!(text, STRICT);
    node.shutdown().await;
}

fn changes_by_rules(node: &Node) -> usize {
    let range = KeyRange::profile_changes(IDENTITY);
    let rows = node.store().snapshot();
    let rows: Vec<(_, ProfileChangeRow)> = rows.scan(&range, Order::Ascending, 10_000).unwrap();
    let by_rules =
        |row: &ProfileChangeRow| matches!(row.change.cause, acquaint_identity::Cause::Rules(_));
    rows.iter().filter(|(_, row)| by_rules(row)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn impossible_rules_are_refused_whole() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 2).await;
    let by = caller(&node);
    let wrong = node
        .build_rules(&by, &request("[limits]\nwork = 1"))
        .await
        .unwrap_err();
    assert_eq!(refused(&wrong), ErrorCode::InvalidRules);
    let neither = RulesRequest {
        rules: None,
        ..request("")
    };
    let neither = node.build_rules(&by, &neither).await.unwrap_err();
    assert_eq!(refused(&neither), ErrorCode::InvalidRequest);
    let unknown = RulesRequest {
        rules: None,
        epoch: Some(99),
        ..request("")
    };
    let unknown = node.build_rules(&by, &unknown).await.unwrap_err();
    assert_eq!(refused(&unknown), ErrorCode::InvalidRequest);
    assert!(rules(&node).await.building.is_none());
    node.shutdown().await;
}
