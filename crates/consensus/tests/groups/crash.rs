//! A node that ends between the append of an entry and its apply applies it at the next start, once.

use std::sync::Arc;

use acquaint_consensus::{Consensus, Error, TokioRuntime};
use bytes::Bytes;

use crate::ledger::{Ledger, POISON, entries, group, open, options, propose, start};

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_was_appended_but_not_applied_is_applied_at_the_next_start() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());

    let node = start(&store, 2).await;
    let ledger = node.group(group(0)).unwrap();
    assert_eq!(propose(ledger, b"first").await, 1);
    let error = ledger
        .propose(Bytes::from_static(POISON))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Stopped { .. }), "{error}");
    assert!(error.outcome_unknown());
    let reason = node.failed().await;
    assert!(reason.contains("anchors-0 could not apply"), "{reason}");
    node.shutdown().await;
    assert_eq!(entries(&store, group(0)).count, 1, "nothing is skipped");

    let mut forgiving = options(&store, 2);
    forgiving.groups[0].1 = Arc::new(Ledger { forgives: true });
    let node: Consensus<TokioRuntime> = Consensus::start(forgiving).await.unwrap();
    assert_eq!(entries(&store, group(0)).count, 2);
    assert_eq!(propose(node.group(group(0)).unwrap(), b"third").await, 3);
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_cannot_apply_does_not_start() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let node = start(&store, 1).await;
    let ledger = node.group(group(0)).unwrap();
    ledger
        .propose(Bytes::from_static(POISON))
        .await
        .unwrap_err();
    node.shutdown().await;
    let again = Consensus::<TokioRuntime>::start(options(&store, 1)).await;
    assert!(again.is_err());
}
