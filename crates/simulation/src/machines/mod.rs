//! What the simulated groups replicate: boards that messages are pinned to, and a collector that every message has to reach once.
//!
//! ```text
//! Pin(key, message) ─► board k: seen? else pinned, and a parcel in the outbox ─► pump ─► Deliver ─► collector: taken up to the
//!                                                                                               watermark? else collected
//! ```
//!
//! They are as small as a machine can be that has all that the real ones depend on: rows read back in the same batch, messages
//! that come twice, an outbox, a watermark, trimming. Every apply is told to the audit.

mod board;
mod collector;
mod command;

use acquaint_storage::codec::Stored;
use acquaint_storage::{Batch, Error, Key, Read};
use serde::{Deserialize, Serialize};

pub(crate) use board::{Board, outbox_after, pinned};
pub(crate) use collector::{Collector, Taken, collected, watermark};
pub(crate) use command::Command;

/// What a group has come to: equal only if it applied the same commands in the same order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) commands: u64,
    pub(crate) digest: u64,
}

impl Stored for Tally {
    const NAME: &'static str = "Tally";
    const VERSION: u8 = 1;
}

impl Tally {
    /// Counts a command in the row at `key`.
    fn count(key: &Key, index: u64, command: &[u8], batch: &mut Batch<'_>) -> Result<Tally, Error> {
        let before: Tally = batch.get(key)?.unwrap_or_default();
        let tally = Tally {
            commands: before.commands + 1,
            digest: digest(before.digest ^ index, command),
        };
        batch.put(key, &tally);
        Ok(tally)
    }
}

/// FNV-1a over bytes, after a digest of what came before.
pub(crate) fn digest(before: u64, bytes: &[u8]) -> u64 {
    let begin = before ^ 0xcbf2_9ce4_8422_2325;
    bytes.iter().fold(begin, |digest, byte| {
        (digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
