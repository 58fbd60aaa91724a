//! What a snapshot consists of, and how that is written.
//!
//! The manifest is a value in [`crate::codec`]'s form, followed by its CRC-32 in big endian.

use serde::{Deserialize, Serialize};

use crate::{
    Error, GroupId, SlotMap,
    codec::{self, Stored},
};

/// One file of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotFile {
    /// Its name in the directory of the snapshot.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// CRC-32 of all of it.
    pub crc32: u32,
    /// How many rows it holds.
    pub rows: u64,
}

/// What a snapshot is of and what it consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The group.
    pub group: GroupId,
    /// The division of the slots that says which rows the group owns.
    pub slot_map: SlotMap,
    /// The group's [`crate::StateMeta::Applied`] at the moment of the snapshot.
    pub applied: Option<Vec<u8>>,
    /// The group's [`crate::StateMeta::Membership`] at that moment.
    pub membership: Option<Vec<u8>>,
    /// The files, in the order of their rows.
    pub files: Vec<SnapshotFile>,
}

impl Stored for Manifest {
    const NAME: &'static str = "Manifest";
    const VERSION: u8 = 1;
}

impl Manifest {
    /// The bytes of the manifest's file.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = codec::encode(self);
        let crc32 = crc32fast::hash(&bytes);
        bytes.extend(crc32.to_be_bytes());
        bytes
    }

    /// The manifest of a file's bytes, if their CRC is right.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let damaged = |message: &str| Error::Decode {
            name: Self::NAME,
            version: Self::VERSION,
            message: message.to_owned(),
        };
        let (value, crc32) = bytes
            .split_last_chunk::<4>()
            .ok_or_else(|| damaged("it is too short"))?;
        if crc32fast::hash(value) != u32::from_be_bytes(*crc32) {
            return Err(damaged("its checksum is wrong"));
        }
        codec::decode(value)
    }

    /// Whether both are of one group in one state. An empty state has no position that could be compared.
    pub(super) fn is_of_the_state_of(&self, other: &Self) -> bool {
        self.applied.is_some()
            && (self.group, self.slot_map, &self.applied)
                == (other.group, other.slot_map, &other.applied)
    }

    /// How many bytes the files have.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// How many rows the files have.
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }
}
