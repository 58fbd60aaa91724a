//! The public id of a profile.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Error, IdentifierId};

/// The id of a profile: that of one of its identifiers, as `pf_` and 26 characters of lower-case base32.
///
/// Every identifier has one, and each resolves for ever to the profile that the identifier now belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProfileId(pub IdentifierId);

impl ProfileId {
    /// What every profile id starts with.
    pub const PREFIX: &str = "pf_";
}

impl fmt::Display for ProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = data_encoding::BASE32_NOPAD
            .encode(&self.0.0)
            .to_ascii_lowercase();
        write!(f, "{}{text}", Self::PREFIX)
    }
}

impl FromStr for ProfileId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let invalid = Error::Invalid {
            what: "profile id".into(),
            expected: "pf_ and 26 lower-case letters and digits from 2 to 7",
        };
        let Some(encoded) = text.strip_prefix(Self::PREFIX) else {
            return Err(invalid);
        };
        if encoded.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(invalid);
        }
        let bytes = data_encoding::BASE32_NOPAD
            .decode(encoded.to_ascii_uppercase().as_bytes())
            .ok();
        match bytes.and_then(|bytes| bytes.try_into().ok()) {
            Some(id) => Ok(ProfileId(IdentifierId(id))),
            None => Err(invalid),
        }
    }
}
