//! What grows with every message and is bounded all the same, and what ends when its node does.

use std::sync::Arc;
use std::time::Duration;

use acquaint_api::ErrorCode;
use acquaint_feed::{ChangeFeed, Outbox, Watermarks};
use acquaint_storage::GroupId;
use acquaint_storage::row::FeedPosition;
use tokio::sync::watch;

use super::support::{config, ingest, open, track, try_ingest};
use crate::metrics::Metrics;
use crate::pump::{CHANGE_ENTRIES_KEPT, CHANGE_ENTRIES_SLACK, Parts, Pump};
use crate::replica::IDENTITY;
use crate::{Error, IngestOptions, Node};

const GROUP: GroupId = GroupId::Anchors(0);

/// Looks until it is so; the loops of a node do their work in their own time.
async fn becomes(mut is_so: impl FnMut() -> bool) -> bool {
    for _ in 0..500 {
        if is_so() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn the_change_feed_keeps_the_rows_of_the_last_entries() {
    let entries = CHANGE_ENTRIES_KEPT + 2 * CHANGE_ENTRIES_SLACK;
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 1).await;
    // One after the other: requests that come together would share entries.
    for number in 0..entries {
        ingest(&node, &[track(&format!("m{number}"), "u1", "Seen")]).await;
    }
    let feed = ChangeFeed::new(node.store().clone(), GROUP);
    let rows = || feed.after(FeedPosition::default(), 10_000).unwrap().rows;
    let applied = || node.group(GROUP).unwrap().applied();
    let kept_max = CHANGE_ENTRIES_KEPT + CHANGE_ENTRIES_SLACK + 1;
    let trimmed = becomes(|| {
        let first = rows().first().map_or(0, |(place, _)| place.index);
        first + kept_max >= applied()
    });
    assert!(trimmed.await, "{} rows", rows().len());
    assert!(rows().len() as u64 >= CHANGE_ENTRIES_KEPT / 2);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_takes_no_more_than_identity_keeps_up_with() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = config(directory.path(), 1);
    // As if as many rows as may wait did.
    config.ingest.outbox_rows_max = 0;
    let node = Node::open(config).await.unwrap();
    let applied = || node.group(GROUP).unwrap().applied();
    let before = applied();
    let refused = try_ingest(&node, &[track("m", "u", "Seen")], &IngestOptions::default()).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Overloaded);
    assert!(refused.to_string().contains("ingest.outbox_rows_max"));
    assert_eq!(applied(), before, "nothing was taken");
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pump_that_is_dropped_ends() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 1).await;
    let (hint, hints) = watch::channel(0);
    let pump = Pump::start(Parts {
        store: node.store().clone(),
        outbox: Outbox::new(node.store().clone(), GROUP),
        changes: ChangeFeed::new(node.store().clone(), GROUP),
        number: 0,
        anchors: node.group(GROUP).unwrap().clone(),
        identity: node.group(IDENTITY).unwrap().clone(),
        watermarks: Arc::new(Watermarks::new(1)),
        hints,
        steps: Arc::new(tokio::sync::Notify::new()),
        metrics: Arc::new(Metrics::new().unwrap()),
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!hint.is_closed());
    drop(pump);
    // The loop holds the other end.
    let ended = tokio::time::timeout(Duration::from_secs(10), hint.closed()).await;
    assert!(ended.is_ok());
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_is_refused_lets_the_directory_go() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 1).await;
    node.shutdown().await;
    drop(node);
    let mut region = config(directory.path(), 1);
    region.workspaces[0].region = "DE".to_owned();
    let refused = Node::open(region).await;
    assert!(matches!(refused, Err(Error::FrozenSetting { .. })));
    drop(refused);
    open(directory.path(), 1).await.shutdown().await;
}
