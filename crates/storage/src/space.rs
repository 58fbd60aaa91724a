//! Free disk space, and the watermark below which new work is refused.
//!
//! - The check stands before a write is *proposed*. What has been proposed is always written: refusing an entry
//!   of the log half-way would stop the node, and that is what the watermark is there to prevent.
//! - Free space is asked for at most every [`PROBE_INTERVAL`], so that the check costs nothing on the way of a write.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use crate::Error;

/// How long an answer of the file system is good for.
pub const PROBE_INTERVAL: Duration = Duration::from_millis(200);

/// How the free space of a directory is found.
#[derive(Clone)]
pub struct SpaceProbe(Arc<FreeBytes>);

/// The free bytes of the file system that a path is on.
type FreeBytes = dyn Fn(&Path) -> io::Result<u64> + Send + Sync;

impl SpaceProbe {
    /// A probe that asks this function for the free bytes.
    pub fn new(free_bytes: impl Fn(&Path) -> io::Result<u64> + Send + Sync + 'static) -> Self {
        Self(Arc::new(free_bytes))
    }
}

/// Asks the file system.
impl Default for SpaceProbe {
    fn default() -> Self {
        Self::new(|path| {
            let stat = rustix::fs::statvfs(path)?;
            Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
        })
    }
}

impl fmt::Debug for SpaceProbe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SpaceProbe")
    }
}

/// Free disk space at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Bytes that are free for this process.
    pub free_bytes: u64,
    /// The watermark.
    pub free_bytes_min: u64,
}

impl Space {
    /// Whether there is enough for new work.
    pub fn is_enough(&self) -> bool {
        self.free_bytes >= self.free_bytes_min
    }
}

/// The watermark of one directory.
#[derive(Debug)]
pub(crate) struct SpaceGuard {
    path: PathBuf,
    probe: SpaceProbe,
    free_bytes_min: u64,
    last: Mutex<Option<(Instant, u64)>>,
}

impl SpaceGuard {
    pub(crate) fn new(path: PathBuf, probe: SpaceProbe, free_bytes_min: u64) -> Self {
        Self {
            path,
            probe,
            free_bytes_min,
            last: Mutex::new(None),
        }
    }

    /// Free space now, or a moment ago.
    pub(crate) fn space(&self) -> Result<Space, Error> {
        let free_bytes_min = self.free_bytes_min;
        let mut last = self.last.lock();
        if let Some((asked, free_bytes)) = *last
            && asked.elapsed() < PROBE_INTERVAL
        {
            return Ok(Space {
                free_bytes,
                free_bytes_min,
            });
        }
        let free_bytes =
            (self.probe.0)(&self.path).map_err(Error::io("find the free space of", &self.path))?;
        *last = Some((Instant::now(), free_bytes));
        Ok(Space {
            free_bytes,
            free_bytes_min,
        })
    }

    /// An error if there is not enough.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let space = self.space()?;
        if space.is_enough() {
            return Ok(());
        }
        Err(Error::DiskLow {
            free_bytes: space.free_bytes,
            free_bytes_min: space.free_bytes_min,
        })
    }
}
