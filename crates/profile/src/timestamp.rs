//! Points in time, and the UTC days that they fall on.
//!
//! - Time arrives with a message, and is never made here.
//! - A timestamp lies between 1970 and 9999, so that every one has a day, prints as RFC 3339, and sorts as its bytes do.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Error;

const DAY_MILLISECONDS: i64 = 86_400_000;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The earliest time that a message may carry. Zero times of other systems (year 1, 1900) lie before it.
    pub const MIN: Timestamp = Timestamp(0);
    /// The latest time that RFC 3339 can write.
    pub const MAX: Timestamp = Timestamp(253_402_300_799_999);

    /// Reads RFC 3339 (an offset is required), cutting what is finer than a millisecond.
    pub fn parse_rfc3339(text: &str) -> Result<Self, Error> {
        let time: jiff::Timestamp = text.trim().parse().map_err(|_| Error::Invalid {
            what: "timestamp".into(),
            expected: "an RFC 3339 time such as 2025-01-31T12:00:00Z",
        })?;
        Timestamp(time.as_millisecond()).checked()
    }

    /// Itself, if it lies between `MIN` and `MAX`.
    pub fn checked(self) -> Result<Self, Error> {
        if (Self::MIN..=Self::MAX).contains(&self) {
            return Ok(self);
        }
        Err(Error::Invalid {
            what: "timestamp".into(),
            expected: "between the years 1970 and 9999",
        })
    }

    /// The UTC day that it falls on; a time outside `MIN..=MAX` counts as the nearest bound.
    pub fn day(self) -> Day {
        let days = self.clamp(Self::MIN, Self::MAX).0 / DAY_MILLISECONDS;
        Day(u32::try_from(days).expect("the days until the year 9999 fit"))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => write!(f, "{time:.3}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

/// Days since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Day(pub u32);

impl Day {
    /// Its first moment.
    pub fn start(self) -> Timestamp {
        Timestamp(i64::from(self.0) * DAY_MILLISECONDS)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.start().to_string();
        f.write_str(text.split('T').next().unwrap_or(&text))
    }
}
