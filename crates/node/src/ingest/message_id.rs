//! The id of a message that came without one.
//!
//! - It is a hash of the message and of its place in the batch, so that a retry of the same request gets the same ids, and
//!   two equal messages of one batch stay two.
//! - `sentAt` is left out: it is the one member that a retry changes.
//! - The order of members in the JSON does not matter.

use acquaint_api::tracking::Message;
use acquaint_profile::MessageId;
use serde_json::{Map, Value};

/// The derived id. The bytes that are hashed are frozen, or retries across an upgrade would count twice.
pub(super) fn derive(message: &Message, place: usize) -> MessageId {
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&(place as u64).to_be_bytes());
    text(&mut bytes, message.kind.as_str());
    for member in [
        &message.user_id,
        &message.anonymous_id,
        &message.previous_id,
        &message.group_id,
        &message.event,
        &message.name,
        &message.category,
        &message.channel,
        &message.timestamp,
        &message.original_timestamp,
    ] {
        match member {
            Some(given) => {
                bytes.push(1);
                text(&mut bytes, given);
            }
            None => bytes.push(0),
        }
    }
    for members in [&message.traits, &message.properties, &message.context] {
        object(&mut bytes, members);
    }
    MessageId::derived(&bytes)
}

fn text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
    bytes.extend_from_slice(text.as_bytes());
}

fn object(bytes: &mut Vec<u8>, members: &Map<String, Value>) {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    bytes.extend_from_slice(&(sorted.len() as u64).to_be_bytes());
    for (name, member) in sorted {
        text(bytes, name);
        value(bytes, member);
    }
}

/// A tag per kind of value keeps `"1"` and `1` apart. The parser has bounded the depth.
fn value(bytes: &mut Vec<u8>, given: &Value) {
    match given {
        Value::Null => bytes.push(b'0'),
        Value::Bool(false) => bytes.push(b'f'),
        Value::Bool(true) => bytes.push(b't'),
        Value::Number(number) => {
            bytes.push(b'n');
            text(bytes, &number.to_string());
        }
        Value::String(string) => {
            bytes.push(b's');
            text(bytes, string);
        }
        Value::Array(list) => {
            bytes.push(b'a');
            bytes.extend_from_slice(&(list.len() as u64).to_be_bytes());
            for entry in list {
                value(bytes, entry);
            }
        }
        Value::Object(members) => {
            bytes.push(b'o');
            object(bytes, members);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn id(value: Value, place: usize) -> String {
        derive(&Message::from_json(value, None).unwrap(), place).to_string()
    }

    #[test]
    fn a_retry_gets_the_same_id_and_a_twin_another() {
        let first = id(
            json!({"type": "track", "event": "A", "userId": "u", "sentAt": "2026-01-01T00:00:00Z"}),
            0,
        );
        let retry = id(
            json!({"sentAt": "2026-01-01T00:00:09Z", "userId": "u", "event": "A", "type": "track"}),
            0,
        );
        assert_eq!(first, retry);
        assert_ne!(
            first,
            id(json!({"type": "track", "event": "A", "userId": "u"}), 1)
        );
        assert_ne!(
            first,
            id(json!({"type": "track", "event": "A", "userId": "v"}), 0)
        );
    }

    #[test]
    fn values_of_different_kinds_differ() {
        let with = |value: Value| {
            id(
                json!({"type": "page", "userId": "u", "properties": {"a": value}}),
                0,
            )
        };
        assert_ne!(with(json!(1)), with(json!("1")));
        assert_ne!(with(json!(null)), with(json!(false)));
        assert_ne!(with(json!([])), with(json!({})));
    }

    #[test]
    fn the_text_is_frozen() {
        assert_eq!(
            id(json!({"type": "page", "userId": "u"}), 0),
            "derived-2ee8aeded13f1854a80d98f73dd0f45c"
        );
    }
}
