//! The same set of messages gives the same state, whatever way it came in.

use acquaint_storage::codec;
use acquaint_storage::command::{IdentityCommand, IdentityOutcome, ObserveRow};
use acquaint_storage::row::FeedPosition;
use acquaint_storage::{GroupId, Key, KeyRange, Order, Read};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use serde_json::{Value, json};

use super::support::{assert_same, ingest, open, state};
use crate::replica::IDENTITY;

/// People with emails and browsers they share, and message ids that come again under other identifiers.
fn messages() -> Vec<Value> {
    let mut messages = Vec::new();
    for number in 0..240_u32 {
        let person = number % 30;
        let day = 1 + number % 27;
        let mut message = json!({"type": "track", "messageId": format!("m{number}"), "event": format!("Event {}", number % 5),
            "anonymousId": format!("browser-{}", person / 2), "timestamp": format!("2026-01-{day:02}T10:00:00Z"),
            "properties": {"sentiment": 0.5, "revenue": "12.50", "currency": "EUR"}});
        if number % 3 == 0 {
            message["type"] = json!("identify");
            message["userId"] = json!(format!("u{person}"));
            message["traits"] = json!({"email": format!("p{person}@example.com"), "firstName": format!("Name {}", person % 4)});
        }
        messages.push(message);
    }
    for person in 0..30_u32 {
        let alone = json!({"type": "page", "messageId": format!("again-{person}"), "userId": format!("u{person}"),
            "timestamp": "2026-01-05T10:00:00Z"});
        let mut with_device = alone.clone();
        with_device["context"] = json!({"device": {"id": format!("device-{person}")}});
        messages.extend([alone, with_device]);
    }
    messages
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_batches_groups_and_duplicates_do_not_show() {
    let mut expected = None;
    for (seed, batch, groups) in [(0, 1, 4), (1, 7, 1), (2, 100, 4), (3, 1_000, 7)] {
        let mut all = messages();
        if seed > 0 {
            all.extend(messages().into_iter().step_by(3));
            all.shuffle(&mut StdRng::seed_from_u64(seed));
        }
        let directory = tempfile::tempdir().unwrap();
        let node = open(directory.path(), groups).await;
        for chunk in all.chunks(batch) {
            ingest(&node, chunk).await;
        }
        let state = state(&node);
        node.shutdown().await;
        match &expected {
            None => expected = Some(state),
            Some(expected) => {
                let what = format!("seed {seed}, batches of {batch}, {groups} groups");
                assert_same(expected, &state, &what);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outbox_delivered_again_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 1).await;
    ingest(&node, &messages()).await;
    let before = state(&node);
    let from = GroupId::Anchors(0);
    let rows: Vec<(Key, acquaint_storage::row::OutboxRow)> = node
        .store()
        .snapshot()
        .scan(&KeyRange::outbox(from), Order::Ascending, 10_000)
        .unwrap();
    assert!(!rows.is_empty());
    // As they were, and once more behind the watermark, as if their places were new.
    for behind in [0, 1_000_000] {
        let rows = rows
            .iter()
            .filter_map(|(key, row)| match key {
                Key::Outbox { index, seq, .. } => Some(ObserveRow {
                    position: FeedPosition {
                        index: index + behind,
                        seq: *seq,
                    },
                    workspace: row.workspace,
                    evidence: row.evidence.clone(),
                }),
                _ => None,
            })
            .collect();
        let command = IdentityCommand::Observe { from, rows };
        let group = node.group(IDENTITY).unwrap();
        let applied = group.propose(codec::encode(&command).into()).await.unwrap();
        let outcome: IdentityOutcome = codec::decode(&applied.outcome).unwrap();
        assert!(matches!(outcome, IdentityOutcome::Observed { .. }));
        assert_same(&before, &state(&node), "after another delivery");
    }
    node.shutdown().await;
}
