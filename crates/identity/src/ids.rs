//! The names of things in the identity graph. All of them are made elsewhere (by a keyed hash over canonical forms) and
//! only compared and ordered here; this crate never sees a secret.
//!
//! - Every id has a fixed size, so that a key made of ids keeps its order as bytes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Writes the bytes as lower-case hexadecimal.
fn hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub struct $name(#[serde(with = "crate::hexadecimal")] pub [u8; 16]);

        // The order of the bytes, compared as one number: maps of ids are searched all the time.
        impl Ord for $name {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                u128::from_be_bytes(self.0).cmp(&u128::from_be_bytes(other.0))
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                hex(&self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                hex(&self.0, f)
            }
        }
    };
}

id! {
    /// A node of the graph: all identifiers with one matching key (`a+x@mail` and `a@mail`).
    NodeId
}
id! {
    /// One identifier in its canonical form; `pid(x)`, the profile id, is this id.
    IdentifierId
}
id! {
    /// An exact set of identifiers seen together.
    StrandId
}
id! {
    /// A source of evidence, hashed so that it fits into a key; the plain [`Source`] stands in the value.
    SourceId
}
id! {
    /// The hash of a trait's value (a first name, a birth date), so that keys hold no plain values.
    ValueId
}
id! {
    /// An operator fact. The caller chooses it; the same id twice is the same fact.
    FactId
}

/// The place of a namespace in the workspace's order; 0 is the strongest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Rank(pub u8);

/// Days since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Day(pub u32);

/// Where evidence came from: a write key's name or an import's. Evidence is kept per source so that one can be revoked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Source(pub String);

impl Source {
    /// The fixed-size id of this source in keys.
    #[must_use]
    pub fn id(&self) -> SourceId {
        SourceId(fingerprint(self.0.as_bytes()))
    }
}

impl ValueId {
    /// The id of a trait's value in keys.
    #[must_use]
    pub fn of(value: &str) -> Self {
        Self(fingerprint(value.as_bytes()))
    }
}

/// FNV-1a with 128 bits: frozen, since it is part of stored keys. It tells values apart; it protects nothing.
fn fingerprint(bytes: &[u8]) -> [u8; 16] {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let hash = bytes.iter().fold(OFFSET, |hash, byte| {
        (hash ^ u128::from(*byte)).wrapping_mul(PRIME)
    });
    hash.to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_are_frozen() {
        assert_eq!(
            ValueId::of("").to_string(),
            "6c62272e07bb014262b821756295c58d"
        );
        assert_eq!(
            ValueId::of("a").to_string(),
            "d228cb696f1a8caf78912b704e4a8964"
        );
        assert_eq!(Source("a".into()).id().0, ValueId::of("a").0);
    }
}
