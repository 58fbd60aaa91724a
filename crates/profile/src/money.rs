//! Money and other numbers of a fixed scale.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Value;

/// Millionths of a currency's unit.
///
/// One amount is bounded by [`Money::UNITS_MAX`]; sums of 2⁶⁴ such amounts fit, so that no sum ever overflows or saturates.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Money(pub i128);

impl Money {
    /// The largest amount in one message, in units of the currency.
    pub const UNITS_MAX: i128 = 1_000_000_000_000;

    /// Reads a number, or text that is a number. None if it is neither, or beyond the bound.
    pub fn parse(value: &Value) -> Option<Self> {
        todo!("{value:?}")
    }
}

/// A plain decimal number with at least two places.
impl fmt::Display for Money {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}

/// An ISO 4217 code; `XXX` where the message names no currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Currency([u8; 3]);

impl Currency {
    /// "No currency", for amounts whose message names none.
    pub const NONE: Currency = Currency(*b"XXX");

    /// Three letters, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        let code: [u8; 3] = text
            .trim()
            .to_ascii_uppercase()
            .into_bytes()
            .try_into()
            .ok()?;
        code.iter()
            .all(u8::is_ascii_uppercase)
            .then_some(Currency(code))
    }

    /// The three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a currency is three ASCII letters")
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A number in thousandths: survey scores, sentiment, confidence.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Thousandths(pub i32);
