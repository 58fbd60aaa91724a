//! Child processes that serve on loopback.
//!
//! - Standard output and error go to one file, and a failed start quotes the end of it.
//! - Dropping a process asks it to stop by its process id, waits, and kills it if it does not.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::PeerError;

const START_WITHIN: Duration = Duration::from_secs(30);
const STOP_WITHIN: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);
const LOG_QUOTE_BYTES: usize = 2_000;
/// Not in every user's search path, and Debian keeps servers there.
const MORE_DIRECTORIES: [&str; 2] = ["/usr/sbin", "/usr/local/sbin"];

/// A running server.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    peer: &'static str,
    log: PathBuf,
    stop: Signal,
}

impl Process {
    /// Starts `command` with its output in `log`; `stop` is the signal that ends it in order.
    pub(super) fn start(
        peer: &'static str,
        mut command: Command,
        log: PathBuf,
        stop: Signal,
    ) -> Result<Self, PeerError> {
        let failed = PeerError::failed(peer, "start");
        let output = File::create(&log).map_err(&failed)?;
        let errors = output.try_clone().map_err(&failed)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .map_err(&failed)?;
        Ok(Self {
            child,
            peer,
            log,
            stop,
        })
    }

    /// Repeats `attempt` until it succeeds. It fails when the process ends or the time is over.
    pub(super) async fn ready<T, F>(&mut self, attempt: impl Fn() -> F) -> Result<T, PeerError>
    where
        F: Future<Output = Result<T, PeerError>>,
    {
        let begun = Instant::now();
        loop {
            let error = match attempt().await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            let ended = self.child.try_wait();
            let ended = ended.map_err(PeerError::failed(self.peer, "start"))?;
            if ended.is_some() || begun.elapsed() > START_WITHIN {
                let log = log_end(&self.log);
                return Err(PeerError::failed(self.peer, "start")(format!(
                    "{error}; its log ends: {log}"
                )));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    fn stopped_within(&mut self, limit: Duration) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < limit {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return true;
            }
            std::thread::sleep(POLL);
        }
        false
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Errors mean that it ended by itself, which is what is wanted.
        let _ = kill_process(Pid::from_child(&self.child), self.stop);
        if !self.stopped_within(STOP_WITHIN) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// The last lines of a log.
pub(super) fn log_end(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let from = text.len().saturating_sub(LOG_QUOTE_BYTES);
    String::from_utf8_lossy(&text[from..]).trim().to_owned()
}

/// The path of a program in the search path, in `directories` or where servers are kept.
pub(super) fn find_program(
    program: &'static str,
    directories: &[PathBuf],
) -> Result<PathBuf, PeerError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    directories
        .iter()
        .cloned()
        .chain(std::env::split_paths(&path))
        .chain(MORE_DIRECTORIES.iter().map(PathBuf::from))
        .map(|directory| directory.join(program))
        .find(|candidate| candidate.is_file())
        .ok_or(PeerError::Missing { program })
}

/// The first line that a program prints about its version.
pub(super) fn version_of(peer: &'static str, program: &OsStr) -> Result<String, PeerError> {
    let output = Command::new(program).arg("--version").output();
    let output = output.map_err(PeerError::failed(peer, "read the version"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}

/// Addresses on loopback whose ports are free and differ from each other.
pub(super) fn free_addresses<const N: usize>() -> io::Result<[SocketAddr; N]> {
    // All are held at once, so that none is handed out twice.
    let held: Vec<TcpListener> = (0..N)
        .map(|_| TcpListener::bind(("127.0.0.1", 0)))
        .collect::<io::Result<_>>()?;
    let addresses: Vec<SocketAddr> = held
        .iter()
        .map(TcpListener::local_addr)
        .collect::<io::Result<_>>()?;
    addresses
        .try_into()
        .map_err(|_| io::ErrorKind::AddrNotAvailable.into())
}
