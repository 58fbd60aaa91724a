//! Snapshots as files: export, install, and the finishing of an install that a crash cut short.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{Error, GroupId, SlotMap, Store, codec::Stored};

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

/// A snapshot on disk: a directory with a manifest and files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotFiles {
    dir: PathBuf,
    manifest: Manifest,
}

impl SnapshotFiles {
    /// The name of the manifest in the directory.
    pub const MANIFEST: &'static str = "manifest";

    /// Opens a snapshot and checks its manifest, not its files.
    pub fn open(_dir: &Path) -> Result<Self, Error> {
        todo!()
    }

    /// Checks the length and the CRC of every file.
    pub fn verify(&self) -> Result<(), Error> {
        todo!()
    }

    /// Its directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Its manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }
}

/// The whole store at one moment, as hard links; gone when dropped. Many groups can be exported from one.
#[derive(Debug)]
pub struct Checkpoint {
    _dir: PathBuf,
}

impl Checkpoint {
    /// Writes the rows of a group to `dir`, which appears whole and synced, or not at all.
    pub fn export(
        &self,
        _group: GroupId,
        _map: &SlotMap,
        _dir: &Path,
    ) -> Result<SnapshotFiles, Error> {
        todo!()
    }
}

impl Store {
    /// The whole store as it is now.
    pub fn checkpoint(&self) -> Result<Checkpoint, Error> {
        todo!()
    }

    /// Where a snapshot of a group is kept.
    pub fn snapshot_dir(&self, group: GroupId, name: &str) -> PathBuf {
        self.path()
            .join("snapshots")
            .join(group.to_string())
            .join(name)
    }

    /// The snapshots of a group that are whole, in the order of their names.
    pub fn snapshots(&self, _group: GroupId) -> Result<Vec<SnapshotFiles>, Error> {
        todo!()
    }

    /// Replaces the rows, the applied position and the membership of a group by those of a snapshot.
    ///
    /// The files are first brought under the data directory, if they are not there, so that an install that a crash
    /// cuts short is done again at the next start. Nothing else may write to the group meanwhile.
    pub fn install(&self, _snapshot: &SnapshotFiles) -> Result<(), Error> {
        todo!()
    }
}

/// The snapshot that is being installed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InstallRow {
    pub(crate) name: String,
}

impl Stored for InstallRow {
    const NAME: &'static str = "InstallRow";
    const VERSION: u8 = 1;
}

impl Store {
    pub(crate) fn remove_checkpoints(&self) -> Result<(), Error> {
        Ok(())
    }
    pub(crate) fn redo_installs(&self) -> Result<(), Error> {
        Ok(())
    }
}
