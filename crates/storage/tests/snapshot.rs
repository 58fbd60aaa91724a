//! Snapshots: the rows of one group, taken out of one store and put into another.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;

use acquaint_profile::{IdentifierId, WorkspaceId};
use acquaint_storage::{
    Error, Family, GroupId, Key, KeyRange, Order, Read, Slot, SlotMap, SnapshotFiles, StateMeta,
    Store, StoreOptions, row::FeedPosition,
};

const GROUP: GroupId = GroupId::Anchors(1);

fn open(dir: &tempfile::TempDir) -> Store {
    Store::open(&StoreOptions::new(dir.path())).unwrap()
}

fn position(index: u64) -> FeedPosition {
    FeedPosition { index, seq: 0 }
}

/// A row of some slot that the group owns, and a row that it owns whatever its slots.
fn keys(map: &SlotMap, group: GroupId, index: u64) -> [Key; 2] {
    let anchors = (0u64..).map(|n| {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&(index << 20 | n).to_be_bytes());
        IdentifierId(id)
    });
    let anchor = anchors
        .into_iter()
        .find(|anchor| map.group_of(Slot::of(anchor)) == group)
        .unwrap();
    let rollup = Key::Rollup {
        slot: Slot::of(&anchor),
        workspace: WorkspaceId(1),
        anchor,
        day: None,
    };
    [
        rollup,
        Key::Change {
            group,
            index,
            seq: 0,
        },
    ]
}

fn apply(store: &Store, map: &SlotMap, group: GroupId, index: u64) {
    let mut batch = store.batch(group);
    keys(map, group, index)
        .iter()
        .for_each(|key| batch.put(key, &position(index)));
    batch.put_meta(StateMeta::Applied, index.to_be_bytes());
    batch.put_meta(StateMeta::Membership, format!("members at {index}"));
    batch.commit().unwrap();
}

/// Every row of every slot and group, as bytes.
fn rows(store: &Store) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut rows = Vec::new();
    let all = |key: &[u8], value: &[u8]| {
        rows.push((key.to_vec(), value.to_vec()));
        std::ops::ControlFlow::Continue(())
    };
    store.inspect(Family::Data, &[], all).unwrap();
    rows
}

fn rows_of(store: &Store, map: &SlotMap, group: GroupId) -> Vec<(Vec<u8>, Vec<u8>)> {
    let owned = |key: &[u8]| match Key::decode(key).unwrap() {
        Key::Rollup { slot, .. } => map.group_of(slot) == group,
        Key::Change { group: owner, .. } => owner == group,
        other => panic!("{other}"),
    };
    rows(store)
        .into_iter()
        .filter(|(key, _)| owned(key))
        .collect()
}

#[test]
fn a_snapshot_of_one_store_makes_the_same_rows_in_another() {
    let map = SlotMap::new(3);
    let (dir_a, dir_b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (a, b) = (open(&dir_a), open(&dir_b));
    (1..=200).for_each(|index| apply(&a, &map, GROUP, index));
    (1..=50).for_each(|index| apply(&a, &map, GroupId::Anchors(0), index));
    // What B has: other rows of the group, which must go, and rows of its neighbours, which must stay.
    (500..=520).for_each(|index| apply(&b, &map, GROUP, index));
    (500..=520).for_each(|index| apply(&b, &map, GroupId::Anchors(0), index));
    (500..=520).for_each(|index| apply(&b, &map, GroupId::Anchors(2), index));
    let neighbours = |store: &Store| [0, 2].map(|k| rows_of(store, &map, GroupId::Anchors(k)));
    let before = neighbours(&b);
    let view = b.snapshot();

    let snapshot = a
        .checkpoint()
        .unwrap()
        .export(GROUP, &map, &a.snapshot_dir(GROUP, "200"))
        .unwrap();
    assert_eq!(snapshot.manifest().rows(), 400);
    assert_eq!(
        snapshot.manifest().applied.as_deref(),
        Some(&200u64.to_be_bytes()[..])
    );
    assert_eq!(
        a.snapshots(GROUP).unwrap(),
        [SnapshotFiles::open(snapshot.dir()).unwrap()]
    );
    b.install(&snapshot).unwrap();

    let check = |b: &Store| {
        assert_eq!(rows_of(b, &map, GROUP), rows_of(&a, &map, GROUP));
        assert_eq!(neighbours(b), before);
        for fact in [StateMeta::Applied, StateMeta::Membership] {
            assert_eq!(
                b.state_meta(GROUP, fact).unwrap(),
                a.state_meta(GROUP, fact).unwrap()
            );
        }
        assert_eq!(
            b.state_meta(GroupId::Anchors(0), StateMeta::Applied)
                .unwrap()
                .unwrap(),
            520u64.to_be_bytes()
        );
    };
    check(&b);
    // A view from before still shows what was there before.
    assert_eq!(
        view.scan::<FeedPosition>(&KeyRange::changes(GROUP), Order::Ascending, 1000)
            .unwrap()
            .len(),
        21
    );
    drop(view);
    drop(b);
    check(&open(&dir_b));
}

#[test]
fn an_empty_group_has_a_snapshot_too() {
    let map = SlotMap::new(3);
    let (dir_a, dir_b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (a, b) = (open(&dir_a), open(&dir_b));
    apply(&b, &map, GROUP, 1);
    let snapshot = a
        .checkpoint()
        .unwrap()
        .export(GROUP, &map, &dir_a.path().join("elsewhere"))
        .unwrap();
    b.install(&snapshot).unwrap();
    assert_eq!(rows(&b), []);
    assert_eq!(b.state_meta(GROUP, StateMeta::Applied).unwrap(), None);
}

#[test]
fn the_same_state_is_not_exported_twice_and_another_replaces_it() {
    let map = SlotMap::new(3);
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let path = store.snapshot_dir(GROUP, "latest");
    let export = || {
        store
            .checkpoint()
            .unwrap()
            .export(GROUP, &map, &path)
            .unwrap()
            .manifest()
            .rows()
    };
    apply(&store, &map, GROUP, 1);
    assert_eq!(export(), 2);
    assert_eq!(export(), 2);
    apply(&store, &map, GROUP, 2);
    assert_eq!(export(), 4);
    store
        .remove_snapshot(&SnapshotFiles::open(&path).unwrap())
        .unwrap();
    assert_eq!(store.snapshots(GROUP).unwrap(), []);
}

#[test]
fn damaged_snapshots_are_refused_and_change_nothing() {
    let map = SlotMap::new(3);
    let (dir_a, dir_b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (a, b) = (open(&dir_a), open(&dir_b));
    apply(&a, &map, GROUP, 1);
    apply(&b, &map, GROUP, 7);
    let before = rows(&b);
    let export = || {
        let path = a.snapshot_dir(GROUP, "1");
        let _ = fs::remove_dir_all(&path);
        a.checkpoint().unwrap().export(GROUP, &map, &path).unwrap()
    };
    let flip = |path: &std::path::Path| {
        let mut bytes = fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(path, bytes).unwrap();
    };

    let snapshot = export();
    flip(&snapshot.dir().join(&snapshot.manifest().files[0].name));
    let error = b.install(&snapshot).err().unwrap();
    assert!(matches!(error, Error::Snapshot { .. }), "{error}");

    let snapshot = export();
    fs::remove_file(snapshot.dir().join(&snapshot.manifest().files[0].name)).unwrap();
    assert!(matches!(b.install(&snapshot), Err(Error::Io { .. })));

    let snapshot = export();
    flip(&snapshot.dir().join(SnapshotFiles::MANIFEST));
    let error = SnapshotFiles::open(snapshot.dir()).err().unwrap();
    assert!(matches!(error, Error::Snapshot { .. }), "{error}");

    assert_eq!(rows(&b), before);
    assert_eq!(b.stopped(), None);
}

#[test]
fn a_copy_that_was_damaged_meanwhile_is_made_again() {
    let map = SlotMap::new(3);
    let (dir_a, dir_b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (a, b) = (open(&dir_a), open(&dir_b));
    apply(&a, &map, GROUP, 1);
    let path = a.snapshot_dir(GROUP, "1");
    let snapshot = a.checkpoint().unwrap().export(GROUP, &map, &path).unwrap();
    b.install(&snapshot).unwrap();
    let copy = b.snapshot_dir(GROUP, "1");
    fs::write(copy.join(&snapshot.manifest().files[0].name), "damaged").unwrap();
    b.install(&snapshot).unwrap();
    assert_eq!(rows_of(&b, &map, GROUP), rows_of(&a, &map, GROUP));
}

#[test]
fn a_checkpoint_under_writes_has_the_rows_of_its_applied_position() {
    let map = SlotMap::new(1);
    let group = GroupId::Anchors(0);
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            for index in 1..=20_000 {
                apply(&store, &map, group, index);
                if done.load(std::sync::atomic::Ordering::Relaxed) {
                    break;
                }
            }
        });
        for name in 0..6 {
            let path = store.snapshot_dir(group, &name.to_string());
            let snapshot = store
                .checkpoint()
                .unwrap()
                .export(group, &map, &path)
                .unwrap();
            let applied = snapshot.manifest().applied.clone();
            let applied = applied.map_or(0, |bytes| u64::from_be_bytes(bytes.try_into().unwrap()));
            assert_eq!(snapshot.manifest().rows(), 2 * applied, "checkpoint {name}");
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn what_a_crash_leaves_half_written_is_gone_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(&dir));
    let left = [
        dir.path().join("checkpoints/3"),
        dir.path().join("snapshots/anchors-1/7.tmp"),
    ];
    left.iter()
        .for_each(|path| fs::create_dir_all(path).unwrap());
    let store = open(&dir);
    left.iter()
        .for_each(|path| assert!(!path.exists(), "{}", path.display()));
    assert_eq!(store.snapshots(GROUP).unwrap(), []);
}
