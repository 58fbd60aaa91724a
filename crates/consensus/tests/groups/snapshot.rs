//! A snapshot is files of one position: another store that installs them has that state, exactly,
//! and goes on from there.

use acquaint_storage::SnapshotFiles;
use bytes::Bytes;

use crate::ledger::{entries, group, open, propose, start};

#[tokio::test(flavor = "multi_thread")]
async fn files_carry_a_group_into_a_second_store() {
    let directories = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let first = open(directories[0].path());
    let node = start(&first, 2).await;
    let ledger = node.group(group(0)).unwrap().clone();
    for _ in 0..50 {
        propose(&ledger, b"before").await;
    }
    propose(node.group(group(1)).unwrap(), b"of another group").await;

    // Commands go on while the files are made.
    let writer = tokio::spawn({
        let ledger = ledger.clone();
        async move {
            for _ in 0..200 {
                ledger
                    .propose(Bytes::from_static(b"meanwhile"))
                    .await
                    .unwrap();
            }
        }
    });
    let files = directories[0].path().join("exported");
    ledger.export(&files).await.unwrap();
    writer.await.unwrap();
    let final_count = entries(&first, group(0)).count;
    node.shutdown().await;

    let second = open(directories[1].path());
    second
        .install(&SnapshotFiles::open(&files).unwrap())
        .unwrap();
    let carried = entries(&second, group(0));
    assert!((50..=final_count).contains(&carried.count), "{carried:?}");
    assert_eq!(entries(&second, group(1)).count, 0, "of this group only");

    let node = start(&second, 2).await;
    let ledger = node.group(group(0)).unwrap();
    assert_eq!(propose(ledger, b"after").await, carried.count + 1);
    node.shutdown().await;
    let node = start(&second, 2).await;
    assert_eq!(entries(&second, group(0)).count, carried.count + 1);
    node.shutdown().await;
}
