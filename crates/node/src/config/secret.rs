//! A secret of the configuration: in the file itself, in a variable, or in a file of its own.
//!
//! - `key = "…"`, `key = { env = "NAME" }` or `key = { file = "path" }`.
//! - It never prints: `Debug` hides it, and it is not `Serialize`.

use std::fmt;

use acquaint_storage::KeyDigest;
use serde::de::{Deserialize, Deserializer, Error};

/// A value that must not be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Shortest secret taken: shorter ones can be guessed.
    pub const CHARACTERS_MIN: usize = 8;

    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether somebody has given this secret. Digests are compared, so the time it takes tells nothing about the secret.
    pub fn is(&self, given: &str) -> bool {
        KeyDigest::of(&self.0) == KeyDigest::of(given)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

#[derive(serde::Deserialize)]
#[serde(
    untagged,
    expecting = "a secret is \"text\", { env = \"NAME\" } or { file = \"path\" }"
)]
enum Origin {
    Text(String),
    Variable(Variable),
    File(File),
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Variable {
    env: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    file: String,
}

impl Origin {
    fn read(self) -> Result<String, String> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Variable(Variable { env }) => std::env::var(&env)
                .map_err(|_| format!("the variable {env} is not set, or is not UTF-8")),
            Self::File(File { file }) => std::fs::read_to_string(&file)
                .map_err(|error| format!("cannot read the secret file {file}: {error}")),
        }
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Origin::deserialize(deserializer)?
            .read()
            .map_err(D::Error::custom)?;
        let text = text.trim();
        if text.chars().count() < Self::CHARACTERS_MIN {
            return Err(D::Error::custom(format!(
                "a secret has at least {} characters",
                Self::CHARACTERS_MIN
            )));
        }
        Ok(Self(text.to_owned()))
    }
}
