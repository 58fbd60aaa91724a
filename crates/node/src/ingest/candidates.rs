//! Where a tracking message says who it is about.
//!
//! - *Stated* identifiers are there to identify: `userId`, `anonymousId`, `previousId`, `context.externalIds`. A value that no
//!   sender can mean (control characters, endless text) rejects the message.
//! - *Attributes* identify beside their first purpose: email and phone among the traits, ids of the device. Such a value
//!   stays the attribute that it is, and identifies nobody.
//! - The traits of a `group` call describe the group, not the person: they identify nobody.
//! - A device that asks not to be tracked (`adTrackingEnabled: false`) gives no advertising id.

use acquaint_api::tracking::{Message, MessageKind};
use acquaint_profile::Namespaces;
use serde_json::{Map, Value};

/// Length of a UUID as text.
const UUID_CHARS: usize = 36;

/// What a value does to the message that no sender can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It rejects the message.
    Stated,
    /// It is left where it is.
    Attribute,
}

/// A value that may identify somebody, as given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) namespace: String,
    pub(super) value: String,
    pub(super) role: Role,
}

/// Every candidate of a message, in no particular order.
pub(super) fn candidates(message: &Message, namespaces: &Namespaces) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut stated = |namespace: &str, value: &Option<String>| {
        if let Some(value) = value {
            found.push(candidate(namespace, value, Role::Stated));
        }
    };
    stated("user_id", &message.user_id);
    stated("anonymous_id", &message.anonymous_id);
    if message.kind == MessageKind::Alias {
        stated(previous_namespace(message), &message.previous_id);
    }
    external_ids(message, namespaces, &mut found);
    if message.kind != MessageKind::Group {
        reachable_at(&message.traits, &mut found);
    }
    if let Some(Value::Object(traits)) = message.context.get("traits") {
        reachable_at(traits, &mut found);
    }
    if let Some(Value::Object(device)) = message.context.get("device") {
        device_ids(device, &mut found);
    }
    found
}

fn candidate(namespace: &str, value: &str, role: Role) -> Candidate {
    Candidate {
        namespace: namespace.to_owned(),
        value: value.to_owned(),
        role,
    }
}

/// SDKs alias an anonymous id to a user, and say in `previousId` only its value. They make anonymous ids as UUIDs; a
/// previous id of any other form is a user id that was given up; so is a UUID where the user ids are UUIDs themselves.
fn previous_namespace(message: &Message) -> &'static str {
    let Some(previous) = &message.previous_id else {
        return "user_id";
    };
    let user_is_uuid = message.user_id.as_deref().is_some_and(is_uuid);
    if message.anonymous_id.as_ref() == Some(previous) || (is_uuid(previous) && !user_is_uuid) {
        "anonymous_id"
    } else {
        "user_id"
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == UUID_CHARS
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// `context.externalIds: [{id, type, collection, encoding}]`. A type that is no namespace of the workspace stays in the
/// context of the interaction, where it can be read; so does the id of a collection other than the users.
fn external_ids(message: &Message, namespaces: &Namespaces, found: &mut Vec<Candidate>) {
    let Some(Value::Array(ids)) = message.context.get("externalIds") else {
        return;
    };
    for entry in ids {
        let Value::Object(entry) = entry else {
            continue;
        };
        let of_users = matches!(
            entry.get("collection").and_then(Value::as_str),
            None | Some("users")
        );
        let plain = matches!(
            entry.get("encoding").and_then(Value::as_str),
            None | Some("none")
        );
        let Some(namespace) = entry.get("type").and_then(Value::as_str) else {
            continue;
        };
        if let Some(value) = scalar(entry.get("id"))
            && of_users
            && plain
            && namespaces.get(namespace).is_some()
        {
            found.push(candidate(namespace, &value, Role::Stated));
        }
    }
}

fn reachable_at(traits: &Map<String, Value>, found: &mut Vec<Candidate>) {
    for namespace in ["email", "phone"] {
        if let Some(value) = scalar(traits.get(namespace)) {
            found.push(candidate(namespace, &value, Role::Attribute));
        }
    }
}

fn device_ids(device: &Map<String, Value>, found: &mut Vec<Candidate>) {
    if let Some(value) = scalar(device.get("id")) {
        found.push(candidate("device_id", &value, Role::Attribute));
    }
    let may_track = device.get("adTrackingEnabled") != Some(&Value::Bool(false));
    if let Some(value) = scalar(device.get("advertisingId"))
        && may_track
    {
        found.push(candidate("advertising_id", &value, Role::Attribute));
    }
}

/// A string, or a number as its text; empty is absent.
fn scalar(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn check(message: Value, expected: &[(&str, &str)]) {
        let parsed = Message::from_json(message.clone(), None).unwrap();
        let mut found: Vec<_> = candidates(&parsed, &Namespaces::builtin())
            .into_iter()
            .map(|candidate| (candidate.namespace, candidate.value))
            .collect();
        found.sort();
        let mut expected: Vec<_> = expected
            .iter()
            .map(|(namespace, value)| ((*namespace).to_owned(), (*value).to_owned()))
            .collect();
        expected.sort();
        assert_eq!(found, expected, "{message}");
    }

    #[test]
    fn every_place_is_read() {
        check(
            json!({"type": "identify", "userId": "u", "anonymousId": "a",
                "traits": {"email": "e@x.y", "phone": 15550100},
                "context": {"traits": {"email": "f@x.y"}, "device": {"id": "d", "advertisingId": "ad"},
                    "externalIds": [{"id": "c1", "type": "loyalty_id", "collection": "users", "encoding": "none"}]}}),
            &[
                ("user_id", "u"),
                ("anonymous_id", "a"),
                ("email", "e@x.y"),
                ("email", "f@x.y"),
                ("phone", "15550100"),
                ("device_id", "d"),
                ("advertising_id", "ad"),
                ("loyalty_id", "c1"),
            ],
        );
    }

    #[test]
    fn what_identifies_nobody() {
        check(
            json!({"type": "group", "userId": "u", "groupId": "g", "traits": {"email": "office@x.y"},
                "context": {"device": {"id": "d", "advertisingId": "ad", "adTrackingEnabled": false},
                    "externalIds": [{"id": "1", "type": "unheard_of"}, {"id": "2", "type": "email", "collection": "accounts"},
                        {"id": "3", "type": "email", "encoding": "base64"}, "x"]}}),
            &[("user_id", "u"), ("device_id", "d")],
        );
    }

    #[test]
    fn a_previous_id_is_anonymous_when_it_looks_like_one() {
        check(
            json!({"type": "alias", "userId": "u", "previousId": "0f6e8580-6aa5-4145-a80a-1a5a5333ecab"}),
            &[
                ("user_id", "u"),
                ("anonymous_id", "0f6e8580-6aa5-4145-a80a-1a5a5333ecab"),
            ],
        );
        check(
            json!({"type": "alias", "userId": "u2", "previousId": "u1"}),
            &[("user_id", "u2"), ("user_id", "u1")],
        );
    }
}
