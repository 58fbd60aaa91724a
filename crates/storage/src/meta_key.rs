//! The keys of CF log and CF meta.
//!
//! ```text
//! log   group (2) | index (8)
//! meta  group (2) | kind (1)         of a group
//!       0xFFFF    | kind (1)         of the store
//! ```
//!
//! Big endian; kinds are readable letters and are never used again for something else.

use crate::{Error, GroupId, LogMeta, StateMeta, inspect::hex};

/// What a key of CF meta is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meta {
    /// The last applied position.
    Applied,
    /// How far the log is known to be committed.
    Committed,
    /// The snapshot that is being installed.
    Installing,
    /// The membership at the last applied position.
    Membership,
    /// The last purged position.
    Purged,
    /// The vote.
    Vote,
}

impl Meta {
    const ALL: [(Self, u8, &'static str); 6] = [
        (Self::Applied, b'a', "applied"),
        (Self::Committed, b'c', "committed"),
        (Self::Installing, b'i', "installing"),
        (Self::Membership, b'm', "membership"),
        (Self::Purged, b'p', "purged"),
        (Self::Vote, b'v', "vote"),
    ];

    /// The key of this row of a group.
    pub(crate) fn key(self, group: GroupId) -> [u8; 3] {
        let [high, low] = group.number().to_be_bytes();
        let kind = Self::ALL
            .iter()
            .find(|(meta, _, _)| *meta == self)
            .map_or(0, |(_, kind, _)| *kind);
        [high, low, kind]
    }

    /// The name that is printed.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(meta, _, _)| *meta == self)
            .map_or("", |(_, _, name)| *name)
    }

    /// The group and the row that a key names.
    pub(crate) fn parse(key: &[u8]) -> Result<(GroupId, Self), Error> {
        let bad = |message| Error::BadKey {
            key: hex(key),
            message,
        };
        let [high, low, kind] = *key else {
            return Err(bad("a key of meta has three bytes"));
        };
        let group = GroupId::from_number(u16::from_be_bytes([high, low]))
            .ok_or_else(|| bad("no such group"))?;
        let (meta, _, _) = Self::ALL
            .iter()
            .find(|(_, byte, _)| *byte == kind)
            .ok_or_else(|| bad("no such kind"))?;
        Ok((group, *meta))
    }
}

impl From<LogMeta> for Meta {
    fn from(meta: LogMeta) -> Self {
        match meta {
            LogMeta::Vote => Self::Vote,
            LogMeta::Committed => Self::Committed,
            LogMeta::Purged => Self::Purged,
        }
    }
}

impl From<StateMeta> for Meta {
    fn from(meta: StateMeta) -> Self {
        match meta {
            StateMeta::Applied => Self::Applied,
            StateMeta::Membership => Self::Membership,
        }
    }
}

/// The key of the row that says what this store is.
pub(crate) const IDENTITY_KEY: [u8; 3] = [0xFF, 0xFF, b's'];

/// The key of the row that says which node this is.
pub(crate) const NODE_KEY: [u8; 3] = [0xFF, 0xFF, b'n'];

/// The key of a log entry.
pub(crate) fn log_key(group: GroupId, index: u64) -> [u8; 10] {
    let mut key = [0; 10];
    key[..2].copy_from_slice(&group.number().to_be_bytes());
    key[2..].copy_from_slice(&index.to_be_bytes());
    key
}

/// The end (exclusive) of a group's log.
pub(crate) fn log_key_end(group: GroupId) -> [u8; 10] {
    let mut key = [0; 10];
    key[..2].copy_from_slice(&(group.number() + 1).to_be_bytes());
    key
}

/// The group and index that a key of CF log names.
pub(crate) fn parse_log_key(key: &[u8]) -> Result<(GroupId, u64), Error> {
    let bad = |message| Error::BadKey {
        key: hex(key),
        message,
    };
    let (number, index) = key
        .split_first_chunk::<2>()
        .ok_or_else(|| bad("a key of the log has ten bytes"))?;
    let index: [u8; 8] = index
        .try_into()
        .map_err(|_| bad("a key of the log has ten bytes"))?;
    let group =
        GroupId::from_number(u16::from_be_bytes(*number)).ok_or_else(|| bad("no such group"))?;
    Ok((group, u64::from_be_bytes(index)))
}
