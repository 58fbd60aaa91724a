//! A disk that a test can take the power from.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fuser::{BackgroundSession, Config, MountOption};
use nix::mount::{MntFlags, umount2};
use parking_lot::Mutex;

use super::filesystem::PowerFilesystem;
use super::volume::{DiskCounts, Syncs, Volume};

/// What a test may choose about a disk.
#[derive(Clone, Copy, Debug)]
pub struct DiskOptions {
    /// Whether `fsync` does what it says.
    pub syncs: Syncs,
    /// A write over it fails with `ENOSPC`. Memory is taken for what is written only.
    pub capacity_bytes: u64,
    /// Where the dice begin.
    pub seed: u64,
}

impl Default for DiskOptions {
    fn default() -> Self {
        Self {
            syncs: Syncs::Kept,
            capacity_bytes: 8 << 30,
            seed: 0,
        }
    }
}

/// A mounted disk. Its contents live in this process and end with the value.
#[derive(Debug)]
pub struct Disk {
    volume: Arc<Mutex<Volume>>,
    path: PathBuf,
    /// Taken when the disk is dropped.
    session: Option<BackgroundSession>,
}

impl Disk {
    /// Mounts an empty disk on a directory. The caller has mounts of its own ([`crate::isolated`]).
    pub fn mount(path: &Path, options: &DiskOptions) -> io::Result<Self> {
        let volume = Volume::new(options.syncs, options.capacity_bytes, options.seed);
        let volume = Arc::new(Mutex::new(volume));
        let mut config = Config::default();
        config.mount_options = vec![MountOption::FSName("acquaint-power".to_owned())];
        let filesystem = PowerFilesystem::new(volume.clone());
        Ok(Self {
            volume,
            path: path.to_owned(),
            session: Some(fuser::spawn_mount(filesystem, path, &config)?),
        })
    }

    /// From now on every call fails. Kill the process that uses the disk, then [`Disk::power_on`].
    pub fn power_off(&self) {
        self.volume.lock().power_off();
    }

    /// The power goes after so many more writes, syncs and changes of names, or when [`Disk::power_off`] is called.
    pub fn power_off_after(&self, calls: u64) {
        self.volume.lock().power_off_after(calls);
    }

    /// Whether it is without power.
    pub fn is_off(&self) -> bool {
        self.volume.lock().is_off()
    }

    /// What was synced is there again, and of the rest what the dice say.
    pub fn power_on(&self) {
        self.volume.lock().power_on();
    }

    /// Makes the disk larger or smaller, also below what is on it.
    pub fn set_capacity(&self, bytes: u64) {
        self.volume.lock().set_capacity(bytes);
    }

    /// Bytes of all files.
    pub fn used_bytes(&self) -> u64 {
        self.volume.lock().used_bytes()
    }

    /// What it was asked and what it has forgotten.
    pub fn counts(&self) -> DiskCounts {
        self.volume.lock().counts()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Detached, because a process may still run on it. The session ends when the last file is closed.
        if let Err(error) = umount2(&self.path, MntFlags::MNT_DETACH) {
            eprintln!("{} stays mounted: {error}", self.path.display());
        }
        drop(self.session.take());
    }
}
