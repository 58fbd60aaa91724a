//! One key of every kind. They never change: their bytes are frozen.

use acquaint_identity as identity;
use acquaint_profile::{Day, IdentifierId, Timestamp};
use acquaint_storage::{GroupId, Key, KeyDigest, MessageHash, NameHash, Slot};

use super::{ROW, STRAND, TIME, WORKSPACE};

fn graph() -> Vec<(&'static str, identity::RowKey)> {
    use identity::{FactId, NodeId, Rank, RowKey, SourceId, Stage, StrandId, TraitKind, ValueId};
    let (node, other) = (NodeId([0x11; 16]), NodeId([0x22; 16]));
    let (strand, source, id) = (
        StrandId([0x33; 16]),
        SourceId([0x44; 16]),
        identity::IdentifierId([0x55; 16]),
    );
    let (value, rank) = (ValueId([0x66; 16]), Rank(7));
    vec![
        ("graph.evidence", RowKey::Evidence { strand, source }),
        (
            "graph.source-strand",
            RowKey::SourceStrand { source, strand },
        ),
        (
            "graph.node-evidence",
            RowKey::NodeEvidence {
                node,
                strand,
                source,
            },
        ),
        ("graph.node", RowKey::Node { node }),
        (
            "graph.link",
            RowKey::Link {
                node,
                rank,
                neighbour: other,
            },
        ),
        (
            "graph.first-name",
            RowKey::Trait {
                node,
                kind: TraitKind::FirstName,
                value,
            },
        ),
        (
            "graph.birth-date",
            RowKey::Trait {
                node,
                kind: TraitKind::BirthDate,
                value,
            },
        ),
        ("graph.identifier", RowKey::Identifier { id }),
        ("graph.profile", RowKey::Profile { root: node }),
        (
            "graph.member",
            RowKey::Member {
                holder: node,
                node: other,
                id,
                strand,
            },
        ),
        ("graph.candidate", RowKey::Candidate { node, other }),
        (
            "graph.fact",
            RowKey::Fact {
                fact: FactId([0x77; 16]),
            },
        ),
        (
            "graph.pending",
            RowKey::Pending {
                of: node.0,
                stage: Stage::STRAND,
            },
        ),
        ("graph.rules", RowKey::Rules { epoch: 0x0102_0304 }),
        ("graph.via", RowKey::Via { node, other }),
        ("graph.attribution", RowKey::Attribution { strand }),
        ("graph.revoked", RowKey::Revoked { source }),
        ("graph.withheld", RowKey::Withheld { source, strand }),
        ("graph.epochs", RowKey::Epochs),
        ("graph.extent", RowKey::Extent { root: node }),
        ("graph.pending-count", RowKey::PendingCount),
    ]
}

/// One key of every kind.
pub(crate) fn all() -> Vec<(&'static str, Key)> {
    let (slot, workspace, anchor) = (
        Slot::new(0x0ABC).unwrap(),
        WORKSPACE,
        IdentifierId([0xA1; 16]),
    );
    let (group, identity, index, seq) = (
        GroupId::Anchors(0x12),
        GroupId::Identity(3),
        0x0102_0304_0506_0708,
        0x0A0B_0C0D,
    );
    let mut keys = vec![
        (
            "interaction",
            Key::Interaction {
                slot,
                workspace,
                anchor,
                time: TIME,
                row: ROW,
            },
        ),
        (
            "interaction.before-1970",
            Key::Interaction {
                slot,
                workspace,
                anchor,
                time: Timestamp(-1),
                row: ROW,
            },
        ),
        (
            "seen",
            Key::Seen {
                slot,
                workspace,
                anchor,
                message: MessageHash([0xB2; 16]),
                strand: None,
            },
        ),
        (
            "seen.otherwise",
            Key::Seen {
                slot,
                workspace,
                anchor,
                message: MessageHash([0xB2; 16]),
                strand: Some(STRAND),
            },
        ),
        (
            "rollup.whole",
            Key::Rollup {
                slot,
                workspace,
                anchor,
                day: None,
            },
        ),
        (
            "rollup.day",
            Key::Rollup {
                slot,
                workspace,
                anchor,
                day: Some(Day(20_119)),
            },
        ),
        (
            "strand",
            Key::Strand {
                slot,
                workspace,
                anchor,
                strand: STRAND,
            },
        ),
        (
            "strand-interaction",
            Key::StrandInteraction {
                slot,
                workspace,
                anchor,
                strand: STRAND,
                time: TIME,
                row: ROW,
            },
        ),
        ("change", Key::Change { group, index, seq }),
        ("outbox", Key::Outbox { group, index, seq }),
        (
            "watermark",
            Key::Watermark {
                identity,
                from: group,
            },
        ),
        (
            "profile-change",
            Key::ProfileChange {
                group: identity,
                index,
                seq,
            },
        ),
        ("profile-feed", Key::ProfileFeed { group: identity }),
        ("workspace", Key::Workspace { id: workspace }),
        (
            "workspace-name",
            Key::WorkspaceName {
                name: NameHash([0xD3; 16]),
            },
        ),
        (
            "access-key",
            Key::AccessKey {
                digest: KeyDigest([0xE4; 32]),
            },
        ),
        (
            "setting",
            Key::Setting {
                name: "slot_map".to_owned(),
            },
        ),
        ("node", Key::Node { node: 0x0102_0304 }),
        (
            "slots",
            Key::Slots {
                group: GroupId::Anchors(0x12),
            },
        ),
    ];
    let graph = graph().into_iter();
    keys.extend(
        graph.map(|(name, row)| (name, Key::identity(identity, workspace, 0x0A0B_0C0D, row))),
    );
    keys
}
