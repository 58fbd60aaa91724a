//! What a read promises.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a read promises.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Consistency {
    /// It sees whatever was acknowledged before it was asked, through any node.
    Strong,
    /// It sees what the given position names.
    Session,
    /// It sees what the node has applied.
    Local,
}

impl Consistency {
    /// Every level, the strongest first.
    pub const ALL: [Self; 3] = [Self::Strong, Self::Session, Self::Local];

    /// The level as it stands in requests and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strong => "strong",
            Self::Session => "session",
            Self::Local => "local",
        }
    }
}

impl fmt::Display for Consistency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no consistency of reads: strong, session or local")]
pub struct UnknownConsistency(String);

impl FromStr for Consistency {
    type Err = UnknownConsistency;

    fn from_str(text: &str) -> Result<Self, UnknownConsistency> {
        let named = Self::ALL.into_iter().find(|level| level.as_str() == text);
        named.ok_or_else(|| UnknownConsistency(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_text_is_what_serde_writes_and_is_read_back() {
        for level in Consistency::ALL {
            assert_eq!(serde_json::to_value(level).unwrap(), level.as_str());
            assert_eq!(level.as_str().parse::<Consistency>().unwrap(), level);
        }
        assert!("Strong".parse::<Consistency>().is_err());
    }
}
