//! Money and other numbers of a fixed scale.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Value, decimal::Decimal};

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

    /// Reads a number, or text that is a number; what is finer than a millionth is rounded half away from zero. None if it
    /// is neither, or beyond the bound.
    pub fn parse(value: &Value) -> Option<Self> {
        let millionths = scaled(value, 6)?;
        (millionths.abs() <= Self::UNITS_MAX * 1_000_000).then_some(Money(millionths))
    }
}

/// A plain decimal number with at least two places.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&plain(self.0, 6, 2))
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

impl Thousandths {
    /// One.
    pub const ONE: Thousandths = Thousandths(1_000);

    /// Reads a number, or text that is a number, and rounds half away from zero. None if it is neither, or does not fit.
    pub fn parse(value: &Value) -> Option<Self> {
        i32::try_from(scaled(value, 3)?).ok().map(Thousandths)
    }

    /// As a JSON number: an integer where it is one.
    pub fn to_value(self) -> Value {
        let text = self.to_string();
        text.parse().map_or(Value::Decimal(text), Value::Int)
    }
}

/// A plain decimal number without trailing zeros.
impl fmt::Display for Thousandths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&plain(i128::from(self.0), 3, 0))
    }
}

fn scaled(value: &Value, places: u32) -> Option<i128> {
    match value {
        Value::Int(integer) => Some(i128::from(*integer) * 10_i128.pow(places)),
        Value::Decimal(text) | Value::String(text) => Decimal::parse(text.trim())?.scaled(places),
        Value::Null | Value::Bool(_) | Value::List(_) | Value::Map(_) => None,
    }
}

fn plain(scaled: i128, places: usize, places_min: usize) -> String {
    let sign = if scaled < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", scaled.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let kept = fraction.trim_end_matches('0').len().max(places_min);
    match &fraction[..kept] {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_read_from_numbers_and_numeric_text() {
        let check = |value: Value, expected: Option<&str>| {
            assert_eq!(
                Money::parse(&value)
                    .map(|money| money.to_string())
                    .as_deref(),
                expected
            );
        };
        check(Value::Int(12), Some("12.00"));
        check(Value::Decimal("-0.1234567".into()), Some("-0.123457"));
        check(Value::String(" 49.9 ".into()), Some("49.90"));
        check(Value::Int(1_000_000_000_000), Some("1000000000000.00"));
        check(Value::Int(1_000_000_000_001), None);
        check(Value::Int(i64::MIN), None);
        check(Value::String("$5".into()), None);
        check(Value::Bool(true), None);
        check(Value::Null, None);
    }

    #[test]
    fn thousandths_print_as_short_numbers() {
        for (thousandths, text) in [(0, "0"), (9_000, "9"), (250, "0.25"), (-1, "-0.001")] {
            assert_eq!(Thousandths(thousandths).to_string(), text);
        }
        assert_eq!(Thousandths(9_000).to_value(), Value::Int(9));
        assert_eq!(Thousandths(-250).to_value(), Value::Decimal("-0.25".into()));
        assert_eq!(Thousandths::parse(&Value::Int(i64::MAX)), None);
    }

    #[test]
    fn currencies_are_three_letters() {
        assert_eq!(
            Currency::parse(" eur ").map(|c| c.to_string()).as_deref(),
            Some("EUR")
        );
        for text in ["", "EU", "EURO", "€", "12€", "E R"] {
            assert_eq!(Currency::parse(text), None, "{text}");
        }
    }
}
