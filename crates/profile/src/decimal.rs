//! Decimal numbers as text, without floats.

use crate::Value;

/// A decimal number: `digits` times ten to the `exponent`, with neither leading nor trailing zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

/// Numbers whose point lies further away than this are written with an exponent.
const PLAIN_DIGITS_MAX: i64 = 21;
const PLAIN_ZEROS_MAX: i64 = 6;

impl Decimal {
    /// The longest text that is read.
    const TEXT_BYTES_MAX: usize = 1_024;

    /// Reads what JSON takes for a number, and the same with a plus sign.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() > Self::TEXT_BYTES_MAX {
            return None;
        }
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let digits = format!("{whole}{fraction}");
        let significant = digits
            .trim_start_matches('0')
            .trim_end_matches('0')
            .to_owned();
        let zeros = digits.len() - digits.trim_end_matches('0').len();
        if significant.is_empty() {
            return Some(Decimal {
                negative: false,
                digits: String::new(),
                exponent: 0,
            });
        }
        let exponent = i64::from(exponent) + length(zeros) - length(fraction.len());
        Some(Decimal {
            negative,
            digits: significant,
            exponent,
        })
    }

    /// An integer if it is one that fits, else canonical text: equal numbers give equal values.
    pub(crate) fn to_value(&self) -> Value {
        let text = self.to_text();
        match text.parse() {
            Ok(integer) => Value::Int(integer),
            Err(_) => Value::Decimal(text),
        }
    }

    /// The number times ten to the `places`, rounded half away from zero. None if it has more than 36 digits.
    pub(crate) fn scaled(&self, places: u32) -> Option<i128> {
        let shift = self.exponent + i64::from(places);
        let kept = length(self.digits.len()) + shift;
        if kept > 36 {
            return None;
        }
        let magnitude = if shift >= 0 {
            let digits: i128 = if self.digits.is_empty() {
                0
            } else {
                self.digits.parse().ok()?
            };
            digits * 10_i128.pow(u32::try_from(shift).ok()?)
        } else {
            // Without digits before the cut, the digit behind it lies at least one place away.
            let Ok(kept) = usize::try_from(kept) else {
                return Some(0);
            };
            let (whole, cut) = self.digits.split_at(kept);
            let whole: i128 = if whole.is_empty() {
                0
            } else {
                whole.parse().ok()?
            };
            whole + i128::from(cut.bytes().next().is_some_and(|digit| digit >= b'5'))
        };
        Some(if self.negative { -magnitude } else { magnitude })
    }

    fn to_text(&self) -> String {
        if self.digits.is_empty() {
            return "0".to_owned();
        }
        let sign = if self.negative { "-" } else { "" };
        let point = length(self.digits.len()) + self.exponent;
        let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or(0));
        if (1..=PLAIN_DIGITS_MAX).contains(&point) {
            if self.exponent >= 0 {
                return format!("{sign}{}{}", self.digits, zeros(self.exponent));
            }
            let (whole, fraction) = self.digits.split_at(usize::try_from(point).unwrap_or(0));
            return format!("{sign}{whole}.{fraction}");
        }
        if (-PLAIN_ZEROS_MAX..=0).contains(&point) {
            return format!("{sign}0.{}{}", zeros(-point), self.digits);
        }
        let (first, rest) = self.digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        // With its sign, as the JSON writer has it, so that text and output agree.
        format!("{sign}{first}{dot}{rest}e{:+}", point - 1)
    }
}

fn length(count: usize) -> i64 {
    i64::try_from(count).expect("a text of bounded length")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[track_caller]
    fn check_value(text: &str, expected: Value) {
        assert_eq!(Decimal::parse(text).unwrap().to_value(), expected, "{text}");
    }

    #[test]
    fn equal_numbers_are_equal_values() {
        for text in ["5", "5.0", "+5", "0.5e1", "50e-1", "0005.000"] {
            check_value(text, Value::Int(5));
        }
        for text in ["0", "-0.0", "0e9", "0.000"] {
            check_value(text, Value::Int(0));
        }
        for text in ["-49.9", "-49.90", "-4.99E1"] {
            check_value(text, Value::Decimal("-49.9".into()));
        }
    }

    #[test]
    fn large_and_small_numbers_have_one_text() {
        check_value("9223372036854775807", Value::Int(i64::MAX));
        check_value("-9223372036854775808", Value::Int(i64::MIN));
        check_value(
            "9223372036854775808",
            Value::Decimal("9223372036854775808".into()),
        );
        check_value("1e20", Value::Decimal("100000000000000000000".into()));
        check_value("1e300", Value::Decimal("1e+300".into()));
        check_value("1.25e-300", Value::Decimal("1.25e-300".into()));
        check_value("0.00000012", Value::Decimal("0.00000012".into()));
        check_value("0.000000012", Value::Decimal("1.2e-8".into()));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "",
            "-",
            ".",
            ".5",
            "1e",
            "1e+-2",
            "0x10",
            "1,000",
            "1.2.3",
            "NaN",
            "inf",
            " 1",
            "1e99999999999",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn scaling_rounds_half_away_from_zero() {
        let scaled = |text: &str, places| Decimal::parse(text).unwrap().scaled(places);
        assert_eq!(scaled("49.99", 6), Some(49_990_000));
        assert_eq!(scaled("0.0005", 3), Some(1));
        assert_eq!(scaled("-0.0005", 3), Some(-1));
        assert_eq!(scaled("0.00049999", 3), Some(0));
        assert_eq!(scaled("0.00001", 3), Some(0));
        assert_eq!(scaled("0.99999999", 6), Some(1_000_000));
        assert_eq!(scaled("1e-400", 6), Some(0));
        assert_eq!(scaled("0", 6), Some(0));
        assert_eq!(scaled("1e29", 6), Some(10_i128.pow(35)));
        assert_eq!(scaled("1e40", 6), None);
    }
}
