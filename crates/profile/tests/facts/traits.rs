//! Traits and groups.

use acquaint_profile::Value;
use serde_json::{Value as Json, json};

use crate::{message, profile};

fn check(messages: &[(&str, Json)], expected: Json) {
    let messages: Vec<_> = messages
        .iter()
        .map(|(kind, given)| message(kind, given.clone()))
        .collect();
    let traits: Json = profile(&messages)
        .traits()
        .map(|(name, entry)| (name.to_owned(), entry.value.to_json()))
        .collect();
    assert_eq!(traits, expected);
}

#[test]
fn the_last_writer_by_event_time_wins_then_by_message_id() {
    let late =
        json!({"time": "2025-01-02T00:00:00Z", "id": "a", "traits": {"city": "Ulm", "vip": true}});
    let early = json!({"time": "2025-01-01T00:00:00Z", "id": "z", "traits": {"city": "Bonn", "plan": "free"}});
    let tied = json!({"time": "2025-01-02T00:00:00Z", "id": "b", "traits": {"city": "Kiel"}});
    check(
        &[("identify", late), ("identify", early), ("identify", tied)],
        json!({"city": "Kiel", "plan": "free", "vip": true}),
    );
}

#[test]
fn null_takes_a_trait_back() {
    let given = json!({"time": "2025-01-01T00:00:00Z", "traits": {"city": "Ulm"}});
    let back = json!({"time": "2025-01-02T00:00:00Z", "traits": {"city": null}});
    check(&[("identify", back), ("identify", given)], json!({}));
}

#[test]
fn traits_come_from_the_context_too_and_those_of_the_message_win() {
    let given =
        json!({"traits": {"city": "Ulm"}, "context": {"traits": {"city": "Bonn", "name": "Ada"}}});
    check(
        &[("identify", given.clone())],
        json!({"city": "Ulm", "name": "Ada"}),
    );
    check(&[("track", given)], json!({"city": "Ulm", "name": "Ada"}));
}

#[test]
fn traits_of_a_group_are_not_those_of_the_person() {
    let group = message(
        "group",
        json!({"event": "acme", "traits": {"name": "Acme"}, "context": {"traits": {"name": "Ada"}}}),
    );
    let profile = profile(&[group]);
    let (name, entry) = profile.traits().next().unwrap();
    assert_eq!((name, &entry.value), ("name", &Value::String("Ada".into())));
    let group = profile.rollup.groups.get(&"acme".to_owned()).unwrap();
    assert_eq!(group["name"], Value::String("Acme".into()));
    assert_eq!(profile.rollup.events.entries.len(), 0);
}

#[test]
fn source_and_time_are_kept() {
    let profile = profile(&[message("identify", json!({"traits": {"city": "Ulm"}}))]);
    let (_, entry) = profile.traits().next().unwrap();
    assert_eq!(
        (entry.source.as_str(), entry.message_id.as_str()),
        ("shop", "m1")
    );
    assert_eq!(entry.time.to_string(), "2025-01-01T12:00:00.000Z");
}

#[test]
fn what_is_too_large_is_left_out_and_marked() {
    let large = json!({"traits": {"note": "x".repeat(2_048), "ok": 1, ("n".repeat(257)): 1}});
    let profile = profile(&[message("identify", large)]);
    assert_eq!(
        profile.traits().map(|(name, _)| name).collect::<Vec<_>>(),
        ["ok"]
    );
    assert_eq!(profile.rollup.truncated().collect::<Vec<_>>(), ["traits"]);
}
