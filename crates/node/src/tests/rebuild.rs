//! A rebuild changes nothing where nothing was lost, and brings back what was.

use acquaint_api::profiles::RebuildRequest;
use acquaint_identity::RowKey;
use acquaint_storage::{Key, Order};
use serde_json::{Value, json};

use super::support::{assert_same, caller, ingest, open, state};
use crate::Node;
use crate::replica::IDENTITY;

fn messages() -> Vec<Value> {
    (0..3_000_u32)
        .map(|number| {
            json!({"type": "identify", "messageId": format!("m{number}"), "userId": format!("u{}", number % 900),
                "anonymousId": format!("a{number}"), "timestamp": "2026-01-02T03:04:05Z",
                "traits": {"email": format!("p{}@example.com", number % 900)}})
        })
        .collect()
}

/// Asks until all is done, and says how many strands were told again.
async fn rebuild(node: &Node) -> u64 {
    let mut request = RebuildRequest::default();
    let mut strands = 0;
    loop {
        let answer = node
            .rebuild_identity(&caller(node), &request)
            .await
            .unwrap();
        strands += answer.strands;
        request.cursor = answer.cursor;
        if request.cursor.is_none() {
            return strands;
        }
    }
}

/// Deletes the identity graph, but for its rules: what no command could do.
fn lose_identity(node: &Node) {
    let mut keys = Vec::new();
    let view = node.store().snapshot();
    for range in node.slot_map().ranges(IDENTITY) {
        view.for_each(&range, Order::Ascending, |key, _| {
            keys.push(Key::decode(key).unwrap());
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    }
    let mut batch = node.store().batch(IDENTITY);
    for key in keys {
        if let Key::Identity { row, .. } = &key
            && !matches!(row, RowKey::Rules { .. } | RowKey::Epochs)
        {
            batch.delete(&key);
        }
    }
    batch.commit().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_lost_comes_back_and_what_was_not_stays() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 3).await;
    for chunk in messages().chunks(500) {
        ingest(&node, chunk).await;
    }
    let before = state(&node);
    assert_eq!(rebuild(&node).await, 3_000);
    assert_same(&before, &state(&node), "after a rebuild of what was there");

    lose_identity(&node);
    assert!(state(&node).len() < before.len());
    assert_eq!(rebuild(&node).await, 3_000);
    assert_same(&before, &state(&node), "after a rebuild of what was lost");
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_something_else_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 1).await;
    for cursor in ["", "yesterday", "0.77"] {
        let request = RebuildRequest {
            cursor: Some(cursor.to_owned()),
        };
        let refused = node.rebuild_identity(&caller(&node), &request).await;
        assert!(refused.is_err(), "{cursor}");
    }
    node.shutdown().await;
}
