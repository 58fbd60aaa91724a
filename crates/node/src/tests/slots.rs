//! An anchors group takes interactions of its own slots only.

use acquaint_storage::command::{AnchorsCommand, AnchorsOutcome};
use acquaint_storage::row::{EntryRow, PayloadRow};
use acquaint_storage::{GroupId, codec};
use bytes::Bytes;

use super::support::{export, ingest, open, track};
use crate::Node;

/// The last command with interactions in the log of a group.
fn last_ingest(node: &Node, group: GroupId) -> Option<Bytes> {
    let (last, _) = node.store().last_log(group).unwrap()?;
    let log = node
        .store()
        .read_log(group, 0..last + 1, usize::MAX)
        .unwrap();
    let mut commands = log.into_iter().rev().filter_map(|(_, bytes)| {
        let entry: EntryRow = codec::decode(&bytes).unwrap();
        match entry.payload {
            PayloadRow::Command(command) => Some(command),
            _ => None,
        }
    });
    let is_ingest = |command: &Bytes| {
        !command.is_empty() && matches!(codec::decode(command), Ok(AnchorsCommand::Ingest(_)))
    };
    commands.find(is_ingest)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_for_a_slot_of_another_group_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let node = open(directory.path(), 2).await;
    ingest(&node, &[track("m-1", "ada", "Opened")]).await;
    let before = export(&node).await;
    let groups = [GroupId::Anchors(0), GroupId::Anchors(1)];
    let (owner, command) = groups
        .into_iter()
        .find_map(|group| Some((group, last_ingest(&node, group)?)))
        .unwrap();
    for group in groups {
        let applied = node
            .group(group)
            .unwrap()
            .propose(command.clone())
            .await
            .unwrap();
        let outcome: AnchorsOutcome = codec::decode(&applied.outcome).unwrap();
        if group == owner {
            let AnchorsOutcome::Ingested(outcomes) = outcome else {
                panic!("{outcome:?}");
            };
            assert!(outcomes[0].duplicate);
        } else {
            assert_eq!(outcome, AnchorsOutcome::NotOwner { version: 1 });
        }
    }
    assert_eq!(export(&node).await, before);
    node.shutdown().await;
}
