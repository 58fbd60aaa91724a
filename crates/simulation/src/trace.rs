//! What happened, in one number: equal runs have equal traces.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::runtime::virtual_time;

/// A digest of everything that was noted, and how much it was. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Trace {
    inner: Arc<Mutex<Noted>>,
}

#[derive(Default)]
struct Noted {
    digest: u64,
    events: u64,
    /// Whether what is noted is printed.
    is_told: bool,
}

impl Trace {
    /// Has everything that is said from now on printed, too.
    pub(crate) fn tell(&self) {
        self.inner.lock().is_told = true;
    }

    /// Notes that something happened now.
    pub(crate) fn note(&self, what: &str, numbers: &[u64]) {
        let mut noted = self.inner.lock();
        let now = u64::try_from(virtual_time().as_nanos()).unwrap_or(u64::MAX);
        let numbers = numbers.iter().chain([&now]);
        let bytes = numbers.flat_map(|number| number.to_le_bytes());
        noted.digest = what.bytes().chain(bytes).fold(noted.digest, chain);
        noted.events += 1;
    }

    /// Notes something that is worth reading.
    pub(crate) fn say(&self, what: &str) {
        self.note(what, &[]);
        if self.inner.lock().is_told {
            println!("{:>10} {what}", seconds(virtual_time()));
        }
    }

    /// The digest of everything so far, and how much it was.
    #[must_use]
    pub(crate) fn digest(&self) -> (u64, u64) {
        let noted = self.inner.lock();
        (noted.digest, noted.events)
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.6}", time.as_secs_f64())
}

/// FNV-1a
fn chain(digest: u64, byte: u8) -> u64 {
    (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}
