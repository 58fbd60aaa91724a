//! A node to test with, and what is asked of it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use acquaint_api::tracking::{Message, Report};
use acquaint_api::{ProfileKey, profiles::ProfileBody};
use acquaint_identity::RowKey;
use acquaint_profile::Timestamp;
use acquaint_storage::row::{InteractionRow, StrandRow};
use acquaint_storage::{Key, Order, codec};
use serde_json::{Value, json};

use crate::{Caller, Config, Error, IngestOptions, LookupOptions, Node};

/// A configuration whose ids are the same in every directory.
pub(super) fn config(directory: &Path, anchors_groups: u16) -> Config {
    let text = format!(
        "data_dir = {:?}\nanchors_groups = {anchors_groups}\ncache_bytes = 8388608\ndisk_free_bytes_min = 67108864\n\
         [[workspace]]\nname = \"test\"\nsecret = \"{}\"\n",
        directory.display().to_string(),
        "5a".repeat(32)
    );
    toml::from_str(&text).unwrap()
}

pub(super) async fn open(directory: &Path, anchors_groups: u16) -> Arc<Node> {
    Node::open(config(directory, anchors_groups)).await.unwrap()
}

pub(super) fn caller(node: &Node) -> Caller {
    node.anonymous().unwrap()
}

pub(super) async fn ingest(node: &Node, messages: &[Value]) -> Report {
    try_ingest(node, messages, &IngestOptions::default())
        .await
        .unwrap()
}

pub(super) async fn try_ingest(
    node: &Node,
    messages: &[Value],
    options: &IngestOptions,
) -> Result<Report, Error> {
    let messages = messages
        .iter()
        .map(|message| Message::from_json(message.clone(), None))
        .collect();
    node.ingest(&caller(node), messages, options).await
}

pub(super) async fn lookup(node: &Node, key: &str) -> Result<ProfileBody, Error> {
    lookup_with(node, key, &LookupOptions::default()).await
}

/// The profile that a lookup writes, read as the contract has it: what is written is what the contract would write.
pub(super) async fn lookup_with(
    node: &Node,
    key: &str,
    options: &LookupOptions,
) -> Result<ProfileBody, Error> {
    let json = node.lookup(&caller(node), &self::key(key), options).await?;
    let text = std::str::from_utf8(&json).unwrap();
    let body: ProfileBody = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&body).unwrap(), text);
    Ok(body)
}

pub(super) fn key(text: &str) -> ProfileKey {
    text.parse().unwrap()
}

/// The whole export as text.
pub(super) async fn export(node: &Arc<Node>) -> String {
    let mut chunks = node.export(&caller(node)).await.unwrap();
    let mut text = Vec::new();
    while let Some(chunk) = chunks.recv().await {
        text.extend_from_slice(&chunk.unwrap());
    }
    String::from_utf8(text).unwrap()
}

pub(super) fn track(id: &str, user: &str, event: &str) -> Value {
    json!({"type": "track", "messageId": id, "userId": user, "event": event, "timestamp": "2026-01-02T03:04:05Z"})
}

/// Every row of state, without what tells when and in which order it came: positions, feeds, times of receipt.
pub(super) fn state(node: &Node) -> BTreeMap<String, String> {
    state_as(node, comparable)
}

/// Every row of state for which `show` has a text.
pub(super) fn state_as(
    node: &Node,
    show: impl Fn(&Key, &[u8]) -> Option<String>,
) -> BTreeMap<String, String> {
    let mut rows = BTreeMap::new();
    let view = node.store().snapshot();
    for group in node.slot_map().groups() {
        for range in node.slot_map().ranges(group) {
            view.for_each(&range, Order::Ascending, |key, value| {
                let key = Key::decode(key).unwrap();
                if let Some(value) = show(&key, value) {
                    rows.insert(key.to_string(), value);
                }
                ControlFlow::Continue(())
            })
            .unwrap();
        }
    }
    rows
}

/// A row as text; nothing of one that tells when and in which order things came.
pub(super) fn comparable(key: &Key, value: &[u8]) -> Option<String> {
    match key {
        Key::Change { .. }
        | Key::Outbox { .. }
        | Key::Watermark { .. }
        | Key::ProfileChange { .. }
        | Key::ProfileFeed { .. }
        | Key::Setting { .. }
        | Key::Slots { .. } => None,
        // The rules say when they came in.
        Key::Identity {
            row: RowKey::Rules { .. },
            ..
        } => None,
        Key::Interaction { .. } => {
            let mut row: InteractionRow = codec::decode(value).unwrap();
            row.interaction.received = Timestamp(0);
            Some(format!("{row:?}"))
        }
        Key::Strand { .. } => {
            let mut row: StrandRow = codec::decode(value).unwrap();
            row.last_outbox = None;
            Some(format!("{row:?}"))
        }
        _ => Some(format!("{value:?}")),
    }
}

/// Fails with the first row that differs, not with two whole states.
pub(super) fn assert_same(
    left: &BTreeMap<String, String>,
    right: &BTreeMap<String, String>,
    what: &str,
) {
    for (key, value) in left {
        assert_eq!(Some(value), right.get(key), "{what}: {key}");
    }
    for key in right.keys() {
        assert!(left.contains_key(key), "{what}: {key} is only on the right");
    }
}
