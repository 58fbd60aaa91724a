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
        match text(*self) {
            Some(text) => f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?),
            None => write!(f, "{} ms", self.0),
        }
    }
}

/// `2026-01-31T12:00:00.000Z`: every answer holds many of these, so they are put together digit by digit. None for a time that
/// has no year of four digits.
fn text(time: Timestamp) -> Option<[u8; 24]> {
    let time = time.checked().ok()?;
    let time = jiff::Timestamp::from_millisecond(time.0).ok()?;
    let civil = jiff::tz::Offset::UTC.to_datetime(time);
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let year = civil.year().unsigned_abs();
    let parts = [
        (0, year / 100),
        (2, year % 100),
        (5, civil.month().unsigned_abs().into()),
        (8, civil.day().unsigned_abs().into()),
        (11, civil.hour().unsigned_abs().into()),
        (14, civil.minute().unsigned_abs().into()),
        (17, civil.second().unsigned_abs().into()),
        (21, civil.millisecond().unsigned_abs() % 100),
    ];
    let digit = |number: u16| b'0' + u8::try_from(number % 10).unwrap_or_default();
    for (at, number) in parts {
        text[at] = digit(number / 10);
        text[at + 1] = digit(number);
    }
    text[20] = digit(civil.millisecond().unsigned_abs() / 100);
    Some(text)
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
        match text(self.start()) {
            Some(text) => f.write_str(str::from_utf8(&text[..10]).map_err(|_| fmt::Error)?),
            None => write!(f, "day {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_print_as_the_calendar_has_them() {
        let steps = [
            0,
            1,
            999,
            86_399_999,
            86_400_000,
            951_782_400_000,
            253_402_300_799_999,
        ];
        let mut times: Vec<i64> = steps.to_vec();
        // A stride that meets every month and every digit.
        times.extend((0..20_000).map(|number| number * 12_670_115_039));
        for time in times {
            let printed = Timestamp(time).to_string();
            match jiff::Timestamp::from_millisecond(time) {
                Ok(expected) => {
                    assert_eq!(printed, format!("{expected:.3}"));
                    assert!(printed.starts_with(&Timestamp(time).day().to_string()));
                }
                // The library's calendar ends some hours before the year does.
                Err(_) => assert_eq!(printed, format!("{time} ms")),
            }
        }
        assert_eq!(Timestamp(-1).to_string(), "-1 ms");
        assert_eq!(Day(u32::MAX).to_string(), "day 4294967295");
    }
}
