//! Where the repository is: tests read its documents and run its scripts.

use std::path::PathBuf;

/// The root of the work tree that these tests were built from.
pub fn repository() -> PathBuf {
    let crate_dir = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    crate_dir
        .parent()
        .expect("the tests crate is a folder of the repository")
        .to_path_buf()
}
