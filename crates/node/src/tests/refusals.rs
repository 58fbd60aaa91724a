//! What is refused, and what stops a node.

use std::time::Duration;

use acquaint_api::ErrorCode;
use acquaint_api::tracking::{RejectReason, VerdictKind};
use acquaint_storage::GroupId;
use serde_json::{Value, json};

use super::support::{config, ingest, lookup, open, state, track, try_ingest};
use crate::{Error, IngestOptions, Node};

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_message_says_why_and_takes_no_other_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 2).await;
    let many: Vec<Value> = (0..20)
        .map(|number| json!({"id": format!("s{number}"), "type": "social"}))
        .collect();
    let rows = [
        (track("m1", "u\u{0}1", "A"), RejectReason::InvalidIdentifier),
        (track("m2", "null", "A"), RejectReason::MissingIdentifier),
        (
            json!({"type": "page", "userId": "u", "timestamp": "yesterday"}),
            RejectReason::InvalidTime,
        ),
        (
            json!({"type": "page", "userId": "u", "context": {"externalIds": many}}),
            RejectReason::TooManyIdentifiers,
        ),
        (
            track("m3", "u", &"x".repeat(300)),
            RejectReason::ValueOverBound,
        ),
    ];
    let mut messages: Vec<Value> = rows.iter().map(|(message, _)| message.clone()).collect();
    messages.push(track("good", "u1", "A"));
    let report = ingest(&node, &messages).await;
    for ((message, reason), verdict) in rows.iter().zip(&report.verdicts) {
        assert_eq!(verdict.reason, Some(*reason), "{message}");
    }
    let last = report.verdicts.last().unwrap();
    assert_eq!(last.verdict, VerdictKind::Accepted);
    lookup(&node, "user_id:u1").await.unwrap();
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alias_to_itself_stores_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 1).await;
    let before = state(&node);
    let alias = json!({"type": "alias", "userId": "u2", "previousId": "u2"});
    let report = ingest(&node, &[alias]).await;
    assert_eq!(report.verdicts[0].verdict, VerdictKind::Accepted);
    assert_eq!(before, state(&node));
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_are_refused_on_a_full_disk_and_reads_go_on() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 1).await;
    ingest(&node, &[track("m1", "u1", "A")]).await;
    node.shutdown().await;
    drop(node);
    let mut full = config(directory.path(), 1);
    full.disk_free_bytes_min = u64::MAX;
    let node = Node::open(full).await.unwrap();
    let refused = try_ingest(&node, &[track("m2", "u1", "A")], &IngestOptions::default()).await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::DiskLow);
    assert!(!node.health().unwrap().writable);
    lookup(&node, "user_id:u1").await.unwrap();
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_frozen_does_not_change() {
    let directory = tempfile::tempdir().unwrap();
    open(directory.path(), 2).await.shutdown().await;
    let mut groups = config(directory.path(), 3);
    let mut region = config(directory.path(), 2);
    region.workspaces[0].region = "DE".to_owned();
    groups.workspaces.clear();
    for (changed, setting) in [(groups, "anchors_groups"), (region, "workspace.region")] {
        match Node::open(changed).await {
            Err(Error::FrozenSetting { setting: named, .. }) => assert_eq!(named, setting),
            Err(other) => panic!("{setting}: {other}"),
            Ok(_) => panic!("{setting} was changed"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_not_known_stops_the_node() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 1).await;
    let group = node.group(GroupId::Anchors(0)).unwrap();
    assert!(group.propose(vec![99, 0, 1].into()).await.is_err());
    let reason = tokio::time::timeout(Duration::from_secs(10), node.failed()).await;
    assert!(reason.unwrap().contains("AnchorsCommand"));
    node.shutdown().await;
}
