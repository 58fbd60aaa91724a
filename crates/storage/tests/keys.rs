//! Keys: bytes go both ways, keep the order of their fields, fall into their ranges, and hold nothing in plain.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use acquaint_identity::{self as identity, NodeId, Rank, RowKey, RowPrefix, SourceId, Stage};
use acquaint_profile::{Day, IdentifierId, StrandId, Timestamp, WorkspaceId};
use acquaint_storage::{Error, GroupId, InteractionId, Key, KeyDigest, MessageHash, Slot};
use proptest::prelude::*;

/// Few values per field, so that keys often share their first fields.
fn id() -> impl Strategy<Value = [u8; 16]> {
    prop_oneof![Just([0; 16]), Just([0xFF; 16]), any::<[u8; 16]>()]
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0..3u64, Just(u64::MAX), any::<u64>()]
}

/// Rows of several tables whose parts are of different lengths.
fn graph_row(table: u64, part: u8, a: [u8; 16], b: [u8; 16]) -> RowKey {
    let (node, other) = (NodeId(a), NodeId(b));
    match table % 5 {
        0 => RowKey::Link {
            node,
            rank: Rank(part),
            neighbour: other,
        },
        1 => RowKey::Member {
            holder: node,
            node: other,
            id: identity::IdentifierId([part; 16]),
            strand: identity::StrandId(a),
        },
        2 => RowKey::Pending {
            of: a,
            stage: Stage(part),
        },
        3 => RowKey::Via { node, other },
        _ => RowKey::Withheld {
            source: SourceId(a),
            strand: identity::StrandId(b),
        },
    }
}

fn key() -> impl Strategy<Value = Key> {
    let place = (prop_oneof![0..2u16, Just(4095u16)], 0..3u32, id());
    let time = prop_oneof![any::<i64>(), -2..2i64];
    let anchored = (0..5u8, place, id(), id(), time).prop_map(
        |(kind, (slot, workspace, anchor), a, b, time)| {
            let (slot, workspace, anchor) = (
                Slot::new(slot).unwrap(),
                WorkspaceId(workspace),
                IdentifierId(anchor),
            );
            match kind {
                0 => Key::Interaction {
                    slot,
                    workspace,
                    anchor,
                    time: Timestamp(time),
                    row: InteractionId(a),
                },
                1 => Key::Seen {
                    slot,
                    workspace,
                    anchor,
                    message: MessageHash(a),
                    strand: (b != [0; 16]).then_some(StrandId(b)),
                },
                2 => Key::Rollup {
                    slot,
                    workspace,
                    anchor,
                    day: (time > 0).then_some(Day(time as u32 >> 1)),
                },
                3 => Key::Strand {
                    slot,
                    workspace,
                    anchor,
                    strand: StrandId(a),
                },
                _ => Key::StrandInteraction {
                    slot,
                    workspace,
                    anchor,
                    strand: StrandId(a),
                    time: Timestamp(time),
                    row: InteractionId(b),
                },
            }
        },
    );
    let grouped =
        (0..7u8, 0..3u16, number(), 0..3u32, id(), id()).prop_map(|(kind, k, index, seq, a, b)| {
            match kind {
                0 => Key::Change {
                    group: GroupId::Anchors(k),
                    index,
                    seq,
                },
                1 => Key::Outbox {
                    group: GroupId::Anchors(k),
                    index,
                    seq,
                },
                2 => Key::ProfileChange {
                    group: GroupId::Identity(k),
                    index,
                    seq,
                },
                3 => Key::Watermark {
                    identity: GroupId::Identity(k),
                    from: GroupId::Anchors(seq as u16),
                },
                5 => Key::ProfileFeed {
                    group: GroupId::Identity(k),
                },
                4 => Key::Workspace {
                    id: WorkspaceId(seq),
                },
                _ => {
                    let row = graph_row(index, seq as u8, a, b);
                    let epoch = 1 + seq / 2;
                    Key::identity(GroupId::Identity(k), WorkspaceId(seq), epoch, row)
                }
            }
        });
    prop_oneof![anchored, grouped]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes_go_both_ways(key in key()) {
        prop_assert_eq!(Key::decode(&key.encode()).unwrap(), key);
    }

    #[test]
    fn bytes_keep_the_order_of_keys_of_one_kind(a in key(), b in key()) {
        if std::mem::discriminant(&a) == std::mem::discriminant(&b) {
            prop_assert_eq!(a.cmp(&b), a.encode().cmp(&b.encode()));
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = Key::decode(&bytes);
    }

    #[test]
    fn a_shortened_or_lengthened_key_is_an_error(key in key(), cut in 1..10usize) {
        let bytes = key.encode();
        prop_assert!(Key::decode(&bytes[..bytes.len().saturating_sub(cut)]).is_err());
        let longer = [bytes, vec![0]].concat();
        prop_assert!(Key::decode(&longer).is_err());
    }
}

#[test]
fn graph_rows_fall_into_the_ranges_of_their_prefixes() {
    let (node, other, rank) = (NodeId([0xFF; 16]), NodeId([0; 16]), Rank(255));
    let link = RowKey::Link {
        node,
        rank,
        neighbour: other,
    };
    let key = |row| Key::identity(GroupId::Identity(0), WorkspaceId(1), 1, row).encode();
    for (prefix, inside) in [
        (RowPrefix::Links(node), true),
        (RowPrefix::LinksTowards(node, rank), true),
        (RowPrefix::LinksTowards(node, Rank(254)), false),
        (RowPrefix::Links(other), false),
        (RowPrefix::Candidates(node), false),
        (RowPrefix::Nodes, false),
    ] {
        let first = key(prefix.first());
        assert_eq!(prefix.contains(&link), inside, "{prefix:?}");
        if inside {
            assert!(first <= key(link), "{prefix:?}");
        }
    }
}

#[test]
fn a_key_that_makes_no_sense_is_named() {
    let error = Key::decode(&[0x00, 0x01, b'?', 0, 0]).unwrap_err();
    assert!(matches!(error, Error::BadKey { .. }));
    assert!(
        error
            .to_string()
            .starts_with("cannot decode key 00013f0000: "),
        "{error}"
    );
}

#[test]
fn access_keys_do_not_show() {
    let key = Key::AccessKey {
        digest: KeyDigest::of("wk_secret"),
    };
    assert!(key.to_string().len() < 40, "{key}");
}
