//! Ids for messages that have none.
//!
//! - The id is a function of the line alone: the same file imported twice is the same messages, and so are two equal lines.
//!   Give equal events of different moments an id or a timestamp of their own.
//! - The form is frozen; changing it would make every earlier import new again.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Hexadecimal digits of a derived id: 128 bits.
const DIGITS: usize = 32;

/// Sees to it that the message has an id; `content` is the line that it was read from.
pub(super) fn ensure(message: &mut Map<String, Value>, content: &str) {
    let given = match message.get("messageId") {
        Some(Value::String(id)) => !id.is_empty(),
        // A number, say, is for the node to judge.
        Some(Value::Null) | None => false,
        Some(_) => true,
    };
    if !given {
        message.insert("messageId".to_owned(), derive(content).into());
    }
}

fn derive(content: &str) -> String {
    let digest = Sha256::digest(content.as_bytes());
    let mut digits = data_encoding::HEXLOWER.encode(&digest);
    digits.truncate(DIGITS);
    format!("line-{digits}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn ensured(line: &str) -> Value {
        let mut message = serde_json::from_str(line).unwrap();
        ensure(&mut message, line);
        message["messageId"].clone()
    }

    #[test]
    fn the_derived_form_is_frozen() {
        assert_eq!(derive("{}"), "line-44136fa355b3678a1146ad16f7e8649e");
    }

    #[test]
    fn a_given_id_stays_and_a_missing_one_is_derived() {
        assert_eq!(ensured(r#"{"messageId":"m"}"#), "m");
        assert_eq!(ensured(r#"{"messageId":7}"#), 7);
        for line in ["{}", r#"{"messageId":null}"#, r#"{"messageId":""}"#] {
            assert_eq!(ensured(line), derive(line));
        }
        assert_ne!(ensured(r#"{"a":1}"#), ensured(r#"{"a":2}"#));
    }
}
