//! A log is purged only below what its state has applied, durably, and keeps what it should keep.

use std::fs;
use std::path::Path;
use std::time::Duration;

use acquaint_consensus::{Consensus, Group, TokioRuntime};

use crate::ledger::{entries, group, open, options, propose};

const KEEP: u64 = 10;

async fn purged(group: &Group<TokioRuntime>) -> u64 {
    for _ in 0..500 {
        if let Some(purged) = group.status().purged {
            return purged;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nothing was purged");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_of_large_commands_is_bounded_in_bytes() {
    const BYTES_MAX: u64 = 100 << 10;
    static LARGE: [u8; 4 << 10] = [7; 4 << 10];
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let bounded = |store| {
        let mut bounded = options(store, 1);
        bounded.log_keep_bytes_max = BYTES_MAX;
        bounded
    };
    let node: Consensus<TokioRuntime> = Consensus::start(bounded(&store)).await.unwrap();
    let ledger = node.group(group(0)).unwrap();
    propose(ledger, &LARGE).await;
    assert_eq!(ledger.purge().await.unwrap(), None, "there is room");
    for _ in 0..99 {
        propose(ledger, &LARGE).await;
    }
    // Counted since the start, and counted again by the next start.
    let kept = |applied: u64, through: Option<u64>| applied - through.unwrap();
    let room = BYTES_MAX / LARGE.len() as u64;
    let applied = ledger.applied();
    node.shutdown().await;
    let node: Consensus<TokioRuntime> = Consensus::start(bounded(&store)).await.unwrap();
    let ledger = node.group(group(0)).unwrap();
    let through = ledger.purge().await.unwrap();
    assert!(kept(applied, through) <= room && kept(applied, through) >= room - 4);
    for _ in 0..50 {
        propose(ledger, &LARGE).await;
    }
    let through = ledger.purge().await.unwrap();
    let kept = kept(ledger.applied(), through);
    assert!(kept <= room && kept >= room - 4, "{kept} of {room}");
    assert_eq!(entries(&store, group(0)).count, 150);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_never_passes_what_is_durable() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let mut keeping = options(&store, 1);
    keeping.log_keep_entries = KEEP;
    let node: Consensus<TokioRuntime> = Consensus::start(keeping).await.unwrap();
    let ledger = node.group(group(0)).unwrap();
    assert_eq!(
        ledger.purge().await.unwrap(),
        None,
        "there is too little to purge"
    );
    for _ in 0..100 {
        propose(ledger, b"command").await;
    }
    let through = ledger.purge().await.unwrap();
    assert_eq!(through, Some(ledger.applied() - KEEP));
    assert_eq!(Some(purged(ledger).await), through);
    let applied = propose(ledger, b"command").await;

    // What a kill would leave behind at this moment: nothing was flushed.
    let crashed = tempfile::tempdir().unwrap();
    copy(directory.path(), crashed.path());
    node.shutdown().await;

    let store = open(crashed.path());
    let node: Consensus<TokioRuntime> = Consensus::start(options(&store, 1)).await.unwrap();
    let ledger = node.group(group(0)).unwrap();
    assert_eq!(entries(&store, group(0)).count, applied);
    assert!(ledger.applied() >= purged(ledger).await + KEEP);
    assert!(
        store.read_log(group(0), 0..1, usize::MAX).is_err(),
        "the front is gone"
    );
    assert_eq!(propose(ledger, b"command").await, applied + 1);
    node.shutdown().await;
}
