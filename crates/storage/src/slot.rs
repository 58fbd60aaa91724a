//! Slots: where the rows of an anchor live.
//!
//! - There are 4,096 slots, for ever. A slot is a function of the identifier id alone.
//! - A group owns a range of slots, so that growing the number of groups rewrites no row.

use std::fmt;

use acquaint_profile::IdentifierId;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// One of the 4,096 fixed hash slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Slot(u16);

impl Slot {
    /// How many slots there are. Frozen: it is in every key.
    pub const COUNT: u16 = 4096;

    /// The slot of an anchor.
    pub fn of(anchor: &IdentifierId) -> Self {
        // The top 12 bits of the hash.
        Self((xxh3_64(&anchor.0) >> 52) as u16)
    }

    /// The slot of this number, if there is one.
    pub fn new(number: u16) -> Option<Self> {
        (number < Self::COUNT).then_some(Self(number))
    }

    /// The number of the slot, below [`Slot::COUNT`].
    pub fn number(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "slot-{}", self.0)
    }
}
