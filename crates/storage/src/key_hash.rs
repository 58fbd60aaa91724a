//! The hashes that keys hold in place of names.
//!
//! All are the first bytes of a SHA-256 over a tag and the parts, each part preceded by its length, so that no two
//! lists of parts give the same input. Frozen.

use std::fmt;

use acquaint_profile::StrandId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::inspect::hex;

/// The hash of a message id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageHash(pub [u8; 16]);

/// What tells two interactions of one anchor and one millisecond apart: the hash of message id and strand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InteractionId(pub [u8; 16]);

/// The hash of a workspace's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NameHash(pub [u8; 16]);

/// The hash of a write key or an API token.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeyDigest(pub [u8; 32]);

impl MessageHash {
    /// The hash of a message id.
    pub fn of(message_id: &str) -> Self {
        Self(first_half(hash("message", &[message_id.as_bytes()])))
    }
}

impl InteractionId {
    /// The id of the interaction that a message makes in the anchor of a strand.
    pub fn of(message: MessageHash, strand: &StrandId) -> Self {
        Self(first_half(hash("interaction", &[&message.0, &strand.0])))
    }
}

impl NameHash {
    /// The hash of a workspace's name.
    pub fn of(name: &str) -> Self {
        Self(first_half(hash("workspace", &[name.as_bytes()])))
    }
}

impl KeyDigest {
    /// The hash of a write key or an API token. They are long and random, so that no slower hash is needed.
    pub fn of(key: &str) -> Self {
        Self(hash("access key", &[key.as_bytes()]))
    }
}

/// The start of the digest only: what is printed must not help to guess the key.
impl fmt::Display for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}…", hex(&self.0[..4]))
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyDigest({self})")
    }
}

fn hash(tag: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in std::iter::once(&tag.as_bytes()).chain(parts) {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

fn first_half(hash: [u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&hash[..16]);
    half
}
