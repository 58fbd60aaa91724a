//! What a workspace settles for all its messages: its number, its secret, its region.

use std::{fmt, str::FromStr};

use hmac::{Hmac, KeyInit};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

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
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "[u8; 32]", into = "[u8; 32]")]
pub struct WorkspaceSecret {
    bytes: [u8; 32],
    /// The state of HMAC once it has taken the key in: half of the work of a short hash.
    keyed: Hmac<Sha256>,
}

impl WorkspaceSecret {
    /// A secret from its 32 bytes, which the caller drew at random or read from configuration.
    pub fn new(bytes: [u8; 32]) -> Self {
        let keyed = Hmac::new_from_slice(&bytes).expect("HMAC takes keys of any length");
        Self { bytes, keyed }
    }

    /// The bytes, for storing them.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// HMAC-SHA-256 under the secret, with nothing hashed yet.
    pub(crate) fn keyed(&self) -> Hmac<Sha256> {
        self.keyed.clone()
    }
}

impl From<[u8; 32]> for WorkspaceSecret {
    fn from(bytes: [u8; 32]) -> Self {
        Self::new(bytes)
    }
}

impl From<WorkspaceSecret> for [u8; 32] {
    fn from(secret: WorkspaceSecret) -> Self {
        secret.bytes
    }
}

impl PartialEq for WorkspaceSecret {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for WorkspaceSecret {}

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
