//! The commands of the simulated groups.

use acquaint_storage::GroupId;
use acquaint_storage::codec::Stored;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// A message that was pinned and has to be collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Parcel {
    /// The index of the command that pinned it.
    pub(crate) index: u64,
    pub(crate) key: u8,
    pub(crate) message: u32,
}

/// A command of either machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Command {
    /// To a board: have this message under this key. The ballast makes entries of different sizes.
    Pin {
        key: u8,
        message: u32,
        ballast: Bytes,
    },
    /// To a board: parcels up to this index were collected.
    Trim { through: u64 },
    /// To the collector: parcels of a board, in order.
    Deliver { from: GroupId, parcels: Vec<Parcel> },
}

impl Stored for Command {
    const NAME: &'static str = "Command";
    const VERSION: u8 = 1;
}

impl Stored for Parcel {
    const NAME: &'static str = "Parcel";
    const VERSION: u8 = 1;
}
