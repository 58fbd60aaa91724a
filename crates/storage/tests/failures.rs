//! What goes wrong with a disk, and what is said about it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use acquaint_storage::{
    Error, GroupId, Key, LogBatch, LogMeta, PROBE_INTERVAL, Read, SpaceProbe, StateMeta, Store,
    StoreOptions,
    row::{FeedPosition, WatermarkRow},
};

const GROUP: GroupId = GroupId::Identity(0);

fn key() -> Key {
    Key::Watermark {
        identity: GROUP,
        from: GroupId::Anchors(0),
    }
}

fn watermark(index: u64) -> WatermarkRow {
    WatermarkRow {
        position: FeedPosition { index, seq: 0 },
    }
}

fn put(store: &Store, index: u64) -> Result<(), Error> {
    let mut batch = store.batch(GROUP);
    batch.put(&key(), &watermark(index));
    batch.put_meta(StateMeta::Applied, index.to_be_bytes());
    batch.commit()
}

/// A closed store with a row in it that has left memory.
fn closed_store() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreOptions::new(dir.path())).unwrap();
    put(&store, 1).unwrap();
    store.flush().unwrap();
    dir
}

fn db_file(dir: &Path, wanted: impl Fn(&str) -> bool) -> PathBuf {
    let files = fs::read_dir(dir.join("db"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files = files.filter(|path| wanted(path.file_name().unwrap().to_str().unwrap()));
    files.next().unwrap()
}

fn open_error(dir: &Path) -> Error {
    Store::open(&StoreOptions::new(dir)).err().unwrap()
}

#[test]
fn after_a_failed_write_there_are_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreOptions::new(dir.path())).unwrap();
    put(&store, 1).unwrap();
    assert_eq!(store.stopped(), None);
    store.fail_writes(true);
    assert!(matches!(put(&store, 2), Err(Error::Engine { .. })));
    store.fail_writes(false);
    assert!(matches!(put(&store, 3), Err(Error::Stopped { .. })));
    let mut batch = LogBatch::new();
    batch.put(GROUP, LogMeta::Vote, *b"vote");
    assert!(matches!(
        store.write_log(batch, true),
        Err(Error::Stopped { .. })
    ));
    assert!(
        store
            .stopped()
            .unwrap()
            .contains("write the state of a group")
    );
    // Reads go on, and the clone is of the same store.
    assert_eq!(store.snapshot().get(&key()).unwrap(), Some(watermark(1)));
    assert!(store.clone().stopped().is_some());

    drop(store);
    let store = Store::open(&StoreOptions::new(dir.path())).unwrap();
    put(&store, 4).unwrap();
}

#[test]
fn a_failed_flush_is_the_last_write_too() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreOptions::new(dir.path())).unwrap();
    store.fail_writes(true);
    assert!(matches!(store.flush(), Err(Error::Engine { .. })));
    store.fail_writes(false);
    assert!(matches!(put(&store, 1), Err(Error::Stopped { .. })));
    assert!(store.stopped().unwrap().contains("flush"));
}

#[test]
fn a_directory_is_open_once_for_writing_and_can_be_looked_at_meanwhile() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreOptions::new(dir.path())).unwrap();
    put(&store, 1).unwrap();
    let error = open_error(dir.path());
    assert!(matches!(error, Error::Locked { .. }), "{error}");
    assert!(
        error.to_string().contains("in use by another process"),
        "{error}"
    );

    let looking = Store::open(&StoreOptions::new(dir.path()).read_only()).unwrap();
    assert_eq!(looking.snapshot().get(&key()).unwrap(), Some(watermark(1)));
    assert!(matches!(put(&looking, 2), Err(Error::ReadOnly)));
}

#[test]
fn looking_at_nothing_makes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("nothing");
    let error = Store::open(&StoreOptions::new(&path).read_only())
        .err()
        .unwrap();
    assert!(matches!(error, Error::NoStore { .. }), "{error}");
    assert!(!path.exists());
}

#[test]
fn damaged_files_are_named_as_such() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 6] = [
        ("a pointer that is gone", |dir| {
            fs::remove_file(dir.join("db/CURRENT")).unwrap()
        }),
        ("a pointer to no manifest", |dir| {
            fs::write(dir.join("db/CURRENT"), "garbage").unwrap()
        }),
        ("a manifest of garbage", |dir| {
            let path = db_file(dir, |name| name.starts_with("MANIFEST"));
            let bytes = fs::metadata(&path).unwrap().len() as usize;
            fs::write(path, vec![0x5A; bytes]).unwrap();
        }),
        ("a manifest that is gone", |dir| {
            fs::remove_file(db_file(dir, |name| name.starts_with("MANIFEST"))).unwrap();
        }),
        ("a table cut short", |dir| {
            let file = fs::OpenOptions::new()
                .write(true)
                .open(db_file(dir, |name| name.ends_with(".sst")))
                .unwrap();
            file.set_len(10).unwrap();
        }),
        ("a table that is gone", |dir| {
            fs::remove_file(db_file(dir, |name| name.ends_with(".sst"))).unwrap()
        }),
    ];
    for (name, damage) in damages {
        let dir = closed_store();
        damage(dir.path());
        let error = open_error(dir.path());
        assert!(matches!(error, Error::Corrupt { .. }), "{name}: {error}");
        assert!(
            error
                .to_string()
                .contains("restore the directory from a backup"),
            "{name}: {error}"
        );
    }
}

/// A closed store whose write-ahead log holds 100 writes, those up to `synced` of them synced, and the path of that log.
fn store_with_log(synced: u64) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreOptions::new(dir.path())).unwrap();
    for index in 1..=100 {
        put(&store, index).unwrap();
        if index == synced {
            let mut log = LogBatch::new();
            log.append(GroupId::Registry, index, b"an entry".to_vec());
            store.write_log(log, true).unwrap();
        }
    }
    drop(store);
    let log = db_file(dir.path(), |name| name.ends_with(".log"));
    assert!(fs::metadata(&log).unwrap().len() > 1000);
    (dir, log)
}

/// Everything up to the last write was synced: damage anywhere before it has taken something that counted.
#[test]
fn a_write_ahead_log_that_lost_what_was_synced_is_not_passed_over() {
    for part in [4, 2] {
        let (dir, log) = store_with_log(100);
        let mut bytes = fs::read(&log).unwrap();
        let place = bytes.len() / part;
        bytes[place] ^= 0x55;
        fs::write(&log, bytes).unwrap();
        for _ in 0..2 {
            let error = open_error(dir.path());
            assert!(matches!(error, Error::Corrupt { .. }), "{error}");
        }
    }
}

/// What a power cut leaves of an unsynced tail: cut short, zeros behind it, a record with a hole in it.
#[test]
fn a_write_ahead_log_that_a_crash_tore_keeps_what_is_whole() {
    for (cut, zeros, last) in [(3, 0, 99), (0, 5000, 100), (30, 30, 99)] {
        let (dir, log) = store_with_log(50);
        let mut bytes = fs::read(&log).unwrap();
        bytes.truncate(bytes.len() - cut);
        bytes.extend(vec![0; zeros]);
        fs::write(&log, bytes).unwrap();
        let store = Store::open(&StoreOptions::new(dir.path())).unwrap();
        assert_eq!(
            store.snapshot().get(&key()).unwrap(),
            Some(watermark(last)),
            "{cut} {zeros}"
        );
    }
}

#[test]
fn another_database_is_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = rocksdb::Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    let db = rocksdb::DB::open_cf(&options, dir.path().join("db"), ["theirs"]).unwrap();
    drop(db);
    let error = open_error(dir.path());
    assert!(matches!(error, Error::WrongFormat { .. }), "{error}");
    let families = rocksdb::DB::list_cf(&options, dir.path().join("db")).unwrap();
    assert_eq!(families, ["default", "theirs"]);
}

#[test]
fn work_is_refused_below_the_watermark_and_taken_again_above_it() {
    let dir = tempfile::tempdir().unwrap();
    let free = Arc::new(AtomicU64::new(1000));
    let seen = free.clone();
    let mut options = StoreOptions::new(dir.path());
    options.free_bytes_min = 500;
    options.space_probe = SpaceProbe::new(move |_| Ok(seen.load(Ordering::SeqCst)));
    let store = Store::open(&options).unwrap();
    store.check_space().unwrap();

    free.store(499, Ordering::SeqCst);
    std::thread::sleep(PROBE_INTERVAL);
    let refused = store.check_space();
    assert!(
        matches!(
            refused,
            Err(Error::DiskLow {
                free_bytes: 499,
                free_bytes_min: 500
            })
        ),
        "{refused:?}"
    );
    // What has been proposed is written all the same.
    put(&store, 1).unwrap();

    free.store(500, Ordering::SeqCst);
    std::thread::sleep(PROBE_INTERVAL);
    store.check_space().unwrap();
}

#[test]
fn the_file_system_is_asked_for_free_space() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreOptions::new(dir.path())).unwrap();
    assert!(store.space().unwrap().free_bytes > 0);
}
