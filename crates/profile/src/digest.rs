//! 128-bit ids made from canonical text, and the one place where they are hashed.
//!
//! - Ids of identifiers and keys are HMAC-SHA-256 under the secret of the workspace, cut to 128 bits: whoever holds the
//!   rows but not the secret cannot test whether a known email is among them, and equal values of two workspaces differ.
//! - Each kind of id has its own domain, so that an identifier and a key of equal text never share an id.
//! - The bytes are frozen: row keys hold them.

use std::fmt;

use hmac::Mac;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::WorkspaceSecret;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub [u8; 16]);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
            }
        }
    };
}

id! {
    /// The id of an identifier: 128 bits of the HMAC of its canonical form. Row keys hold these, never plain values.
    IdentifierId
}
id! {
    /// The id of a strand: of an exact set of identifiers.
    StrandId
}
id! {
    /// The id of a matching key; the node of the identity graph that all identifiers with this key share.
    KeyId
}

/// The id of the strand that these identifiers make up, whatever their order and repetition.
///
/// The identifier ids are keyed already, so a plain hash gives nothing away.
pub fn strand_id(identifiers: &[IdentifierId]) -> StrandId {
    let mut ids = identifiers.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let mut hash = Sha256::new();
    hash.update(b"acquaint strand 1\0");
    for id in ids {
        hash.update(id.0);
    }
    StrandId(first_16(&hash.finalize()))
}

/// The keyed hash of `namespace:value` in a domain of its own.
pub(crate) fn keyed(
    secret: &WorkspaceSecret,
    domain: &[u8],
    namespace: &str,
    value: &str,
) -> [u8; 16] {
    let mut mac = secret.keyed();
    // A namespace holds no NUL, so the split between the parts is unambiguous.
    for part in [domain, b"\0", namespace.as_bytes(), b"\0", value.as_bytes()] {
        mac.update(part);
    }
    first_16(&mac.finalize().into_bytes())
}

/// The hash of bytes that hold no secret.
pub(crate) fn plain(domain: &[u8], bytes: &[u8]) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(domain);
    hash.update(b"\0");
    hash.update(bytes);
    first_16(&hash.finalize())
}

fn first_16(hash: &[u8]) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    bytes
}
