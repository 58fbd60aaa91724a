//! The logs: what is written is read back whole, in order, and is there after a restart.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use acquaint_storage::{Error, GroupId, LogBatch, LogMeta, Store, StoreOptions};

const GROUP: GroupId = GroupId::Anchors(1);
const NEIGHBOURS: [GroupId; 3] = [GroupId::Registry, GroupId::Anchors(0), GroupId::Anchors(2)];
const ALL: usize = usize::MAX;

fn options(dir: &tempfile::TempDir) -> StoreOptions {
    StoreOptions::new(dir.path())
}

fn row(index: u64) -> Vec<u8> {
    format!("row {index}").into_bytes()
}

fn append(batch: &mut LogBatch, group: GroupId, indexes: std::ops::RangeInclusive<u64>) {
    for index in indexes {
        batch.append(group, index, row(index));
    }
}

fn indexes(store: &Store, range: std::ops::Range<u64>) -> Vec<u64> {
    let rows = store.read_log(GROUP, range, ALL).unwrap();
    assert!(rows.iter().all(|(index, bytes)| *bytes == row(*index)));
    rows.into_iter().map(|(index, _)| index).collect()
}

#[test]
fn entries_of_a_group_are_read_back_in_order_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&options(&dir)).unwrap();
    let mut batch = LogBatch::new();
    append(&mut batch, GROUP, 1..=300);
    NEIGHBOURS
        .iter()
        .for_each(|group| append(&mut batch, *group, 1..=3));
    store.write_log(batch, true).unwrap();
    assert_eq!(indexes(&store, 1..301), (1..=300).collect::<Vec<_>>());

    drop(store);
    let store = Store::open(&options(&dir)).unwrap();
    assert_eq!(indexes(&store, 255..258), [255, 256, 257]);
    assert_eq!(store.last_log(GROUP).unwrap(), Some((300, row(300))));
    assert_eq!(store.last_log(GroupId::Identity(0)).unwrap(), None);
}

#[test]
fn a_missing_entry_is_an_error_and_an_empty_range_is_not() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&options(&dir)).unwrap();
    let mut batch = LogBatch::new();
    append(&mut batch, GROUP, 5..=9);
    append(&mut batch, GROUP, 11..=12);
    store.write_log(batch, true).unwrap();
    for (range, missing) in [(4..7, 4), (8..12, 10), (11..14, 13), (20..21, 20)] {
        let found = store.read_log(GROUP, range.clone(), ALL);
        assert!(
            matches!(found, Err(Error::LogHole { index, .. }) if index == missing),
            "{range:?} gave {found:?}"
        );
    }
    assert_eq!(indexes(&store, 20..20), [0; 0]);
}

#[test]
fn a_read_is_bounded_in_bytes_and_gives_at_least_one_entry() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&options(&dir)).unwrap();
    let mut batch = LogBatch::new();
    (1..=9).for_each(|index| batch.append(GROUP, index, vec![7; 100]));
    store.write_log(batch, true).unwrap();
    for (bytes_max, count) in [(0, 1), (100, 1), (299, 2), (300, 3), (10_000, 9)] {
        assert_eq!(
            store.read_log(GROUP, 1..10, bytes_max).unwrap().len(),
            count,
            "{bytes_max} bytes"
        );
    }
}

#[test]
fn writes_of_one_batch_take_effect_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&options(&dir)).unwrap();
    let mut batch = LogBatch::new();
    append(&mut batch, GROUP, 1..=10);
    NEIGHBOURS
        .iter()
        .for_each(|group| append(&mut batch, *group, 1..=10));
    batch.truncate_from(GROUP, 4);
    let mut more = LogBatch::new();
    append(&mut more, GROUP, 4..=6);
    more.purge_to(GROUP, 2);
    more.put(GROUP, LogMeta::Purged, *b"two");
    batch.extend(more);
    store.write_log(batch, true).unwrap();

    assert_eq!(indexes(&store, 3..7), [3, 4, 5, 6]);
    assert_eq!(store.last_log(GROUP).unwrap().unwrap().0, 6);
    assert_eq!(
        store.log_meta(GROUP, LogMeta::Purged).unwrap().unwrap(),
        b"two"
    );
    for group in NEIGHBOURS {
        assert_eq!(
            store.read_log(group, 1..11, ALL).unwrap().len(),
            10,
            "{group}"
        );
        assert_eq!(
            store.log_meta(group, LogMeta::Purged).unwrap(),
            None,
            "{group}"
        );
    }
}

#[test]
fn only_writes_that_ask_for_it_are_synced() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&options(&dir)).unwrap();
    let before = store.syncs();
    let vote = |vote: &[u8]| {
        let mut batch = LogBatch::new();
        batch.put(GROUP, LogMeta::Vote, vote);
        batch
    };
    store.write_log(vote(b"one"), false).unwrap();
    assert_eq!(store.syncs(), before);
    store.write_log(vote(b"two"), true).unwrap();
    assert_eq!(store.syncs(), before + 1);
    assert_eq!(
        store.log_meta(GROUP, LogMeta::Vote).unwrap().unwrap(),
        b"two"
    );
}
