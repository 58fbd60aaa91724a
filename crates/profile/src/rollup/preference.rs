//! What a customer wants, and what they allow.

use serde::{Deserialize, Serialize};

use crate::{Thousandths, Timestamp, Value};

/// Whose word a preference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Origin {
    /// The customer said so.
    Stated,
    /// Somebody concluded it from what the customer did.
    Inferred,
}

impl Origin {
    /// Its name in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::Stated => "stated",
            Origin::Inferred => "inferred",
        }
    }
}

/// What a preference is about. Stated and inferred ones are kept apart, so that a guess never overwrites a word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PreferenceKey {
    /// The subject: `contact_channel`, `size`, `diet`.
    pub topic: String,
    /// Where it holds (a brand, a channel); everywhere if none.
    pub scope: Option<String>,
    /// Whose word it is.
    pub origin: Origin,
}

/// A preference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Preference {
    /// What is wanted; null takes an earlier one back.
    pub value: Value,
    /// How sure it is, from 0 to 1; 1 when stated.
    pub confidence: Thousandths,
    /// When it ends to hold.
    pub expires: Option<Timestamp>,
}

/// Whether a purpose is allowed. Of two messages of one moment a refusal wins, hence the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Consent {
    /// Allowed.
    Granted,
    /// Not allowed.
    Refused,
}
