//! What a caller looks a customer up by: any identifier, or a profile id.

use std::fmt;
use std::str::FromStr;

use crate::limits::KEY_BYTES_MAX;

const PROFILE_PREFIX: &str = "pf_";
const PROFILE_CHARS: usize = 26;

/// A key as the caller gave it. The node brings the value to its canonical form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProfileKey {
    /// `namespace:value`, split at the first colon.
    Identifier {
        /// The namespace, `email` for one.
        namespace: String,
        /// The value as given, not yet canonical.
        value: String,
    },
    /// `pf_` and 26 characters of base32.
    Profile(String),
}

/// Why a text is not a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileKeyError {
    /// Neither form.
    #[error(
        "a key is `namespace:value`, such as `email:ada@example.com`, or a profile id that starts with `pf_`"
    )]
    Form,
    /// Longer than any identifier can be.
    #[error("a key is at most {KEY_BYTES_MAX} bytes long")]
    TooLong,
}

impl FromStr for ProfileKey {
    type Err = ProfileKeyError;

    fn from_str(text: &str) -> Result<Self, ProfileKeyError> {
        if text.len() > KEY_BYTES_MAX {
            return Err(ProfileKeyError::TooLong);
        }
        if let Some((namespace, value)) = text.split_once(':') {
            let mut chars = namespace.bytes();
            let starts = chars.next().is_some_and(|first| first.is_ascii_lowercase());
            let goes_on = chars
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
            if !starts || !goes_on || value.is_empty() {
                return Err(ProfileKeyError::Form);
            }
            return Ok(Self::Identifier {
                namespace: namespace.into(),
                value: value.into(),
            });
        }
        let digits = text
            .strip_prefix(PROFILE_PREFIX)
            .ok_or(ProfileKeyError::Form)?;
        let base32 = digits
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7'));
        if digits.len() != PROFILE_CHARS || !base32 {
            return Err(ProfileKeyError::Form);
        }
        Ok(Self::Profile(text.into()))
    }
}

impl fmt::Display for ProfileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identifier { namespace, value } => write!(f, "{namespace}:{value}"),
            Self::Profile(id) => f.write_str(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<ProfileKey, ProfileKeyError>) {
        assert_eq!(text.parse::<ProfileKey>(), expected, "{text}");
    }

    fn identifier(namespace: &str, value: &str) -> Result<ProfileKey, ProfileKeyError> {
        Ok(ProfileKey::Identifier {
            namespace: namespace.into(),
            value: value.into(),
        })
    }

    #[test]
    fn keys() {
        check(
            "email:ada+shop@example.com",
            identifier("email", "ada+shop@example.com"),
        );
        check(
            "phone:+1 (555) 010-9999",
            identifier("phone", "+1 (555) 010-9999"),
        );
        check("social:mastodon:ada", identifier("social", "mastodon:ada"));
        let id = "pf_abcdefghijklmnopqrstuvwxyz";
        check(id, Ok(ProfileKey::Profile(id.into())));
        for text in [
            "", ":", "email", "email:", ":x", "Email:x", "1a:x", "pf_", "pf_ABC", "a b:c", "pf_0",
        ] {
            check(text, Err(ProfileKeyError::Form));
        }
        check(
            &format!("email:{}", "a".repeat(KEY_BYTES_MAX)),
            Err(ProfileKeyError::TooLong),
        );
    }
}
