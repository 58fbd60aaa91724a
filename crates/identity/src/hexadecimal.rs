//! Ids as hexadecimal text where people read, and as their bytes where nobody does.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes of an id.
type Id = [u8; 16];

pub(crate) fn serialize<S: Serializer>(id: &Id, serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        let text: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        serializer.serialize_str(&text)
    } else {
        id.serialize(serializer)
    }
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Id, D::Error> {
    if deserializer.is_human_readable() {
        let text = String::deserialize(deserializer)?;
        parse(&text).ok_or_else(|| D::Error::custom("an id is 32 hexadecimal digits"))
    } else {
        Id::deserialize(deserializer)
    }
}

fn parse(text: &str) -> Option<Id> {
    let is_hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() != 32 || !text.bytes().all(is_hexadecimal) {
        return None;
    }
    u128::from_str_radix(text, 16).ok().map(u128::to_be_bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use crate::NodeId;

    #[test]
    fn json_shows_digits_and_storage_keeps_bytes() {
        let id = NodeId(std::array::from_fn(|place| place as u8 * 17));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, "\"00112233445566778899aabbccddeeff\"");
        assert_eq!(serde_json::from_str::<NodeId>(&json).unwrap(), id);
        let bytes = bincode::serde::encode_to_vec(id, bincode::config::standard()).unwrap();
        assert_eq!(bytes, id.0);
    }

    #[test]
    fn other_texts_are_no_ids() {
        for text in [
            "",
            "0011",
            "+0112233445566778899aabbccddeeff",
            "00112233445566778899AABBCCDDEEFF",
        ] {
            assert!(
                serde_json::from_value::<NodeId>(text.into()).is_err(),
                "{text}"
            );
        }
    }
}
