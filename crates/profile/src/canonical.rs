//! Canonical forms: the one spelling of an identifier that its id is made of.
//!
//! - Frozen. A change here would give known people new ids; what is a matter of opinion (plus tags, country codes) belongs
//!   to the matching key. `tests/frozen` holds a table that is never edited.
//! - Lossless but for case where case means nothing, outer white space, and the punctuation of phone numbers.
//! - Case is folded in ASCII only, whose rules cannot change with a Unicode version.
//! - Idempotent: a canonical value is its own canonical form.

use unicode_normalization::UnicodeNormalization;

use crate::{Error, Form, Identifier, NamespaceSpec};

/// What senders write where they have nothing. Compared trimmed and in lower case.
const PLACEHOLDERS: [&str; 29] = [
    "-",
    "--",
    "-1",
    "0",
    "(none)",
    "(not set)",
    "(null)",
    "<null>",
    "[]",
    "[object object]",
    "\"\"",
    "anonymous",
    "empty",
    "false",
    "guest",
    "n/a",
    "na",
    "nan",
    "nil",
    "no",
    "none",
    "not set",
    "null",
    "true",
    "undefined",
    "unknown",
    "yes",
    "{}",
    "''",
];

/// The canonical value of a raw one.
pub(crate) fn value(spec: &NamespaceSpec, raw: &str) -> Result<String, Error> {
    let what = || spec.name.to_string();
    let too_long = || Error::TooLong {
        what: what(),
        bytes_max: Identifier::BYTES_MAX,
    };
    let malformed = |expected| Error::Malformed {
        namespace: what(),
        expected,
    };
    let trimmed = raw.trim();
    // Composing shortens a text to a third at most, so this bounds the work and refuses nothing that would fit.
    if trimmed.len() > 3 * Identifier::BYTES_MAX {
        return Err(too_long());
    }
    let text: String = trimmed.nfc().collect();
    if is_placeholder(&text) {
        return Err(Error::Placeholder { namespace: what() });
    }
    let is_phone = spec.form == Form::Phone;
    if text
        .chars()
        .any(|c| is_control(c) || !is_phone && is_invisible(c))
    {
        return Err(Error::ControlCharacter { what: what() });
    }
    let value = match spec.form {
        Form::Verbatim => text,
        Form::CaseFolded => lower_case(&text),
        Form::Uuid if is_uuid(&text) => text.to_ascii_lowercase(),
        Form::Uuid => text,
        Form::Email => email(&text).ok_or_else(|| malformed("an email address"))?,
        Form::Phone => phone(&text).ok_or_else(|| malformed("a phone number"))?,
    };
    // `(000) 000-0000` is seen to be one without its punctuation only.
    if is_phone && is_placeholder(value.trim_start_matches('+')) {
        return Err(Error::Placeholder { namespace: what() });
    }
    if value.len() > Identifier::BYTES_MAX {
        return Err(too_long());
    }
    Ok(value)
}

/// Composed again, because some letters compose with a mark in lower case only.
fn lower_case(text: &str) -> String {
    text.to_ascii_lowercase().nfc().collect()
}

fn is_placeholder(text: &str) -> bool {
    let is_zeros = text.bytes().all(|b| b == b'0' || b == b'-') && text.bytes().any(|b| b == b'0');
    text.is_empty() || is_zeros || PLACEHOLDERS.contains(&text.to_ascii_lowercase().as_str())
}

fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Bidirectional formatting and characters without width: two identifiers that look the same must be the same.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'
        | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn is_uuid(text: &str) -> bool {
    let hyphens = [8, 13, 18, 23];
    let fits = |(at, b): (usize, u8)| {
        if hyphens.contains(&at) {
            b == b'-'
        } else {
            b.is_ascii_hexdigit()
        }
    };
    text.len() == 36 && text.bytes().enumerate().all(fits)
}

fn email(text: &str) -> Option<String> {
    let (mailbox, domain) = text.split_once('@')?;
    let is_plain = !text
        .chars()
        .any(|c| c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';'));
    (is_plain && !mailbox.is_empty() && !domain.is_empty() && !domain.contains('@'))
        .then(|| lower_case(text))
}

fn phone(text: &str) -> Option<String> {
    const DIGITS_MIN: usize = 3;
    const DIGITS_MAX: usize = 32;
    let scheme = text
        .get(..4)
        .filter(|scheme| scheme.eq_ignore_ascii_case("tel:"));
    let mut number = String::new();
    for c in text[scheme.map_or(0, str::len)..].chars() {
        if let Some(digit) = decimal_digit(c) {
            number.push(digit);
        } else if matches!(c, '+' | '\u{ff0b}') && number.is_empty() {
            number.push('+');
        } else if !is_phone_punctuation(c) {
            return None;
        }
    }
    let digits = number.trim_start_matches('+').len();
    (DIGITS_MIN..=DIGITS_MAX)
        .contains(&digits)
        .then_some(number)
}

/// The ASCII digit for the digits that phones are typed in: ASCII, full-width, Arabic, Persian, Devanagari.
fn decimal_digit(c: char) -> Option<char> {
    let zeros = ['0', '\u{ff10}', '\u{0660}', '\u{06f0}', '\u{0966}'];
    zeros.iter().find_map(|zero| {
        let digit = u32::from(c).checked_sub(u32::from(*zero))?;
        char::from_digit(digit, 10)
    })
}

/// White space, dashes, brackets, dots and slashes, and the invisible marks that address books wrap numbers in.
fn is_phone_punctuation(c: char) -> bool {
    c.is_whitespace()
        || is_invisible(c)
        || matches!(
            c,
            '-' | '.' | '(' | ')' | '[' | ']' | '/' | '\u{00ad}' | '\u{00b7}' | '\u{2010}'
                ..='\u{2015}' | '\u{2212}'
        )
}
