//! Consents by purpose.

use acquaint_profile::Interaction;
use acquaint_profile::rollup::Consent::{Granted, Refused};
use serde_json::json;

use crate::{at, message, profile, track};

fn check(messages: &[Interaction], expected: &[(&str, acquaint_profile::rollup::Consent)]) {
    let profile = profile(messages);
    let consents: Vec<_> = profile
        .consents()
        .map(|(purpose, entry)| (purpose, entry.value))
        .collect();
    assert_eq!(consents, expected);
}

#[test]
fn the_newest_word_counts() {
    let given = track(
        "Consent Updated",
        json!({"purpose": "email", "granted": true}),
    );
    let mut taken = track(
        "Consent Updated",
        json!({"purpose": "email", "granted": false}),
    );
    taken.time = at("2025-02-01T00:00:00Z");
    check(&[taken, given], &[("email", Refused)]);
}

#[test]
fn of_two_words_of_one_moment_the_refusal_counts() {
    let given = track(
        "Consent Updated",
        json!({"purpose": "email", "granted": true}),
    );
    let taken = track(
        "Consent Updated",
        json!({"purpose": "email", "granted": false}),
    );
    check(&[given.clone(), taken.clone()], &[("email", Refused)]);
    check(&[taken, given], &[("email", Refused)]);
}

#[test]
fn every_message_may_carry_consents() {
    let consent = json!({"categoryPreferences": {"ads": false, "analytics": true, "other": "yes"}});
    check(
        &[message("page", json!({"context": {"consent": consent}}))],
        &[("ads", Refused), ("analytics", Granted)],
    );
}

#[test]
fn what_cannot_be_read_is_not_taken() {
    for properties in [
        json!({"granted": true}),
        json!({"purpose": "email"}),
        json!({"purpose": "email", "granted": "yes"}),
    ] {
        check(&[track("Consent Updated", properties)], &[]);
    }
}
