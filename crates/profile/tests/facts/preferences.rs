//! Preferences: stated, inferred, scoped, expiring.

use acquaint_profile::{Interaction, Timestamp};
use serde_json::{Value as Json, json};

use crate::{at, message, profile, track};

/// The preferences that hold at a time, as `topic/scope=value origin confidence`.
fn held(messages: &[Interaction], time: Timestamp) -> Vec<String> {
    let profile = profile(messages);
    let line = |(key, entry): (
        &acquaint_profile::rollup::PreferenceKey,
        &acquaint_profile::rollup::Entry<acquaint_profile::rollup::Preference>,
    )| {
        let scope = key.scope.as_deref().unwrap_or("*");
        let value = entry.value.value.to_json();
        format!(
            "{}/{scope}={value} {} {}",
            key.topic,
            key.origin.as_str(),
            entry.value.confidence
        )
    };
    profile.preferences(time).into_iter().map(line).collect()
}

fn check(messages: &[Interaction], expected: &[&str]) {
    assert_eq!(held(messages, at("2025-06-01T00:00:00Z")), expected);
}

fn stated(properties: Json) -> Interaction {
    track("Preference Stated", properties)
}

fn inferred(properties: Json) -> Interaction {
    track("Preference Inferred", properties)
}

#[test]
fn a_guess_never_overwrites_a_word() {
    let word = stated(json!({"topic": "size", "value": "m"}));
    let mut guess = inferred(json!({"topic": "size", "value": "l", "confidence": 0.9}));
    guess.time = at("2025-03-01T00:00:00Z");
    check(&[guess.clone()], &["size/*=\"l\" inferred 0.9"]);
    check(&[word, guess], &["size/*=\"m\" stated 1"]);
}

#[test]
fn scopes_are_apart() {
    let everywhere = stated(json!({"topic": "contact", "value": "email"}));
    let in_shop = stated(json!({"topic": "contact", "value": "sms", "scope": "shop"}));
    let guess = inferred(json!({"topic": "contact", "value": "call", "scope": "shop"}));
    check(
        &[everywhere, in_shop, guess],
        &[
            "contact/*=\"email\" stated 1",
            "contact/shop=\"sms\" stated 1",
        ],
    );
}

#[test]
fn what_has_expired_does_not_hold() {
    let word = stated(json!({"topic": "size", "value": "m", "expires_at": "2025-05-01T00:00:00Z"}));
    let guess = inferred(json!({"topic": "size", "value": "l"}));
    let both = [word, guess];
    assert_eq!(
        held(&both, at("2025-04-30T23:59:59Z")),
        ["size/*=\"m\" stated 1"]
    );
    assert_eq!(
        held(&both, at("2025-05-01T00:00:00Z")),
        ["size/*=\"l\" inferred 0.5"]
    );
    let profile = profile(&both);
    assert_eq!(
        profile.valid_until(at("2025-01-01T00:00:00Z")),
        Some(at("2025-05-01T00:00:00Z"))
    );
    assert_eq!(profile.valid_until(at("2025-05-01T00:00:00Z")), None);
}

#[test]
fn a_word_can_be_taken_back() {
    let word = stated(json!({"topic": "size", "value": "m"}));
    let mut back = stated(json!({"topic": "size", "value": null}));
    back.time = at("2025-02-01T00:00:00Z");
    check(&[word, back], &[]);
}

#[test]
fn traits_state_preferences() {
    let traits = json!({"preferences": {"diet": "vegan", "size": {"value": "m", "scope": "shoes"}, "colours": {"first": "red"}}});
    let message = message("identify", json!({"traits": traits}));
    assert_eq!(profile(std::slice::from_ref(&message)).traits().count(), 0);
    check(
        &[message],
        &[
            "colours/*={\"first\":\"red\"} stated 1",
            "diet/*=\"vegan\" stated 1",
            "size/shoes=\"m\" stated 1",
        ],
    );
}

#[test]
fn what_cannot_be_read_is_not_taken() {
    let broken = [
        json!({"value": "m"}),
        json!({"topic": " ", "value": "m"}),
        json!({"topic": 7, "value": "m"}),
        json!({"topic": "size", "value": "m", "confidence": 1.5}),
        json!({"topic": "size", "value": "m", "confidence": "high"}),
        json!({"topic": "size", "value": "m", "expires_at": "tomorrow"}),
        json!({"topic": "size", "value": "m", "scope": 7}),
    ];
    for properties in broken {
        let message = stated(properties.clone());
        assert_eq!(
            held(std::slice::from_ref(&message), at("2025-06-01T00:00:00Z")),
            Vec::<String>::new(),
            "{properties}"
        );
        assert_eq!(profile(&[message]).rollup.seen.count, 1);
    }
}
