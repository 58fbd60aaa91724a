//! Tests that mount file systems or cut networks do so where nobody else sees it.
//!
//! - A thread gets mounts and a network of its own, and the threads and processes that it starts from then on have the same.
//!   The kernel removes all of it with the last of them, however it ends: nothing has to be tidied up, also after `kill -9`.
//! - It needs root and Linux. Where it cannot be had, the reason is returned, for [`crate::skip`].

use std::future::Future;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};

use crate::skip;

/// Where `ip` keeps the names of network namespaces.
const NAMES: &str = "/run";

/// What a test has for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// Mounts, for disks that lose their power.
    Mounts,
    /// Mounts and a network, for nodes that are cut off.
    Network,
}

/// Runs a test on threads that have something for themselves, or skips it and says why.
pub fn isolated<T>(name: &str, own: Own, test: impl Future<Output = T>) -> Option<T> {
    if let Err(reason) = isolate(own) {
        skip(name, &reason);
        return None;
    }
    // Its threads have what this one has.
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build();
    Some(runtime.expect("a runtime can be made").block_on(test))
}

fn isolate(own: Own) -> Result<(), String> {
    if !Path::new("/dev/fuse").exists() {
        return Err("there is no /dev/fuse".to_owned());
    }
    let mut flags = CloneFlags::CLONE_NEWNS;
    if own == Own::Network {
        find(&["ip", "-V"])?;
        find(&["nft", "--version"])?;
        flags |= CloneFlags::CLONE_NEWNET;
    }
    unshare(flags).map_err(|error| format!("a namespace of its own cannot be had: {error}"))?;
    let nothing = None::<&str>;
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(nothing, "/", nothing, private, nothing)
        .map_err(|error| format!("mounts cannot be made private: {error}"))?;
    if own == Own::Network {
        mount(
            Some("tmpfs"),
            NAMES,
            Some("tmpfs"),
            MsFlags::empty(),
            nothing,
        )
        .map_err(|error| format!("{NAMES} cannot be made private: {error}"))?;
        find(&["ip", "link", "set", "lo", "up"])?;
    }
    Ok(())
}

fn find(command: &[&str]) -> Result<(), String> {
    let mut run = Command::new(command[0]);
    let status = run.args(&command[1..]).stdout(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{}: {status}", command.join(" "))),
        Err(error) => Err(format!("{} cannot be run: {error}", command[0])),
    }
}
