//! A workspace begins with the identity rules of its file, and keeps those that it has.

use acquaint_api::ErrorCode;
use serde_json::json;

use super::support::{config, ingest, lookup};
use crate::{Config, Error, Node};

fn with_rules(directory: &std::path::Path, rules: &str) -> Config {
    let file = directory.join("rules.toml");
    std::fs::write(&file, rules).unwrap();
    let mut config = config(&directory.join("node"), 2);
    let text = format!(
        "name = \"test\"\nsecret = \"{}\"\nidentity_rules = {file:?}\n",
        "5a".repeat(32)
    );
    config.workspaces = vec![toml::from_str(&text).unwrap()];
    config
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_rules_is_what_a_workspace_begins_with_and_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let office = "[kinds.mailbox]\nalso_blocked = [\"office@shop.example\"]\n";
    let node = Node::open(with_rules(directory.path(), office))
        .await
        .unwrap();
    let identify = json!({"type": "identify", "messageId": "m1", "userId": "u1",
        "traits": {"email": "office@shop.example"}, "timestamp": "2026-01-02T03:04:05Z"});
    ingest(&node, &[identify]).await;
    let blocked = |answer| match answer {
        Err(Error::Refused { code, .. }) => assert_eq!(code, ErrorCode::IdentifierBlocked),
        other => panic!("{other:?}"),
    };
    blocked(lookup(&node, "email:office@shop.example").await);
    node.shutdown().await;
    drop(node);

    let other = "[kinds.mailbox]\nblocked = []\n";
    let node = Node::open(with_rules(directory.path(), other))
        .await
        .unwrap();
    blocked(lookup(&node, "email:office@shop.example").await);
    node.shutdown().await;
}
