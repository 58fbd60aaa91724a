//! What a request says about who sends it; whether it is true, the node decides.
//!
//! The SDKs disagree on where the write key goes: Basic with the key as user name, a
//! `writeKey` in the body, or both. Where there are several, any valid one will do.

use axum::http::{HeaderMap, header};
use data_encoding::{BASE64, BASE64_NOPAD};

/// The credential in the `Authorization` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credential {
    /// The user name of Basic; SDKs leave the password empty.
    Basic(String),
    /// A bearer token.
    Bearer(String),
}

impl Credential {
    /// Reads the header; one that cannot be read stands for none.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let (scheme, value) = text.trim().split_once(' ')?;
        let value = value.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return (!value.is_empty()).then(|| Self::Bearer(value.to_owned()));
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        // Padding is left out by some clients.
        let bytes = BASE64
            .decode(value.as_bytes())
            .or_else(|_| BASE64_NOPAD.decode(value.as_bytes()))
            .ok()?;
        let pair = String::from_utf8(bytes).ok()?;
        let user = pair.split_once(':').map_or(pair.as_str(), |(user, _)| user);
        (!user.is_empty()).then(|| Self::Basic(user.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn check(header: &str, expected: Option<Credential>) {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, header.parse().unwrap());
        assert_eq!(Credential::of(&headers), expected, "{header}");
    }

    #[test]
    fn credentials() {
        let basic = |key: &str| Some(Credential::Basic(key.into()));
        check("Basic d3JpdGVLZXk6", basic("writeKey"));
        check("basic d3JpdGVLZXk=", basic("writeKey"));
        check("Basic d3JpdGVLZXk", basic("writeKey"));
        check("Basic a2V5OnNlY3JldA==", basic("key"));
        check("Bearer  token ", Some(Credential::Bearer("token".into())));
        for header in [
            "Basic",
            "Basic !!",
            "Basic Og==",
            "Bearer ",
            "Digest x",
            "d3JpdGVLZXk6",
        ] {
            check(header, None);
        }
        assert_eq!(Credential::of(&HeaderMap::new()), None);
    }
}
