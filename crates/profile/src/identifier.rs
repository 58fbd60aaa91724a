//! Identifiers: what a message calls a person.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    Error, IdentifierId, MatchingKey, Namespace, NamespaceSpec, Region, WorkspaceSecret, canonical,
    digest,
};

/// A namespace and a value in canonical form.
///
/// Equal identifiers are the same row for ever, so the canonical form is frozen; what may change (how emails and phones are
/// compared) is in the [`MatchingKey`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identifier {
    /// What kind of identifier it is.
    pub namespace: Namespace,
    /// Its canonical value.
    pub value: String,
}

impl Identifier {
    /// The longest canonical value.
    pub const BYTES_MAX: usize = 512;

    /// Brings a raw value to canonical form.
    pub fn parse(spec: &NamespaceSpec, raw: &str) -> Result<Self, Error> {
        let value = canonical::value(spec, raw)?;
        Ok(Identifier {
            namespace: spec.name.clone(),
            value,
        })
    }

    /// Its id in a workspace.
    pub fn id(&self, secret: &WorkspaceSecret) -> IdentifierId {
        IdentifierId(digest::keyed(
            secret,
            b"acquaint identifier 1",
            self.namespace.as_str(),
            &self.value,
        ))
    }

    /// The key that all spellings of it share.
    pub fn matching_key(&self, spec: &NamespaceSpec, region: &Region) -> MatchingKey {
        MatchingKey::of(self, spec, region)
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.namespace, self.value)
    }
}

/// Splits `namespace:value` at the first colon. The value is taken as it is: whoever reads text from outside parses the
/// value with [`Identifier::parse`] under the workspace's settings of the namespace.
impl FromStr for Identifier {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (namespace, value) = text.split_once(':').ok_or(Error::Invalid {
            what: "identifier".into(),
            expected: "of the form namespace:value",
        })?;
        Ok(Identifier {
            namespace: namespace.parse()?,
            value: value.to_owned(),
        })
    }
}
