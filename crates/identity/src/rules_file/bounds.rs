//! What the values of a file of rules may be.

use serde::de::{Deserialize, Deserializer, Error};

/// Distinct neighbours that a cap may allow. They are read when the node is worked on, so this bounds a piece of work.
pub(super) const NEIGHBOURS_MAX: u32 = 10_000;
/// Values in one profile, of one namespace or of all that name people. A profile is read whole.
pub(super) const PROFILE_MAX: u32 = 10_000;
/// Nodes that a repair may look at, before it may look at twice as many.
pub(super) const REGION_MAX: u32 = 100_000;
/// Rows that a command may read for derived work: past it, other commands wait too long.
pub(super) const WORK_MAX: u32 = 1_000_000;
/// Below it, steps spend more on taking pending work up than on doing it.
pub(super) const WORK_MIN: u32 = 100;
/// How many times the first may have to be ahead: more is "never", said in a way that nobody understands.
pub(super) const RATIO_MAX: u32 = 1_000;
/// Days that a threshold may ask for: ten years.
pub(super) const DAYS_MAX: u32 = 3_650;
/// Strangers' values that make a login staff.
pub(super) const FOREIGN_MAX: u32 = 1_000;
/// Edits of a slip of the pen: with more, any short address is like any other.
pub(super) const EDITS_MAX: u32 = 4;
/// Tiers of links. Those of pairs that were only seen with one thing come after them.
pub(super) const TIER_MAX: u32 = 99;
/// Layers of things, people aside.
pub(super) const LAYER_MAX: u32 = 3;

/// Values in a list of what is blocked.
pub(super) const BLOCKED_MAX: usize = 1_000;
/// Bytes of a blocked value: a longer identifier is not accepted anyway.
pub(super) const BLOCKED_BYTES_MAX: usize = 512;
/// Patterns of a kind. Each is tried with every new value.
pub(super) const PATTERNS_MAX: usize = 64;
/// Bytes of a pattern as it is written.
pub(super) const PATTERN_BYTES_MAX: usize = 256;
/// Groups of nicknames. They are searched when names are compared.
pub(super) const NICKNAME_GROUPS_MAX: usize = 500;
/// Names in a group of nicknames.
pub(super) const NICKNAMES_MAX: usize = 32;
/// Bytes of a nickname.
pub(super) const NICKNAME_BYTES_MAX: usize = 64;

/// A whole number from `MIN` to `MAX`, both allowed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Within<const MIN: u32, const MAX: u32>(pub(super) u32);

impl<'de, const MIN: u32, const MAX: u32> Deserialize<'de> for Within<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer)?;
        match u32::try_from(number) {
            Ok(within) if (MIN..=MAX).contains(&within) => Ok(Self(within)),
            _ => Err(D::Error::custom(format!(
                "{number} is not allowed: from {MIN} to {MAX}"
            ))),
        }
    }
}
