//! Measurements, each beside its floor and its peers.
//!
//! - A number alone says little: every program prints the best that the machine gives for
//!   the same work (its floor) in the same run, and the ratio of the two.
//! - Rows, bytes and cache size come first, because they decide what a number means.
//! - Medians of several rounds, so that a disturbance shows as spread and not as a result.
//! - The driver and the client are those of `acquaint-bench`, for node, floor and peer alike.

mod floor;
pub mod identity;
pub mod nodes;
pub mod peers;

pub use floor::{FloorServer, floor_server_if_asked, sync_rate};

/// A number from the environment, or the default.
pub fn setting(name: &str, default: usize) -> usize {
    match std::env::var(name) {
        Err(_) => default,
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is a number")),
    }
}

/// Bytes below a directory.
pub fn bytes_below(dir: &std::path::Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return 0;
    };
    let size = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.ok()?.path();
        if path.is_dir() {
            return Some(bytes_below(&path));
        }
        Some(path.metadata().ok()?.len())
    };
    entries.filter_map(size).sum()
}
