//! The directory of a snapshot.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Component, Path, PathBuf},
};

use super::{Manifest, incoming::is_receiving};
use crate::{Error, GroupId, Store};

/// Read at once when a checksum is computed.
const CHUNK_BYTES: usize = 1 << 20;

/// The suffix of a directory that is not whole yet.
const UNFINISHED: &str = ".tmp";

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
    pub fn open(dir: &Path) -> Result<Self, Error> {
        let path = dir.join(Self::MANIFEST);
        let bytes = fs::read(&path).map_err(Error::io("read", &path))?;
        let manifest =
            Manifest::from_bytes(&bytes).map_err(|error| broken(dir, error.to_string()))?;
        check_names(dir, &manifest)?;
        Ok(Self::new(dir.to_owned(), manifest))
    }

    pub(super) fn new(dir: PathBuf, manifest: Manifest) -> Self {
        Self { dir, manifest }
    }

    /// Checks the length and the CRC of every file.
    pub fn verify(&self) -> Result<(), Error> {
        for file in &self.manifest.files {
            let (bytes, crc32) = checksum(&self.dir.join(&file.name))?;
            if (bytes, crc32) != (file.bytes, file.crc32) {
                let message = format!(
                    "{} has {bytes} bytes with checksum {crc32:08x}, the manifest says {} with {:08x}",
                    file.name, file.bytes, file.crc32
                );
                return Err(broken(&self.dir, message));
            }
        }
        Ok(())
    }

    /// Its directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Its manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The paths of its files.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.manifest
            .files
            .iter()
            .map(|file| self.dir.join(&file.name))
            .collect()
    }

    /// Its place under the data directory: its own, or that of a copy that is made if needed.
    pub(super) fn adopt(&self, store: &Store) -> Result<Self, Error> {
        let name = self.dir.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| broken(&self.dir, "its directory has no name".to_owned()))?;
        let home = store.snapshot_dir(self.manifest.group, name);
        // A copy that is there already may have been damaged since it was made.
        if let Ok(there) = Self::open(&home)
            && there.manifest == self.manifest
            && (there.dir == self.dir || there.verify().is_ok())
        {
            return Ok(there);
        }
        write_dir(&home, store.is_synced(), |unfinished| {
            for (file, from) in self.manifest.files.iter().zip(self.paths()) {
                fs::copy(&from, unfinished.join(&file.name)).map_err(Error::io("copy", &from))?;
            }
            Ok(self.manifest.clone())
        })
    }
}

impl Store {
    /// Where a snapshot of a group is kept.
    pub fn snapshot_dir(&self, group: GroupId, name: &str) -> PathBuf {
        self.snapshots_dir(group).join(name)
    }

    /// The snapshots of a group that are whole, in the order of their names.
    pub fn snapshots(&self, group: GroupId) -> Result<Vec<SnapshotFiles>, Error> {
        let mut found = Vec::new();
        for dir in directories(&self.snapshots_dir(group))? {
            if !is_unfinished(&dir) && !is_receiving(&dir) {
                found.push(SnapshotFiles::open(&dir)?);
            }
        }
        Ok(found)
    }

    /// Deletes a snapshot's directory.
    pub fn remove_snapshot(&self, snapshot: &SnapshotFiles) -> Result<(), Error> {
        self.writable()?;
        remove_dir(&snapshot.dir)
    }

    /// Removes what a crash has left half-written.
    pub(crate) fn remove_unfinished(&self) -> Result<(), Error> {
        remove_dir(&self.path().join("checkpoints"))?;
        for group in directories(&self.path().join("snapshots"))? {
            for dir in directories(&group)?.iter().filter(|dir| is_unfinished(dir)) {
                remove_dir(dir)?;
            }
        }
        Ok(())
    }

    pub(super) fn snapshots_dir(&self, group: GroupId) -> PathBuf {
        self.path().join("snapshots").join(group.to_string())
    }
}

/// Makes a directory that is there whole and synced, or not at all; one that is there is replaced.
pub(super) fn write_dir(
    dir: &Path,
    sync: bool,
    fill: impl FnOnce(&Path) -> Result<Manifest, Error>,
) -> Result<SnapshotFiles, Error> {
    let mut unfinished = dir.as_os_str().to_owned();
    unfinished.push(UNFINISHED);
    let unfinished = PathBuf::from(unfinished);
    remove_dir(&unfinished)?;
    fs::create_dir_all(&unfinished).map_err(Error::io("create", &unfinished))?;
    let manifest = fill(&unfinished)?;
    write_manifest(&unfinished, dir, &manifest, sync)
}

/// Makes a snapshot of the files in `unfinished`, which is called `dir` from then on.
pub(super) fn write_manifest(
    unfinished: &Path,
    dir: &Path,
    manifest: &Manifest,
    sync: bool,
) -> Result<SnapshotFiles, Error> {
    let path = unfinished.join(SnapshotFiles::MANIFEST);
    let mut file = File::create(&path).map_err(Error::io("create", &path))?;
    file.write_all(&manifest.to_bytes())
        .map_err(Error::io("write", &path))?;
    if sync {
        for file in &manifest.files {
            fsync(&unfinished.join(&file.name))?;
        }
        file.sync_all().map_err(Error::io("sync", &path))?;
        fsync(unfinished)?;
    }
    remove_dir(dir)?;
    fs::rename(unfinished, dir).map_err(Error::io("rename", unfinished))?;
    if sync {
        // The directories above may be new too: those of the group, of all snapshots, and the data directory.
        dir.ancestors().skip(1).take(3).try_for_each(fsync)?;
    }
    Ok(SnapshotFiles::new(dir.to_owned(), manifest.clone()))
}

/// The manifest may have come from another node: its names must stay inside the directory.
pub(super) fn check_names(dir: &Path, manifest: &Manifest) -> Result<(), Error> {
    for file in &manifest.files {
        let mut parts = Path::new(&file.name).components();
        let is_name = matches!(
            (parts.next(), parts.next()),
            (Some(Component::Normal(_)), None)
        );
        if !is_name || file.name == SnapshotFiles::MANIFEST {
            return Err(broken(
                dir,
                format!("{:?} is not the name of a file", file.name),
            ));
        }
    }
    Ok(())
}

/// The length and the CRC of a file.
pub(super) fn checksum(path: &Path) -> Result<(u64, u32), Error> {
    let mut file = File::open(path).map_err(Error::io("open", path))?;
    let (mut hasher, mut bytes, mut chunk) = (crc32fast::Hasher::new(), 0, vec![0; CHUNK_BYTES]);
    loop {
        let read = file.read(&mut chunk).map_err(Error::io("read", path))?;
        if read == 0 {
            return Ok((bytes, hasher.finalize()));
        }
        hasher.update(&chunk[..read]);
        bytes += read as u64;
    }
}

/// Removes a directory with all that is in it, if it is there.
pub(super) fn remove_dir(dir: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("remove", dir)(error))
        }
        _ => Ok(()),
    }
}

/// Syncs a file or a directory.
pub(crate) fn fsync(path: &Path) -> Result<(), Error> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(Error::io("sync", path))
}

fn is_unfinished(dir: &Path) -> bool {
    dir.to_string_lossy().ends_with(UNFINISHED)
}

/// The directories in a directory, by name; none if it is not there.
pub(super) fn directories(dir: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(Error::io("list", dir))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(Error::io("list", dir))?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn broken(dir: &Path, message: String) -> Error {
    Error::Snapshot {
        path: dir.to_owned(),
        message,
    }
}
