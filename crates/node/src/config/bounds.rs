//! Ranges of values, checked while a key is read, so that the error carries its line.

use std::fmt::Display;
use std::path::PathBuf;

use serde::de::{Deserialize, Deserializer, Error};

/// A whole number from `MIN` to `MAX`, both allowed.
pub(super) fn between<'de, D, T, const MIN: u64, const MAX: u64>(
    deserializer: D,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<u64>,
    T::Error: Display,
{
    let number = i64::deserialize(deserializer)?;
    let refused = || D::Error::custom(format!("{number} is not allowed: from {MIN} to {MAX}"));
    let unsigned = u64::try_from(number).map_err(|_| refused())?;
    if !(MIN..=MAX).contains(&unsigned) {
        return Err(refused());
    }
    T::try_from(unsigned).map_err(|_| refused())
}

/// A path that is not empty.
pub(super) fn not_empty_path<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<PathBuf, D::Error> {
    let path = PathBuf::deserialize(deserializer)?;
    if path.as_os_str().is_empty() {
        return Err(D::Error::custom("a path must not be empty"));
    }
    Ok(path)
}

/// A name: a lower-case letter, then lower-case letters, digits or `_`, at most 32.
pub(super) fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let mut characters = text.chars();
    let starts = characters
        .next()
        .is_some_and(|first| first.is_ascii_lowercase());
    let continues =
        characters.all(|next| next.is_ascii_lowercase() || next.is_ascii_digit() || next == '_');
    if starts && continues && text.len() <= 32 {
        return Ok(text);
    }
    Err(D::Error::custom(format!(
        "`{text}` is not a name: a lower-case letter, then lower-case letters, digits or `_`, at most 32"
    )))
}

/// A region as phone numbers know it: two capital letters (`US`, `DE`).
pub(super) fn region<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Ok(text);
    }
    Err(D::Error::custom(format!(
        "`{text}` is not a region: two capital letters such as \"US\" or \"DE\""
    )))
}
