//! What kinds of identifiers there are, and what each kind says about a person.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Error;

/// The name of a kind of identifier: `[a-z][a-z0-9_]{0,31}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Namespace(String);

impl Namespace {
    /// The longest name.
    pub const BYTES_MAX: usize = 32;

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Namespace {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let letters = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let starts = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        if !starts || text.len() > Self::BYTES_MAX || !text.bytes().all(letters) {
            return Err(Error::Invalid {
                what: "namespace".into(),
                expected: "a lower-case letter and up to 31 letters, digits or underscores",
            });
        }
        Ok(Namespace(text.to_owned()))
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How firmly an identifier belongs to one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Strength {
    /// Belongs to one person for good: an account, an email.
    Strong,
    /// May be shared or change hands: a phone, a card, a browser. Its rollups are kept per UTC day, so that its past can be
    /// cut at a day.
    Weak,
}

/// How the canonical form of a value is made. Frozen: ids depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Form {
    /// NFC and trimmed, nothing else.
    Verbatim,
    /// ASCII lower case; one `@` with something on both sides.
    Email,
    /// Digits with an optional leading `+`; punctuation and a `tel:` scheme fall away.
    Phone,
    /// ASCII lower case: handles and card numbers that people type.
    CaseFolded,
    /// Lower case if it is a uuid, else verbatim: device and browser ids.
    Uuid,
}

/// Everything that is settled about a namespace when its workspace is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamespaceSpec {
    /// Its name.
    pub name: Namespace,
    /// How firmly its identifiers belong to one person.
    pub strength: Strength,
    /// How its values are brought to canonical form.
    pub form: Form,
    /// Whether a profile holds at most one of its values, unless an alias or an operator says otherwise.
    pub exclusive: bool,
}
