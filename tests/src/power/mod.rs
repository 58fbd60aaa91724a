//! A disk whose power a test can cut: a FUSE file system in the memory of the test.
//!
//! ```text
//!   acquaint ──write, fsync──► kernel ──FUSE──► PowerFilesystem ──► Volume ─┬─ Content      bytes of a file
//!                                                                           └─ Directories  names
//!   test ──power_off──► every call fails with EIO
//!        ──SIGKILL────► acquaint
//!        ──power_on───► durable, and of the rest what the dice say
//! ```
//!
//! - A write is seen at once and durable when its file is synced; a name is durable when its directory is synced,
//!   as POSIX promises and no more: less than ext4 and others do.
//! - A cut keeps some first ones of the unsynced writes of each file, and perhaps some sectors of the next one.
//! - `kill -9` cannot do this: the kernel keeps what a killed process has written, synced or not.

mod content;
mod directory;
mod disk;
mod filesystem;
mod server;
mod volume;

pub use disk::{Disk, DiskOptions};
pub use server::PoweredServer;
pub use volume::{DiskCounts, Syncs};
