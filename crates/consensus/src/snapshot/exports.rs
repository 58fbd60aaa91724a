//! The files of a group's state that were made for a peer.
//!
//! - They stay while somebody sends them and for [`TICKS_MAX`] looks of the purger afterwards, so that an attempt that failed
//!   goes on with the same files.
//! - While they are there, the log from their position on is not purged: the peer needs it next.

use std::sync::Arc;

use acquaint_storage::SnapshotFiles;
use parking_lot::Mutex;

/// How often the purger looks at files that nobody sends until they go.
const TICKS_MAX: u32 = 6;

/// The files that are there, and who uses them.
#[derive(Debug, Default)]
pub(crate) struct Exports {
    held: Mutex<Held>,
    /// Held while files are made, so that two senders do not make them twice.
    pub(crate) making: Mutex<()>,
}

#[derive(Debug, Default)]
struct Held {
    files: Option<SnapshotFiles>,
    /// The index that the files are at.
    index: u64,
    senders: usize,
    ticks: u32,
}

/// Somebody sends; the files stay while this is held.
pub(crate) struct InUse(Arc<Exports>);

impl Drop for InUse {
    fn drop(&mut self) {
        self.0.held.lock().senders -= 1;
    }
}

impl Exports {
    pub(crate) fn begin(self: &Arc<Self>) -> InUse {
        let mut held = self.held.lock();
        held.senders += 1;
        held.ticks = 0;
        InUse(self.clone())
    }

    /// The files that an earlier attempt has made.
    pub(crate) fn files(&self) -> Option<SnapshotFiles> {
        self.held.lock().files.clone()
    }

    /// Notes the files that were made.
    pub(crate) fn put(&self, files: SnapshotFiles, index: u64) {
        let mut held = self.held.lock();
        held.files = Some(files);
        held.index = index;
    }

    /// A peer has them. They go at the next look, if nobody else sends them.
    pub(crate) fn done(&self) {
        self.held.lock().ticks = TICKS_MAX;
    }

    /// Below which index the log may be purged, and the files that are not needed any more.
    pub(crate) fn look(&self) -> (Option<u64>, Option<SnapshotFiles>) {
        let mut held = self.held.lock();
        if held.senders == 0 && held.files.is_some() {
            held.ticks += 1;
            if held.ticks > TICKS_MAX {
                held.ticks = 0;
                return (None, held.files.take());
            }
        }
        let index = held.index;
        (held.files.is_some().then_some(index), None)
    }
}
