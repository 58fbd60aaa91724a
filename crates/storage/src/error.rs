//! The one error of this crate.
//!
//! - What the machine did (`Engine`, `Io`, `Stopped`) ends the node; nothing here is retried.
//! - What the bytes say (`Decode`, `MissingRow`, `BadKey`, `LogHole`, `Snapshot`) names the thing that is broken.
//! - `DiskLow` is the only one that a caller can wait out: it is given before anything was written.

use std::path::PathBuf;

use crate::GroupId;

/// Why storage could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// RocksDB refused or failed.
    #[error("storage engine failed to {action}: {message}")]
    Engine {
        /// What was being done.
        action: &'static str,
        /// What RocksDB said.
        message: String,
    },
    /// A file could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// An earlier write failed, so the store takes no more.
    #[error("storage has stopped after a failed write: {cause}")]
    Stopped {
        /// The first failure.
        cause: String,
    },
    /// The store was opened to be read only.
    #[error("the store is open read-only")]
    ReadOnly,
    /// Another process has the directory open.
    #[error(
        "the data directory {} is in use by another process; stop it, or choose another directory", path.display()
    )]
    Locked {
        /// The data directory.
        path: PathBuf,
    },
    /// There is nothing to open.
    #[error("there is no store in {}", path.display())]
    NoStore {
        /// The data directory.
        path: PathBuf,
    },
    /// The files are damaged.
    #[error(
        "the store in {} is damaged: {message}; restore the directory from a backup, or replace this node", path.display()
    )]
    Corrupt {
        /// The data directory.
        path: PathBuf,
        /// What RocksDB said.
        message: String,
    },
    /// The directory holds a store of another format, or no store of ours.
    #[error("the store in {} has {found}, this program reads {expected}", path.display())]
    WrongFormat {
        /// The data directory.
        path: PathBuf,
        /// What was found there.
        found: String,
        /// What this program knows.
        expected: String,
    },
    /// A stored value does not decode.
    #[error("cannot decode {name} version {version}: {message}")]
    Decode {
        /// The type that was expected.
        name: &'static str,
        /// The version that the value claims.
        version: u8,
        /// What is wrong with it.
        message: String,
    },
    /// A row that other rows name is not there.
    #[error("a row is missing that others name: {key}")]
    MissingRow {
        /// The key.
        key: String,
    },
    /// A key does not decode.
    #[error("cannot decode key {key}: {message}")]
    BadKey {
        /// The key in hexadecimal.
        key: String,
        /// What is wrong with it.
        message: &'static str,
    },
    /// The log lacks an entry that it should have.
    #[error("the log of {group} lacks entry {index}")]
    LogHole {
        /// The group.
        group: GroupId,
        /// The first entry that is missing.
        index: u64,
    },
    /// A snapshot's files are not what its manifest says.
    #[error("snapshot in {} cannot be used: {message}", path.display())]
    Snapshot {
        /// The directory of the snapshot.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// Free space is below the watermark.
    #[error(
        "free disk space is {free_bytes} bytes, below the watermark of {free_bytes_min}; writes are refused"
    )]
    DiskLow {
        /// Bytes that are free.
        free_bytes: u64,
        /// Bytes that must be free.
        free_bytes_min: u64,
    },
}

impl Error {
    /// An error of RocksDB while `action`.
    pub(crate) fn engine(action: &'static str) -> impl FnOnce(rocksdb::Error) -> Self {
        move |error| Self::Engine {
            action,
            message: error.into_string(),
        }
    }

    /// An error of the file system while `action` at `path`.
    pub(crate) fn io(
        action: &'static str,
        path: &std::path::Path,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}
