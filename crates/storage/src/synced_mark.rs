//! How far the write-ahead log was synced, told by a file of its own.
//!
//! After a power cut the unsynced tail of the write-ahead log can be torn anywhere, so recovery has to end at the first
//! record that is not whole. It would end in the same way, and as quietly, at a synced record that the disk has damaged
//! since. The mark tells the two apart: it names a write that was synced, so a history that ends before it has lost
//! something that was acknowledged.
//!
//! - The mark is written after the sync that it tells of, never before: it can lag, and never promises too much. So it needs
//!   no sync of its own, and a mark that is itself torn (its checksum does not hold) counts as none.
//! - It only grows.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use crate::Error;

/// The file, in the data directory.
const FILE: &str = "synced";

/// Sequence number (8, big endian) and its CRC-32 (4, big endian).
const BYTES: usize = 12;

/// The sequence number up to which RocksDB's write-ahead log is known to have been synced.
pub(crate) struct SyncedMark {
    path: PathBuf,
    file: File,
    sequence: Mutex<u64>,
}

impl SyncedMark {
    /// Opens the mark of a data directory, or begins it.
    pub(crate) fn open(data_dir: &Path) -> Result<Self, Error> {
        let path = data_dir.join(FILE);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(Error::io("open", &path))?;
        let mut bytes = [0; BYTES];
        let sequence = match file.read_exact_at(&mut bytes, 0) {
            Ok(()) => decode(bytes).unwrap_or(0),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => 0,
            Err(error) => return Err(Error::io("read", &path)(error)),
        };
        Ok(Self {
            path,
            file,
            sequence: Mutex::new(sequence),
        })
    }

    /// Refuses a history that ends at `last` when a later write was synced.
    pub(crate) fn check(&self, data_dir: &Path, last: u64) -> Result<(), Error> {
        let synced = *self.sequence.lock();
        if last >= synced {
            return Ok(());
        }
        Err(Error::Corrupt {
            path: data_dir.to_owned(),
            message: format!(
                "the write-ahead log ends at write {last}, and write {synced} had been synced"
            ),
        })
    }

    /// Tells that everything up to `sequence` has been synced.
    pub(crate) fn raise(&self, sequence: u64) -> io::Result<()> {
        let mut known = self.sequence.lock();
        if sequence > *known {
            self.file.write_all_at(&encode(sequence), 0)?;
            *known = sequence;
        }
        Ok(())
    }

    /// Where it stands, for messages.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

fn encode(sequence: u64) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    let number = sequence.to_be_bytes();
    bytes[..8].copy_from_slice(&number);
    bytes[8..].copy_from_slice(&crc32fast::hash(&number).to_be_bytes());
    bytes
}

fn decode(bytes: [u8; BYTES]) -> Option<u64> {
    let (number, checksum) = bytes.split_first_chunk::<8>()?;
    let whole = crc32fast::hash(number).to_be_bytes() == checksum;
    whole.then(|| u64::from_be_bytes(*number))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn it_grows_and_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        let mark = SyncedMark::open(dir.path()).unwrap();
        mark.check(dir.path(), 0).unwrap();
        for sequence in [7, 300, 5] {
            mark.raise(sequence).unwrap();
        }
        let mark = SyncedMark::open(dir.path()).unwrap();
        mark.check(dir.path(), 300).unwrap();
        let error = mark.check(dir.path(), 299).unwrap_err();
        assert!(matches!(error, Error::Corrupt { .. }), "{error}");
    }

    #[test]
    fn a_torn_mark_is_none() {
        let dir = tempfile::tempdir().unwrap();
        SyncedMark::open(dir.path()).unwrap().raise(300).unwrap();
        let path = dir.path().join(FILE);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[6] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        SyncedMark::open(dir.path())
            .unwrap()
            .check(dir.path(), 0)
            .unwrap();
        std::fs::write(&path, &bytes[..5]).unwrap();
        SyncedMark::open(dir.path())
            .unwrap()
            .check(dir.path(), 0)
            .unwrap();
    }
}
