//! Measurements, each beside its floor.
//!
//! - A number alone says little: every program prints what the machine gives at best for
//!   the same work (its floor) in the same run, and the ratio of the two.
//! - Rows, bytes and cache size come first, because they decide what a number means.
//! - Medians of several rounds, so that a disturbance shows as spread and not as a result.
//! - Load is sent by a client that costs little ([`Wire`]), the same one for node and floor.

mod floor;
pub mod identity;
mod load;
mod messages;
mod spread;
mod wire;

pub use floor::{FloorServer, floor_server_if_asked, sync_rate};
pub use load::{Load, drive};
pub use messages::ingest_request;
pub use spread::Spread;
pub use wire::{Wire, get_request, post_request};

/// A number from the environment, or what it is otherwise.
pub fn setting(name: &str, otherwise: usize) -> usize {
    match std::env::var(name) {
        Err(_) => otherwise,
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
