//! Changes of profile ids: a consumer sees each once, in order, or is told that it has fallen behind.

use acquaint_api::{ChangeCursor, ErrorCode};
use acquaint_consensus::At;
use acquaint_identity::{Cause, IdentifierId, ProfileChange};
use acquaint_profile::WorkspaceId;
use acquaint_storage::row::{ProfileChangeRow, ProfileFeedRow};
use acquaint_storage::{GroupId, Key, KeyRange, Order, Read};

use super::support::{caller, ingest, open, track};
use crate::ChangesFrom;
use crate::machine::profile_feed;

fn row(number: u8) -> ProfileChangeRow {
    ProfileChangeRow {
        workspace: WorkspaceId(77),
        change: ProfileChange {
            old: [].into(),
            new: [IdentifierId([number; 16])].into(),
            cause: Cause::Step,
        },
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_keeps_its_newest_changes_and_knows_which_it_forgot() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 1).await;
    // A group of its own, so that no other command writes to it.
    let group = GroupId::Identity(1);
    let places = || -> Vec<(u64, u32)> {
        let view = node.store().snapshot();
        let rows = view
            .scan::<ProfileChangeRow>(&KeyRange::profile_changes(group), Order::Ascending, 100)
            .unwrap();
        let places = rows.into_iter().map(|(key, _)| match key {
            Key::ProfileChange { index, seq, .. } => (index, seq),
            key => panic!("{key}"),
        });
        places.collect()
    };
    for index in 1..=6 {
        let mut batch = node.store().batch(group);
        let changes = (0..u8::try_from(index).unwrap()).map(row).collect();
        profile_feed::append(At { group, index }, changes, 8, &mut batch).unwrap();
        batch.commit().unwrap();
        let view = node.store().snapshot();
        let feed: ProfileFeedRow = view.get(&Key::ProfileFeed { group }).unwrap().unwrap();
        assert_eq!(feed.rows, places().len() as u64);
        assert!(feed.rows <= 8);
        let first = places()[0];
        assert!((feed.trimmed_through.index, feed.trimmed_through.seq) < first);
    }
    let expected: Vec<(u64, u32)> = (3..5)
        .map(|seq| (5, seq))
        .chain((0..6).map(|seq| (6, seq)))
        .collect();
    assert_eq!(places(), expected);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_fallen_behind_is_told_so() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 1).await;
    let messages: Vec<_> = (0..20)
        .map(|number| track(&format!("m{number}"), &format!("u{number}"), "Seen"))
        .collect();
    for message in &messages {
        ingest(&node, std::slice::from_ref(message)).await;
    }
    let caller = caller(&node);
    let page = |from, limit| node.profile_changes(&caller, from, limit);
    let first = page(ChangesFrom::Oldest, 7).await.unwrap();
    assert_eq!((first.changes.len(), first.more), (7, true));
    let rest = page(ChangesFrom::Cursor(first.cursor), 100).await.unwrap();
    assert_eq!((rest.changes.len(), rest.more), (13, false));
    let now = page(ChangesFrom::Now, 1).await.unwrap();
    assert_eq!((now.changes.len(), now.cursor), (0, rest.cursor));

    let group = GroupId::Identity(0);
    let mut batch = node.store().batch(group);
    let at = At {
        group,
        index: rest.cursor.index + 1,
    };
    profile_feed::append(at, vec![row(1)], 5, &mut batch).unwrap();
    batch.commit().unwrap();
    let behind = page(ChangesFrom::Cursor(first.cursor), 7)
        .await
        .unwrap_err();
    assert_eq!(behind.code(), ErrorCode::CursorExpired, "{behind}");
    let kept = page(ChangesFrom::Oldest, 100).await.unwrap();
    assert_eq!(
        kept.changes.len(),
        4,
        "one of the five is another workspace's"
    );
    let ahead = ChangeCursor {
        index: u64::MAX,
        seq: 0,
    };
    let ahead = page(ChangesFrom::Cursor(ahead), 7).await.unwrap_err();
    assert_eq!(ahead.code(), ErrorCode::Unavailable, "{ahead}");
    node.shutdown().await;
}
