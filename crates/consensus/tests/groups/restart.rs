//! What was acknowledged before a restart is there after it, once, and the log goes on.

use std::time::Duration;

use acquaint_consensus::{Consensus, TokioRuntime};

use crate::ledger::{entries, group, open, options, propose, start};

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_what_was_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let mut last = [0; 3];
    for round in 1..=3 {
        let store = open(directory.path());
        let node = start(&store, 3).await;
        for k in 0..3 {
            let group = node.group(group(k)).unwrap();
            assert!(group.applied() >= last[usize::from(k)]);
            for n in 1..=20 {
                assert_eq!(propose(group, b"command").await, (round - 1) * 20 + n);
            }
            last[usize::from(k)] = group.applied();
        }
        for k in 0..3 {
            assert_eq!(entries(&store, group(k)).count, round * 20);
        }
        node.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_does_not_wait_for_an_election_timeout() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    for _ in 0..2 {
        let mut options = options(&store, 6);
        // Much longer than a start may take.
        options.election_timeout_min = Duration::from_secs(600);
        options.election_timeout_max = Duration::from_secs(1_200);
        let node = Consensus::<TokioRuntime>::start(options).await.unwrap();
        node.shutdown().await;
    }
}
