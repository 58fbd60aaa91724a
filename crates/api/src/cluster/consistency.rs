//! What a read promises.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a read promises.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Consistency {
    /// It sees whatever was acknowledged before it was asked, through any node.
    Strong,
    /// It sees what the given position names.
    Session,
    /// It sees what the node has applied.
    #[default]
    Local,
}

impl Consistency {
    /// Every level, the strongest first.
    pub const ALL: [Self; 3] = [Self::Strong, Self::Session, Self::Local];

    /// The level as it stands in requests and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strong => "strong",
            Self::Session => "session",
            Self::Local => "local",
        }
    }

    /// The level of a read that asks for one, or for none; that has a position to read `after`, or a `max_staleness`.
    pub fn of(
        asked: Option<Self>,
        has_after: bool,
        has_max_staleness: bool,
    ) -> Result<Self, ContradictoryRead> {
        match asked {
            Some(Self::Session) if !has_after => Err(ContradictoryRead::SessionWithoutAfter),
            Some(Self::Local) if has_after => Err(ContradictoryRead::LocalWithAfter),
            Some(Self::Strong) if has_max_staleness => Err(ContradictoryRead::StrongAndStale),
            Some(level) => Ok(level),
            None if has_after => Ok(Self::Session),
            None => Ok(Self::Local),
        }
    }
}

/// What a read asks for cannot be had together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContradictoryRead {
    /// There is nothing that the session is to see.
    #[error("`consistency=session` needs `after`: the position of an earlier answer")]
    SessionWithoutAfter,
    /// There is a position, and it is not to be waited for.
    #[error("`consistency=local` waits for nothing: leave it out to have `after` waited for")]
    LocalWithAfter,
    /// A bound of something that is not there.
    #[error("`consistency=strong` is never stale: leave `max_staleness` out, or take another one")]
    StrongAndStale,
}

impl fmt::Display for Consistency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no consistency of reads: strong, session or local")]
pub struct UnknownConsistency(String);

impl FromStr for Consistency {
    type Err = UnknownConsistency;

    fn from_str(text: &str) -> Result<Self, UnknownConsistency> {
        let named = Self::ALL.into_iter().find(|level| level.as_str() == text);
        named.ok_or_else(|| UnknownConsistency(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_text_is_what_serde_writes_and_is_read_back() {
        for level in Consistency::ALL {
            assert_eq!(serde_json::to_value(level).unwrap(), level.as_str());
            assert_eq!(level.as_str().parse::<Consistency>().unwrap(), level);
        }
        assert!("Strong".parse::<Consistency>().is_err());
    }

    #[test]
    fn the_level_follows_from_what_a_read_has() {
        use Consistency::{Local, Session, Strong};
        let check = |asked, has_after, has_max_staleness, level| {
            assert_eq!(Consistency::of(asked, has_after, has_max_staleness), level);
        };
        for stale in [false, true] {
            check(None, false, stale, Ok(Local));
            check(None, true, stale, Ok(Session));
            check(Some(Local), false, stale, Ok(Local));
            check(Some(Session), true, stale, Ok(Session));
            let unnamed = ContradictoryRead::SessionWithoutAfter;
            check(Some(Session), false, stale, Err(unnamed));
            let not_waited_for = ContradictoryRead::LocalWithAfter;
            check(Some(Local), true, stale, Err(not_waited_for));
        }
        for after in [false, true] {
            check(Some(Strong), after, false, Ok(Strong));
            let stale = ContradictoryRead::StrongAndStale;
            check(Some(Strong), after, true, Err(stale));
        }
    }
}
