//! What a person sees of keys and values.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, ops::ControlFlow};

use acquaint_profile::{Namespaces, Region, WorkspaceId, WorkspaceSecret};
use acquaint_storage::{
    Family, GroupId, Key, KeyDigest, LogBatch, LogMeta, SlotMap, StateMeta, Store, StoreOptions,
    codec,
    command::RegistryCommand,
    describe,
    row::{
        AccessKeyRow, AccessRight, EntryRow, FeedPosition, PayloadRow, PositionRow, WatermarkRow,
        WorkspaceRow,
    },
};

const PLACE: PositionRow = PositionRow {
    term: 2,
    node: 1,
    index: 5,
};

fn fill(store: &Store) {
    let mut batch = store.batch(GroupId::Registry);
    let secret = WorkspaceSecret::new([0x5E; 32]);
    let workspace = WorkspaceRow {
        id: WorkspaceId(7),
        name: "shop".to_owned(),
        secret,
        region: Region::default(),
        namespaces: Namespaces::builtin(),
        identity_group: 0,
    };
    batch.put(&Key::Workspace { id: WorkspaceId(7) }, &workspace);
    let right = AccessRight::Token(BTreeSet::from(["export".to_owned()]));
    let token = AccessKeyRow {
        workspace: WorkspaceId(7),
        name: "agent".to_owned(),
        right,
    };
    batch.put(
        &Key::AccessKey {
            digest: KeyDigest::of("token"),
        },
        &token,
    );
    batch.commit().unwrap();

    let group = GroupId::Identity(0);
    let mut batch = store.batch(group);
    let position = FeedPosition { index: 12, seq: 3 };
    batch.put(
        &Key::Watermark {
            identity: group,
            from: GroupId::Anchors(2),
        },
        &WatermarkRow { position },
    );
    batch.put_meta(StateMeta::Applied, codec::encode(&PLACE));
    batch.commit().unwrap();

    let mut log = LogBatch::new();
    let command = RegistryCommand::SetSlotMap(SlotMap::new(4));
    let command = PayloadRow::Command(codec::encode(&command).into());
    log.append(
        GroupId::Registry,
        5,
        codec::encode(&EntryRow {
            position: PLACE,
            payload: command,
        }),
    );
    log.append(
        group,
        5,
        codec::encode(&EntryRow {
            position: PLACE,
            payload: PayloadRow::Blank,
        }),
    );
    log.put(group, LogMeta::Vote, vec![0xEE; 100]);
    store.write_log(log, true).unwrap();
}

fn lines(store: &Store, family: Family) -> Vec<String> {
    let mut lines = Vec::new();
    let show = |key: &[u8], value: &[u8]| {
        let (key, value) = describe(family, key, value);
        lines.push(format!("{key}: {value}"));
        ControlFlow::Continue(())
    };
    store.inspect(family, &[], show).unwrap();
    lines
}

#[test]
fn every_key_and_value_is_readable_and_no_secret_shows() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreOptions::new(dir.path())).unwrap();
    fill(&store);
    let looking = Store::open(&StoreOptions::new(dir.path()).read_only()).unwrap();

    let data = lines(&looking, Family::Data);
    assert_eq!(
        data[0],
        "identity-0 watermark of anchors-2: WatermarkRow { position: FeedPosition { index: 12, seq: 3 } }"
    );
    let digest = data_encoding::HEXLOWER.encode(&KeyDigest::of("token").0);
    assert!(
        data[1].starts_with(&format!(
            "registry access key {}…: AccessKeyRow",
            &digest[..8]
        )),
        "{}",
        data[1]
    );
    assert!(
        data[2]
            .starts_with("registry workspace 7: WorkspaceRow { id: WorkspaceId(7), name: \"shop\""),
        "{}",
        data[2]
    );
    let all = data.join("\n");
    assert!(
        !all.contains(&digest) && !all.contains("5e5e") && !all.contains("94, 94"),
        "{all}"
    );

    let log = lines(&looking, Family::Log);
    let place = "PositionRow { term: 2, node: 1, index: 5 }";
    let command = "SetSlotMap(SlotMap { version: 1, anchors_groups: 4 })";
    assert_eq!(log[0], format!("registry log 5: {place} {command}"));
    assert_eq!(
        log[1],
        format!("identity-0 log 5: EntryRow {{ position: {place}, payload: Blank }}")
    );
    let meta = lines(&looking, Family::Meta);
    assert_eq!(meta[0], format!("identity-0 applied: {place}"));
    let vote = "cannot decode VoteRow version 238: it is sealed with key 238";
    assert_eq!(
        meta[1],
        format!("identity-0 vote: {vote}: 100 bytes {}…", "ee".repeat(64))
    );
    assert_eq!(
        meta[2],
        "store: StoreRow { product: \"acquaint\", format: 1 }"
    );
}

#[test]
fn what_does_not_decode_is_shown_with_the_reason() {
    let key = Key::Workspace { id: WorkspaceId(7) }.encode();
    let (_, value) = describe(Family::Data, &key, &[9, 0, 1]);
    assert_eq!(
        value,
        "cannot decode WorkspaceRow version 9: this program knows version 1: 3 bytes 090001"
    );
    let (key, value) = describe(Family::Data, &[0xFF], &[1]);
    assert_eq!(
        (key.as_str(), value.as_str()),
        ("cannot decode key ff: it ends too early", "1 bytes 01")
    );
}
