//! What was out of the ordinary about a message, settled when it was taken in.

use std::fmt;
use std::ops::{BitOr, BitOrAssign};

use serde::{Deserialize, Serialize};

/// A set of marks. The bits are frozen.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Flags(pub u8);

impl Flags {
    /// No mark.
    pub const NONE: Flags = Flags(0);
    /// The time lay more than five minutes after receipt, and became the receipt time.
    pub const TIME_CLAMPED: Flags = Flags(1);
    /// The message came without an id; it is the hash of the message.
    pub const ID_DERIVED: Flags = Flags(2);
    /// The same message id was met in this anchor under other identifiers.
    pub const ID_REUSED: Flags = Flags(4);
    /// An identifier was a placeholder or malformed, and was treated as not given.
    pub const PLACEHOLDER_DROPPED: Flags = Flags(8);

    const NAMES: [(Flags, &str); 4] = [
        (Flags::TIME_CLAMPED, "time_clamped"),
        (Flags::ID_DERIVED, "id_derived"),
        (Flags::ID_REUSED, "id_reused"),
        (Flags::PLACEHOLDER_DROPPED, "placeholder_dropped"),
    ];

    /// Whether all of these marks are set.
    pub fn contains(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    /// The names of the marks that are set.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES
            .into_iter()
            .filter(move |(flag, _)| self.contains(*flag))
            .map(|(_, name)| name)
    }
}

impl BitOr for Flags {
    type Output = Flags;

    fn bitor(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
}

impl BitOrAssign for Flags {
    fn bitor_assign(&mut self, other: Flags) {
        self.0 |= other.0;
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().collect::<Vec<_>>().join(","))
    }
}
