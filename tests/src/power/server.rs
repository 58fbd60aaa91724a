//! A server on a disk whose power can be cut.

use std::time::{Duration, Instant};

use super::{Disk, DiskOptions};
use crate::{Place, Server, ServerOptions};

/// A server and the disk under its data directory.
#[derive(Debug)]
pub struct PoweredServer {
    /// Dropped first: what is mounted cannot be removed with the server's directory.
    pub disk: Disk,
    /// The server.
    pub server: Server,
}

impl PoweredServer {
    /// Makes an empty disk, directory and configuration, and starts nothing yet.
    pub fn prepare(place: Place, options: &ServerOptions, disk: &DiskOptions) -> Self {
        let server = Server::prepare_at(place, options);
        std::fs::create_dir(server.data_dir()).expect("a directory can be made");
        let disk = Disk::mount(&server.data_dir(), disk).expect("a disk can be mounted");
        Self { disk, server }
    }

    /// The power goes, and the process with it. The next start finds what was durable.
    pub fn power_off(&mut self) {
        self.disk.power_off();
        self.server.kill_nine();
        self.disk.power_on();
    }

    /// Waits until the power is gone at the call that was named to the disk, or the time is over.
    pub async fn power_is_off_within(&self, time: Duration) {
        let begun = Instant::now();
        while !self.disk.is_off() && begun.elapsed() < time {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}
