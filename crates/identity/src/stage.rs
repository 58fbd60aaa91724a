//! The kinds of derived work, in the order in which they feed each other.
//!
//! ```text
//! sources ─► operators ─► mailboxes ─► shared things ─► people ─► spread ─┬► layer 1: own ─► cluster ─┐
//!                                                                         ├► layer 2 …               ├► strands
//!                                                                         └► layer 3 …               ┘
//! ```
//!
//! - A piece of work is (stage, what it is about) and computes one derived value again from rows. Doing it twice, or
//!   in another order, gives the same rows in the end; the order only saves work.

use serde::{Deserialize, Serialize};

/// A kind of work; the smaller number comes first. The numbers are part of stored keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stage(pub u8);

impl Stage {
    /// Evidence of a source is to be withheld or to count again.
    pub const SOURCE: Self = Self(0);
    /// Whether a login is a member of staff's.
    pub const OPERATOR: Self = Self(1);
    /// Whose a mailbox is among several logins.
    pub const MAILBOX: Self = Self(2);
    /// Which people a thing was seen with.
    pub const VIA: Self = Self(3);
    /// Who is one person.
    pub const PEOPLE: Self = Self(4);
    /// Things seen with a node and with others are to be looked at: it is another person's now.
    pub const SPREAD: Self = Self(5);
    /// All things seen with a node are to be looked at: it can be an owner no more, or now it can.
    pub const SPREAD_ALL: Self = Self(6);
    /// All strands of a node are to be attributed.
    pub const STRANDS: Self = Self(30);
    /// A strand is to be attributed.
    pub const STRAND: Self = Self(31);

    /// Whose a thing is.
    pub(crate) const fn own(layer: u8) -> Self {
        Self(8 + 2 * layer)
    }

    /// Which things of a layer belong together that are nobody's.
    pub(crate) const fn cluster(layer: u8) -> Self {
        Self(9 + 2 * layer)
    }

    /// The layer of an own or cluster stage, and whether it is an own one.
    pub(crate) const fn layer(self) -> Option<(u8, bool)> {
        if self.0 < 8 || self.0 >= Self::STRANDS.0 {
            return None;
        }
        Some(((self.0 - 8) / 2, self.0.is_multiple_of(2)))
    }
}

/// The layer that rules may have at most: what [`Stage`] has numbers for.
pub const LAYER_MAX: u8 = 8;
