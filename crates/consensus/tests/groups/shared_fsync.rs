//! Proposals that are in flight together share fsyncs, within a group and across groups.

use bytes::Bytes;
use futures::future::join_all;

use crate::ledger::{entries, group, open, start};

const GROUPS: u16 = 6;
const CLIENTS: u64 = 32;
const COMMANDS: u64 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_proposals_share_fsyncs() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    let node = start(&store, GROUPS).await;
    let syncs_before = store.syncs();
    let mut clients = Vec::new();
    for k in 0..GROUPS {
        for _ in 0..CLIENTS {
            let group = node.group(group(k)).unwrap().clone();
            clients.push(tokio::spawn(async move {
                for _ in 0..COMMANDS {
                    group.propose(Bytes::from_static(b"command")).await.unwrap();
                }
            }));
        }
    }
    for client in join_all(clients).await {
        client.unwrap();
    }
    let syncs = store.syncs() - syncs_before;
    let proposals = u64::from(GROUPS) * CLIENTS * COMMANDS;
    println!("{proposals} proposals, {syncs} fsyncs");
    assert!(
        syncs * 4 < proposals,
        "{proposals} proposals took {syncs} fsyncs"
    );
    for k in 0..GROUPS {
        assert_eq!(entries(&store, group(k)).count, CLIENTS * COMMANDS);
    }
    node.shutdown().await;
}
