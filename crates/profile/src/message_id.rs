//! Message ids: what makes a retry a duplicate.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Error, digest};

/// The id that a sender gave to a message, or the hash of the message: 1 to 100 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageId(String);

impl MessageId {
    /// The longest id, in characters.
    pub const CHARACTERS_MAX: usize = 100;

    /// The id of a message that came without one: the hash of what identifies it.
    pub fn derived(bytes: &[u8]) -> Self {
        let hash = digest::plain(b"acquaint message 1", bytes);
        MessageId(format!("derived-{}", data_encoding::HEXLOWER.encode(&hash)))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MessageId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let what = || "messageId".to_owned();
        let text = text.trim();
        if text.is_empty() {
            return Err(Error::Empty { what: what() });
        }
        if text.chars().count() > Self::CHARACTERS_MAX {
            return Err(Error::Invalid {
                what: what(),
                expected: "at most 100 characters long",
            });
        }
        if text.chars().any(char::is_control) {
            return Err(Error::ControlCharacter { what: what() });
        }
        Ok(MessageId(text.to_owned()))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
