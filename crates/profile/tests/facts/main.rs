//! What interactions say: the contract of `docs/ingest.md`, one rule per test.
#![allow(clippy::unwrap_used)]

mod consents;
mod identifiers;
mod preferences;
mod purchases;
mod scores;
mod times;
mod traits;

use acquaint_profile::{
    Flags, Identifier, Identifiers, Interaction, Kind, Namespaces, Profile, Rollup, Timestamp,
    Value, fold,
};
use serde_json::json;

/// A message, with what matters of it given as JSON: `event`, `traits`, `properties`, `context`, `time`, `id`.
fn message(kind: &str, given: serde_json::Value) -> Interaction {
    let namespaces = Namespaces::builtin();
    let user = Identifier::parse(namespaces.get("user_id").unwrap().1, "u1").unwrap();
    let map = |name: &str| {
        Value::map_from_json(name, given.get(name).cloned().unwrap_or(json!(null))).unwrap()
    };
    let text = |name: &str| given.get(name).and_then(|value| value.as_str());
    Interaction {
        message_id: text("id").unwrap_or("m1").parse().unwrap(),
        kind: kind.parse::<Kind>().unwrap(),
        event: text("event").map(str::to_owned),
        channel: "web".parse().unwrap(),
        time: Timestamp::parse_rfc3339(text("time").unwrap_or("2025-01-01T12:00:00Z")).unwrap(),
        received: Timestamp(0),
        identifiers: Identifiers::new(&namespaces, vec![user]).unwrap(),
        traits: map("traits"),
        properties: map("properties"),
        context: map("context"),
        source: "shop".into(),
        flags: Flags::NONE,
    }
}

/// A track message.
fn track(event: &str, properties: serde_json::Value) -> Interaction {
    message("track", json!({"event": event, "properties": properties}))
}

/// The profile of these messages.
fn profile(messages: &[Interaction]) -> Profile {
    let rollups: Vec<_> = messages.iter().map(Rollup::of).collect();
    fold(rollups)
}

/// The time of a text.
fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}
