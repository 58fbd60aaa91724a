//! The bytes of every key and of every version of every stored type, frozen in `tests/frozen`.
//!
//! A file there is never edited: when a test here fails, the code is wrong. A type that must change takes the next
//! version, learns to read the old one, and gets a new file; `ACQUAINT_FREEZE=1` writes the files that are missing.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod samples;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    fs,
    path::PathBuf,
};

use acquaint_identity as identity;
use acquaint_profile::{IdentifierId, WorkspaceId};
use acquaint_storage::{
    GroupId, InteractionId, Key, KeyDigest, Manifest, MessageHash, NameHash, Slot, SlotMap,
    SnapshotFile,
    codec::{self, Stored},
    command::{AnchorsCommand, IdentityCommand, IdentityOutcome, ObserveRow, RulesRefusal},
    row::{
        AccessKeyRow, AccessRight, Added, ChangeRow, EntryRow, IdentityRow, InteractionRow,
        MembersRow, MembershipRow, NodeRow, OutboxRow, PayloadRow, PositionRow, ProfileChangeRow,
        RollupRow, SeenRow, SettingRow, StrandInteractionRow, StrandRow, VoteRow, WatermarkRow,
        WorkspaceNameRow,
    },
};
use data_encoding::HEXLOWER;
use samples::{POSITION, ROW, STRAND, TIME, WORKSPACE};

/// The lines `name hexadecimal` of a frozen file.
fn frozen(file: &str, now: &[(&str, Vec<u8>)]) -> BTreeMap<String, Vec<u8>> {
    // Asked when run: work trees share a target directory, and the build of one serves the others.
    let crate_dir = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo tells where the crate is");
    let path = PathBuf::from(crate_dir).join("tests/frozen").join(file);
    if !path.exists() && std::env::var_os("ACQUAINT_FREEZE").is_some() {
        let lines = now
            .iter()
            .map(|(name, bytes)| format!("{name} {}\n", HEXLOWER.encode(bytes)));
        fs::write(&path, lines.collect::<String>()).unwrap();
    }
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let line = |line: &str| {
        let (name, bytes) = line.split_once(' ').unwrap();
        (name.to_owned(), HEXLOWER.decode(bytes.as_bytes()).unwrap())
    };
    text.lines().map(line).collect()
}

/// The samples encode to the frozen bytes, and the frozen bytes decode to the samples.
fn check<T: Stored + PartialEq + Debug>(samples: &[(&str, T)]) {
    let file = format!("{}.v{}.txt", T::NAME, T::VERSION);
    let now: Vec<_> = samples
        .iter()
        .map(|(name, value)| (*name, codec::encode(value)))
        .collect();
    let frozen = frozen(&file, &now);
    assert_eq!(frozen.len(), samples.len(), "{file}");
    for ((name, bytes), (_, value)) in now.iter().zip(samples) {
        assert_eq!(
            HEXLOWER.encode(bytes),
            HEXLOWER.encode(&frozen[*name]),
            "{file}: {name}"
        );
        assert_eq!(
            &codec::decode::<T>(&frozen[*name]).unwrap(),
            value,
            "{file}: {name}"
        );
    }
}

#[test]
fn keys_are_frozen() {
    let keys = samples::keys::all();
    let now: Vec<_> = keys
        .iter()
        .map(|(name, key)| (*name, key.encode()))
        .collect();
    let frozen = frozen("keys.txt", &now);
    assert_eq!(frozen.len(), keys.len());
    for (name, key) in keys {
        assert_eq!(
            HEXLOWER.encode(&key.encode()),
            HEXLOWER.encode(&frozen[name]),
            "{name}"
        );
        assert_eq!(Key::decode(&frozen[name]).unwrap(), key, "{name}");
    }
}

#[test]
fn slots_groups_and_hashes_are_frozen() {
    let slot = |byte| Slot::of(&IdentifierId([byte; 16])).number();
    assert_eq!([slot(0), slot(1), slot(0xFF)], [3338, 2676, 1826]);
    let (message, name) = (MessageHash::of("m-1"), NameHash::of("default"));
    let texts = [
        ("message", message.0.to_vec()),
        (
            "interaction",
            InteractionId::of(message, &STRAND).0.to_vec(),
        ),
        ("name", name.0.to_vec()),
        ("digest", KeyDigest::of("wk_1").0.to_vec()),
    ];
    let frozen = frozen("hashes.txt", &texts);
    texts.iter().for_each(|(name, hash)| {
        assert_eq!(
            HEXLOWER.encode(hash),
            HEXLOWER.encode(&frozen[*name]),
            "{name}"
        )
    });
}

#[test]
fn rows_of_anchors_are_frozen() {
    let sources = BTreeMap::from([("web-key".to_owned(), samples::evidence())]);
    let added = Added {
        anchor: IdentifierId([0xA1; 16]),
        strand: STRAND,
        time: TIME,
        row: ROW,
    };
    let change = ChangeRow {
        workspace: WORKSPACE,
        added: vec![added, added],
    };
    check(&[
        (
            "track",
            InteractionRow {
                interaction: samples::tracked(),
                strand: STRAND,
                testimony: samples::testimony(),
                revoked_by: BTreeSet::new(),
            },
        ),
        (
            "identify",
            InteractionRow {
                interaction: samples::identified(),
                strand: STRAND,
                testimony: samples::testimony(),
                revoked_by: BTreeSet::from([identity::FactId([0xFA; 16])]),
            },
        ),
    ]);
    check(&[(
        "seen",
        SeenRow {
            strand: STRAND,
            reused: true,
            time: TIME,
            row: ROW,
        },
    )]);
    check(&[(
        "rollup",
        RollupRow {
            rollup: samples::rollup(),
        },
    )]);
    check(&[
        (
            "new",
            StrandRow {
                sources: sources.clone(),
                last_outbox: None,
            },
        ),
        (
            "known",
            StrandRow {
                sources,
                last_outbox: Some(POSITION),
            },
        ),
    ]);
    check(&[("strand-interaction", StrandInteractionRow)]);
    check(&[(
        "outbox",
        OutboxRow {
            workspace: WORKSPACE,
            evidence: samples::evidence(),
        },
    )]);
    check(&[("change", change)]);
    check(&[("position", POSITION)]);
}

#[test]
fn rows_of_identity_are_frozen() {
    let rows: Vec<_> = samples::graph_rows()
        .into_iter()
        .map(|(name, row)| (name, IdentityRow(row)))
        .collect();
    check(&rows);
    let ids = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| identity::IdentifierId([*byte; 16]))
            .collect::<BTreeSet<_>>()
    };
    let change = |cause| ProfileChangeRow {
        workspace: WORKSPACE,
        change: identity::ProfileChange {
            old: ids(&[1, 2]),
            new: ids(&[1]),
            cause,
        },
    };
    check(&[
        (
            "strand",
            change(identity::Cause::Strand(identity::StrandId(STRAND.0))),
        ),
        (
            "undo",
            change(identity::Cause::Undo(identity::FactId([0xFA; 16]))),
        ),
        ("step", change(identity::Cause::Step)),
        ("rules", change(identity::Cause::Rules(300))),
    ]);
    check(&[("watermark", WatermarkRow { position: POSITION })]);
    check(&[("feed", samples::profile_feed())]);
}

#[test]
fn rows_of_the_registry_are_frozen() {
    let scopes = ["export", "profiles:read"].map(str::to_owned);
    let token = AccessRight::Token(BTreeSet::from(scopes));
    check(&[("workspace", samples::registry::workspace())]);
    check(&[("name", WorkspaceNameRow { id: WorkspaceId(7) })]);
    check(&[
        ("write", samples::registry::write_key()),
        (
            "token",
            AccessKeyRow {
                workspace: WorkspaceId(7),
                name: "agent".to_owned(),
                right: token,
            },
        ),
    ]);
    check(&[
        (
            "slot-map",
            SettingRow::SlotMap(SlotMap {
                version: 300,
                anchors_groups: 16,
            }),
        ),
        ("commands", SettingRow::Commands(2)),
    ]);
    check(&[("member", samples::registry::member())]);
    check(&[(
        "node",
        NodeRow {
            cluster: [0xC1; 16],
            node: 300,
            slot_map: SlotMap::new(16),
            peers: BTreeMap::from([(1, "node-1:7000".to_owned())]),
            is_first: false,
        },
    )]);
    check(&[(
        "slot-map",
        SlotMap {
            version: 300,
            anchors_groups: 16,
        },
    )]);
}

#[test]
fn rows_of_the_log_are_frozen() {
    let position = PositionRow {
        term: 300,
        node: 1,
        index: 70_000,
    };
    let members = MembersRow {
        voters: vec![BTreeSet::from([1, 2]), BTreeSet::from([1])],
        addresses: BTreeMap::from([(1, "127.0.0.1:7000".to_owned())]),
    };
    let entry = |payload| EntryRow { position, payload };
    check(&[("position", position)]);
    check(&[
        ("blank", entry(PayloadRow::Blank)),
        ("command", entry(PayloadRow::Command(vec![1, 0, 2].into()))),
        ("members", entry(PayloadRow::Members(members.clone()))),
    ]);
    check(&[(
        "membership",
        MembershipRow {
            position: Some(position),
            members,
        },
    )]);
    check(&[(
        "vote",
        VoteRow {
            term: 300,
            node: 1,
            committed: true,
        },
    )]);
}

#[test]
fn commands_of_anchors_are_frozen() {
    check(&samples::anchors::commands());
    check(&samples::anchors::outcomes());
    for (name, command) in samples::anchors::commands() {
        let is_ingest = matches!(command, AnchorsCommand::Ingest(_));
        let told = AnchorsCommand::is_ingest(&codec::encode(&command));
        assert_eq!(told, is_ingest, "{name}");
    }
}

#[test]
fn commands_of_identity_are_frozen() {
    let row = ObserveRow {
        position: POSITION,
        workspace: WORKSPACE,
        evidence: samples::evidence(),
    };
    let (a, b) = (
        samples::evidence_identifier(0x11),
        samples::evidence_identifier(0x22),
    );
    let state = |statement| IdentityCommand::State {
        workspace: WORKSPACE,
        fact: samples::fact(statement),
    };
    let fact = identity::FactId([0xFA; 16]);
    let commands = [
        (
            "define",
            IdentityCommand::DefineWorkspace {
                workspace: WORKSPACE,
                rules: samples::rules_row(),
            },
        ),
        (
            "build-rules",
            IdentityCommand::BuildRules {
                workspace: WORKSPACE,
                rules: samples::rules_row(),
            },
        ),
        (
            "switch-rules",
            IdentityCommand::SwitchRules {
                workspace: WORKSPACE,
                epoch: 300,
            },
        ),
        (
            "cancel-rules",
            IdentityCommand::CancelRules {
                workspace: WORKSPACE,
                epoch: 300,
            },
        ),
        (
            "observe",
            IdentityCommand::Observe {
                from: GroupId::Anchors(2),
                rows: vec![row],
            },
        ),
        (
            "must-link",
            state(identity::Statement::MustLink(a.clone(), b.clone())),
        ),
        (
            "never-link",
            state(identity::Statement::NeverLink(a.clone(), b)),
        ),
        ("block", state(identity::Statement::Block(a.clone()))),
        (
            "revoke-message",
            state(identity::Statement::RevokeMessage(
                identity::RevokedMessage {
                    message_id: "m-1".to_owned(),
                    strands: BTreeSet::from([(a.id, identity::StrandId(STRAND.0))]),
                    identifier: a,
                },
            )),
        ),
        (
            "undo",
            IdentityCommand::UndoFact {
                workspace: WORKSPACE,
                fact,
                undo: samples::undo(),
            },
        ),
        (
            "split",
            state(identity::Statement::Split(samples::evidence_identifier(
                0x11,
            ))),
        ),
        (
            "revoke-source",
            state(identity::Statement::Revoke(identity::Source(
                "web-key".to_owned(),
            ))),
        ),
        (
            "step",
            IdentityCommand::Step {
                workspace: WORKSPACE,
            },
        ),
    ];
    check(&commands);
    for (name, command) in commands {
        let is_observe = matches!(command, IdentityCommand::Observe { .. });
        let told = IdentityCommand::is_observe(&codec::encode(&command));
        assert_eq!(told, is_observe, "{name}");
    }
    check(&[
        ("defined", IdentityOutcome::Defined),
        (
            "observed",
            IdentityOutcome::Observed {
                watermark: POSITION,
                pending: true,
            },
        ),
        ("taken", IdentityOutcome::Taken { pending: true }),
        (
            "refused",
            IdentityOutcome::Refused(identity::Refusal::SameNode),
        ),
        ("unknown", IdentityOutcome::UnknownWorkspace),
        ("stepped", IdentityOutcome::Stepped { pending: true }),
        ("building", IdentityOutcome::Building { epoch: 300 }),
        ("settled", IdentityOutcome::Settled),
        (
            "building-already",
            IdentityOutcome::NotNow(RulesRefusal::Building { epoch: 300 }),
        ),
        (
            "leaving-still",
            IdentityOutcome::NotNow(RulesRefusal::Leaving { epoch: 300 }),
        ),
        (
            "not-building",
            IdentityOutcome::NotNow(RulesRefusal::NotBuilding { epoch: 300 }),
        ),
        (
            "not-ready",
            IdentityOutcome::NotNow(RulesRefusal::NotReady { epoch: 300 }),
        ),
    ]);
}

#[test]
fn commands_of_the_registry_are_frozen() {
    let map = SlotMap {
        version: 300,
        anchors_groups: 16,
    };
    check(&samples::registry::commands());
    check(&samples::registry::outcomes());
    let file = SnapshotFile {
        name: "000000.sst".to_owned(),
        bytes: 1000,
        crc32: 0xDEAD_BEEF,
        rows: 12,
    };
    check(&[(
        "manifest",
        Manifest {
            group: GroupId::Anchors(2),
            slot_map: map,
            applied: Some(vec![1, 2, 3]),
            membership: None,
            files: vec![file],
        },
    )]);
}
