//! Where the repository is: tests read its documents and run its scripts.

use std::path::PathBuf;

/// The root of the work tree whose tests these are. Cargo tells when they run: work trees share a target directory, and the
/// build of one serves the others.
pub fn repository() -> PathBuf {
    let crate_dir = std::env::var_os("CARGO_MANIFEST_DIR")
        .expect("run these tests by cargo, which tells where they stand");
    PathBuf::from(crate_dir)
        .parent()
        .expect("the tests crate is a folder of the repository")
        .to_path_buf()
}
