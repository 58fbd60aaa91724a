//! What a request says about who sends it; whether it is true, the node decides.
//!
//! The SDKs disagree on where the write key goes: Basic with the key as user name, a
//! `writeKey` in the body, or both. Where there are several, any valid one will do.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use data_encoding::{BASE64, BASE64_NOPAD};

/// The `Authorization` header of a request. A handler that needs no other header takes this instead of a copy of all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Authorization(Option<HeaderValue>);

impl Authorization {
    /// The header among others.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self(headers.get(header::AUTHORIZATION).cloned())
    }

    /// The credential in the header. A header that cannot be read counts as none.
    pub(crate) fn credential(&self) -> Option<Credential<'_>> {
        Credential::parse(self.0.as_ref()?.to_str().ok()?)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Authorization {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

/// The credential in the `Authorization` header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credential<'a> {
    /// The user name of Basic; SDKs leave the password empty.
    Basic(String),
    /// A bearer token.
    Bearer(&'a str),
}

impl<'a> Credential<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (scheme, value) = text.trim().split_once(' ')?;
        let value = value.trim();
        if scheme.eq_ignore_ascii_case("bearer") {
            return (!value.is_empty()).then_some(Self::Bearer(value));
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

    fn check(header: &str, expected: Option<Credential<'_>>) {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, header.parse().unwrap());
        assert_eq!(
            Authorization::of(&headers).credential(),
            expected,
            "{header}"
        );
    }

    #[test]
    fn credentials() {
        let basic = |key: &str| Some(Credential::Basic(key.into()));
        check("Basic d3JpdGVLZXk6", basic("writeKey"));
        check("basic d3JpdGVLZXk=", basic("writeKey"));
        check("Basic d3JpdGVLZXk", basic("writeKey"));
        check("Basic a2V5OnNlY3JldA==", basic("key"));
        check("Bearer  token ", Some(Credential::Bearer("token")));
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
        assert_eq!(Authorization::default().credential(), None);
    }
}
