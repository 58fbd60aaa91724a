//! A snapshot that another node is sending, piece by piece.
//!
//! - The pieces of a file come in order. What is there of the same snapshot from an earlier attempt, also of an earlier
//!   process, is kept: the sender asks how much there is and goes on from there.
//! - One snapshot of a group is received at a time: another one takes the place of what is there.
//! - Nothing counts until all of it is there, its checksums hold and it is synced.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::PathBuf,
};

use xxhash_rust::xxh3::xxh3_64;

use super::{
    Manifest, SnapshotFiles,
    files::{check_names, directories, remove_dir, write_manifest},
};
use crate::{Error, GroupId, Store, codec};

/// The suffix of a directory that is being received.
const RECEIVING: &str = ".part";

/// A snapshot that is being received.
#[derive(Debug)]
pub struct Incoming {
    manifest: Manifest,
    dir: PathBuf,
    home: PathBuf,
    sync: bool,
}

impl Store {
    /// Makes room for the files of a snapshot that another node sends. What is there of the same one is kept, others that were
    /// being received for the group are removed.
    pub fn receive(&self, manifest: Manifest) -> Result<Incoming, Error> {
        self.writable()?;
        let group = manifest.group;
        let name = format!("{:016x}", manifest.digest());
        let home = self.snapshot_dir(group, &name);
        check_names(&home, &manifest)?;
        let dir = self.snapshot_dir(group, &format!("{name}{RECEIVING}"));
        for other in self.receiving(group)? {
            if other != dir {
                remove_dir(&other)?;
            }
        }
        fs::create_dir_all(&dir).map_err(Error::io("create", &dir))?;
        Ok(Incoming {
            manifest,
            dir,
            home,
            sync: self.is_synced(),
        })
    }

    fn receiving(&self, group: GroupId) -> Result<Vec<PathBuf>, Error> {
        let mut found = directories(&self.snapshots_dir(group))?;
        found.retain(|dir| is_receiving(dir));
        Ok(found)
    }
}

/// Whether a directory is that of a snapshot that is being received.
pub(super) fn is_receiving(dir: &std::path::Path) -> bool {
    dir.to_string_lossy().ends_with(RECEIVING)
}

impl Manifest {
    /// A number that differs for different snapshots.
    pub fn digest(&self) -> u64 {
        xxh3_64(&codec::encode(self))
    }
}

impl Incoming {
    /// What is being received.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// How many bytes of each file are there.
    pub fn bytes(&self) -> Result<Vec<u64>, Error> {
        let lengths = self.manifest.files.iter().map(|file| {
            let path = self.dir.join(&file.name);
            match fs::metadata(&path) {
                Ok(metadata) => Ok(metadata.len().min(file.bytes)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
                Err(error) => Err(Error::io("look at", &path)(error)),
            }
        });
        lengths.collect()
    }

    /// Writes a piece of a file. A piece that is there already changes nothing; one that leaves a hole, or is longer than the
    /// file, is refused.
    pub fn write(&self, file: usize, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        let unfit = |message: &str| Error::Snapshot {
            path: self.dir.clone(),
            message: message.to_owned(),
        };
        let known = self.manifest.files.get(file);
        let known = known.ok_or_else(|| unfit("a piece is of a file that it does not have"))?;
        if offset.saturating_add(bytes.len() as u64) > known.bytes {
            return Err(unfit("a piece goes on after the end of its file"));
        }
        let path = self.dir.join(&known.name);
        let mut file = OpenOptions::new();
        let mut file =
            (file.create(true).append(true).open(&path)).map_err(Error::io("open", &path))?;
        let there = (file.metadata().map_err(Error::io("look at", &path))?).len();
        if there < offset {
            return Err(unfit("a piece leaves a hole"));
        }
        let known = usize::try_from(there - offset).unwrap_or(usize::MAX);
        let rest = bytes.get(known..).unwrap_or_default();
        file.write_all(rest).map_err(Error::io("write", &path))
    }

    /// The snapshot, once all of it is there. If its checksums do not hold, what is there is removed: the next attempt begins
    /// anew.
    pub fn finish(self) -> Result<SnapshotFiles, Error> {
        let files = SnapshotFiles::new(self.dir.clone(), self.manifest.clone());
        if let Err(error) = files.verify() {
            remove_dir(&self.dir)?;
            return Err(error);
        }
        write_manifest(&self.dir, &self.home, &self.manifest, self.sync)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use tempfile::TempDir;

    use super::*;
    use crate::{Key, SlotMap, StateMeta, StoreOptions, row::FeedPosition};

    const GROUP: GroupId = GroupId::Anchors(0);

    fn store() -> (TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreOptions::new(dir.path())).unwrap();
        (dir, store)
    }

    fn snapshot(store: &Store, applied: u64) -> SnapshotFiles {
        let mut batch = store.batch(GROUP);
        for index in 0..applied {
            let key = Key::Change {
                group: GROUP,
                index,
                seq: 0,
            };
            batch.put(&key, &FeedPosition { index, seq: 0 });
        }
        batch.put_meta(StateMeta::Applied, applied.to_be_bytes());
        batch.commit().unwrap();
        let dir = store.snapshot_dir(GROUP, &applied.to_string());
        let checkpoint = store.checkpoint().unwrap();
        checkpoint.export(GROUP, &SlotMap::new(1), &dir).unwrap()
    }

    fn contents(files: &SnapshotFiles) -> Vec<u8> {
        fs::read(files.dir().join(&files.manifest().files[0].name)).unwrap()
    }

    #[test]
    fn what_was_received_before_a_restart_is_not_sent_again() {
        let (_from_dir, from) = store();
        let files = snapshot(&from, 500);
        let bytes = contents(&files);
        let half = bytes.len() / 2;
        let (to_dir, to) = store();
        let incoming = to.receive(files.manifest().clone()).unwrap();
        incoming.write(0, 0, &bytes[..half]).unwrap();
        drop((incoming, to));

        let to = Store::open(&StoreOptions::new(to_dir.path())).unwrap();
        let incoming = to.receive(files.manifest().clone()).unwrap();
        assert_eq!(incoming.bytes().unwrap(), [half as u64]);
        assert!(
            incoming
                .write(0, half as u64 + 1, &bytes[half + 1..])
                .is_err(),
            "a hole"
        );
        assert!(incoming.write(1, 0, &[1]).is_err(), "another file");
        assert!(
            incoming.write(0, half as u64, &[0; 1 << 20]).is_err(),
            "too long"
        );
        // A piece that overlaps what is there adds only its rest.
        incoming
            .write(0, half as u64 - 10, &bytes[half - 10..])
            .unwrap();
        let received = incoming.finish().unwrap();
        assert_eq!(contents(&received), bytes);
        to.install(&received).unwrap();
        assert_eq!(to.snapshots(GROUP).unwrap().len(), 1);
    }

    #[test]
    fn a_snapshot_that_is_damaged_on_the_way_begins_anew() {
        let (_from_dir, from) = store();
        let files = snapshot(&from, 500);
        let mut bytes = contents(&files);
        bytes[7] ^= 1;
        let (_to_dir, to) = store();
        let incoming = to.receive(files.manifest().clone()).unwrap();
        incoming.write(0, 0, &bytes).unwrap();
        assert!(incoming.finish().is_err());
        let again = to.receive(files.manifest().clone()).unwrap();
        assert_eq!(again.bytes().unwrap(), [0]);
    }

    #[test]
    fn another_snapshot_takes_the_place_of_one_that_is_not_whole() {
        let (_from_dir, from) = store();
        let first = snapshot(&from, 100);
        let second = snapshot(&from, 200);
        let (_to_dir, to) = store();
        let incoming = to.receive(first.manifest().clone()).unwrap();
        incoming.write(0, 0, &[1, 2, 3]).unwrap();
        to.receive(second.manifest().clone()).unwrap();
        assert_eq!(to.receiving(GROUP).unwrap().len(), 1);
        assert_eq!(to.snapshots(GROUP).unwrap(), [], "none is whole");
    }
}
