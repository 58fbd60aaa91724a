//! How a store is opened.

use std::path::PathBuf;

use crate::SpaceProbe;

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// The data directory. RocksDB and the snapshots get a directory each inside it.
    pub path: PathBuf,
    /// The size of the block cache that all tables share.
    pub cache_bytes: usize,
    /// Free disk space below which [`crate::Store::check_space`] refuses.
    pub free_bytes_min: u64,
    /// Whether a write that asks for an fsync gets one. Only tests and simulations say no.
    pub sync: bool,
    /// Whether the store is only looked at. It can then be opened beside the process that owns it.
    pub read_only: bool,
    /// How free space is found.
    pub space_probe: SpaceProbe,
}

impl StoreOptions {
    /// A cache of 256 MiB, a watermark of 1 GiB, fsync on.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            cache_bytes: 256 << 20,
            free_bytes_min: 1 << 30,
            sync: true,
            read_only: false,
            space_probe: SpaceProbe::default(),
        }
    }

    /// The same, to be only looked at.
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }
}
