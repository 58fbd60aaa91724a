//! Channels: where an interaction took place.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Error;

/// The name of a channel: up to 32 lower-case letters, digits, `_`, `-` or `.`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Channel(String);

impl Channel {
    /// The longest name.
    pub const BYTES_MAX: usize = 32;

    /// The channel of a message that names none, from the library that sent it (`context.library.name`).
    ///
    /// Browsers and phones are recognised by their library; everything else is `server`.
    pub fn of_library(library: &str) -> Self {
        let library = library.to_ascii_lowercase();
        let is = |names: &[&str]| names.iter().any(|name| library.contains(name));
        let name = match () {
            () if is(&[
                "ios",
                "swift",
                "android",
                "kotlin",
                "react-native",
                "flutter",
            ]) =>
            {
                "app"
            }
            () if is(&["analytics.js"]) => "web",
            () => "server",
        };
        Channel(name.to_owned())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Lower-cases; spaces become underscores.
impl FromStr for Channel {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let name = text.trim().to_ascii_lowercase().replace(' ', "_");
        let letters = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        if name.is_empty() || name.len() > Self::BYTES_MAX || !name.bytes().all(letters) {
            return Err(Error::Invalid {
                what: "channel".into(),
                expected: "1 to 32 letters, digits, underscores, hyphens or dots",
            });
        }
        Ok(Channel(name))
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
