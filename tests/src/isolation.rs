//! Tests that mount file systems do so where nobody else sees it.
//!
//! - A thread gets mounts of its own, and the threads and processes that it starts from then on have the same. The kernel
//!   removes all of it with the last of them, however it ends: nothing has to be tidied up, also after `kill -9`.
//! - It needs root and Linux. Where it cannot be had, the reason is returned, for [`crate::skip`].

use std::path::Path;

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};

/// Gives the calling thread mounts of its own. To be called before it starts others, such as those of a runtime.
pub fn own_mounts() -> Result<(), String> {
    if !Path::new("/dev/fuse").exists() {
        return Err("there is no /dev/fuse".to_owned());
    }
    unshare(CloneFlags::CLONE_NEWNS)
        .map_err(|error| format!("mounts of its own cannot be had: {error}"))?;
    let nothing = None::<&str>;
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(nothing, "/", nothing, private, nothing)
        .map_err(|error| format!("mounts cannot be made private: {error}"))
}
