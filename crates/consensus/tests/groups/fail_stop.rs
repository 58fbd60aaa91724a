//! The first write that fails is the last: the node says so, answers no more, and a start finds
//! everything that was acknowledged.

use acquaint_consensus::{Consensus, TokioRuntime};
use bytes::Bytes;

use crate::ledger::{entries, group, open, propose, start};

async fn fails(node: &Consensus<TokioRuntime>, k: u16) -> String {
    let group = node.group(group(k)).unwrap();
    let error = group
        .propose(Bytes::from_static(b"lost"))
        .await
        .unwrap_err();
    assert!(error.outcome_unknown(), "{error}");
    error.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_failed_write_stops_every_group() {
    let directory = tempfile::tempdir().unwrap();
    {
        let store = open(directory.path());
        let node = start(&store, 3).await;
        for k in 0..3 {
            assert_eq!(propose(node.group(group(k)).unwrap(), b"kept").await, 1);
        }
        assert_eq!(node.failure(), None);

        store.fail_writes(true);
        fails(&node, 0).await;
        let reason = node.failed().await;
        assert!(reason.contains("could not be written"), "{reason}");

        store.fail_writes(false);
        for k in 0..3 {
            fails(&node, k).await;
        }
        assert_eq!(
            node.failure(),
            Some(reason),
            "the first failure is the one that is told"
        );
        node.shutdown().await;
    }
    let store = open(directory.path());
    let node = start(&store, 3).await;
    for k in 0..3 {
        assert_eq!(entries(&store, group(k)).count, 1);
        assert_eq!(propose(node.group(group(k)).unwrap(), b"again").await, 2);
    }
    node.shutdown().await;
}
