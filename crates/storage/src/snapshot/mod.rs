//! Snapshots of a group as files.
//!
//! ```text
//! Store ──checkpoint──► Checkpoint ──export──► SnapshotFiles ──(any transport)──► SnapshotFiles ──install──► Store
//!         hard links                 manifest, SST files, synced                    verified, redone at start
//! ```
//!
//! - The applied position and the membership are read from the checkpoint, like the rows: they belong together.
//! - Between nodes it travels in pieces, and an interrupted one goes on where it ended ([`Incoming`]).
//! - A snapshot's directory is there whole and synced, or not at all.
//! - An install that a crash cuts short is done again at the next start, before anything reads.

mod checkpoint;
mod files;
mod incoming;
mod install;
mod manifest;

pub use checkpoint::Checkpoint;
pub use files::SnapshotFiles;
pub(crate) use files::fsync;
pub use incoming::Incoming;
pub(crate) use install::InstallRow;
pub use manifest::{Manifest, SnapshotFile};
