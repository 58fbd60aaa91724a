//! What a workspace settles for all its messages: its number, its secret, its region.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Error;

/// The number of a workspace. Nothing crosses from one workspace to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct WorkspaceId(pub u32);

impl fmt::Display for WorkspaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The key under which a workspace's identifiers are hashed. It never changes: every row key depends on it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceSecret([u8; 32]);

impl WorkspaceSecret {
    /// A secret from its 32 bytes, which the caller drew at random or read from configuration.
    pub fn new(bytes: [u8; 32]) -> Self {
        WorkspaceSecret(bytes)
    }

    /// The bytes, for storing them and for hashing.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for WorkspaceSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WorkspaceSecret(…)")
    }
}

/// The country (ISO 3166-1 alpha-2) in which a phone number without a country code is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Region([u8; 2]);

impl Region {
    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a region is two ASCII letters")
    }

    /// The country as the phone number library names it.
    pub(crate) fn country(&self) -> phonenumber::country::Id {
        self.as_str()
            .parse()
            .expect("a region is parsed from a country that the library knows")
    }
}

impl Default for Region {
    fn default() -> Self {
        Region(*b"US")
    }
}

impl FromStr for Region {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = || Error::Invalid {
            what: "region".into(),
            expected: "the two letters of a country, such as US",
        };
        let upper = text.trim().to_ascii_uppercase();
        upper
            .parse::<phonenumber::country::Id>()
            .map_err(|_| invalid())?;
        Ok(Region(
            upper.into_bytes().try_into().map_err(|_| invalid())?,
        ))
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
