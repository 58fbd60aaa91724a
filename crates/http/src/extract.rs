//! Reading what a request asks for, with failures in the form of the contract.
//!
//! axum's own extractors answer in plain text; these say the same in JSON.

use acquaint_api::limits::BODY_BYTES_MAX;
use acquaint_api::{ErrorCode, ProfileKey};
use axum::body::Body;
use axum::extract::{FromRequestParts, Path};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::app::App;
use crate::body;
use crate::failure::Failure;

/// Reads a JSON body, whatever its content type says.
pub(crate) async fn json<T: DeserializeOwned>(
    app: &App,
    headers: &HeaderMap,
    body: Body,
) -> Result<T, Failure> {
    let _permit = app.admit_body(headers, BODY_BYTES_MAX)?;
    let bytes = body::read(headers, body, BODY_BYTES_MAX, app.options.body_time_max).await?;
    app.metrics.body_bytes.inc_by(bytes.len() as u64);
    body::json(&bytes)
}

/// The query string; a parameter that is not known is an error, so that none is ignored by mistake.
pub(crate) struct Parameters<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

/// Reads a query string.
pub(crate) fn query<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    let pairs = form_urlencoded::parse(text.as_bytes());
    let pairs = serde_urlencoded::Deserializer::new(pairs);
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let message = format!("failed to deserialize query string: {error}");
        Failure::new(ErrorCode::InvalidRequest, message)
    })
}

/// The one variable part of a path, percent-decoded.
pub(crate) struct Segment(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let Path(text) = Path::from_request_parts(parts, state).await.map_err(|_| {
            Failure::new(
                ErrorCode::InvalidKey,
                "the key in the path is not valid UTF-8 when percent-decoded",
            )
        })?;
        Ok(Self(text))
    }
}

pub(crate) fn key(text: &str) -> Result<ProfileKey, Failure> {
    text.parse()
        .map_err(|error: acquaint_api::ProfileKeyError| {
            Failure::new(ErrorCode::InvalidKey, error.to_string())
        })
}

/// A key that came in a query string, where a `+` that was not encoded has become a space.
///
/// An email holds no space and a phone number begins with none, so there a space can
/// only have been a `+`.
pub(crate) fn key_of_query(text: &str) -> Result<ProfileKey, Failure> {
    let key = key(text)?;
    Ok(match key {
        ProfileKey::Identifier { namespace, value } => {
            let value = match namespace.as_str() {
                "email" => value.trim().replace(' ', "+"),
                "phone" if value.starts_with(' ') => format!("+{}", value.trim_start()),
                _ => value,
            };
            ProfileKey::Identifier { namespace, value }
        }
        key => key,
    })
}

/// A switch of the query string: `verbose`, `verbose=true`, `verbose=1`, or their opposites.
pub(crate) fn switch<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "" | "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        _ => Err(serde::de::Error::custom("a switch is `true` or `false`")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_query_string_says_what_is_wrong_with_it() {
        #[derive(Debug, Deserialize, PartialEq)]
        #[serde(deny_unknown_fields)]
        struct Asked {
            limit: Option<usize>,
            name: String,
        }
        let asked = |limit, name: &str| {
            let name = name.to_owned();
            Ok(Asked { limit, name })
        };
        let check = |text: &str, expected: Result<Asked, &str>| {
            let read = query::<Asked>(text);
            let expected = expected.map_err(|message| {
                let message = format!("failed to deserialize query string: {message}");
                Failure::new(ErrorCode::InvalidRequest, message)
            });
            assert_eq!(read, expected, "{text}");
        };
        check("name=a%20b+c&limit=7", asked(Some(7), "a b c"));
        check("name", asked(None, ""));
        check("", Err("missing field `name`"));
        check(
            "name=a&limit=x",
            Err("limit: invalid digit found in string"),
        );
        check("name=a&name=b", Err("duplicate field `name`"));
        check(
            "name=a&colour=red",
            Err("colour: unknown field `colour`, expected `limit` or `name`"),
        );
    }

    #[test]
    fn a_plus_survives_the_query_string() {
        let check = |given: &str, expected: &str| {
            assert_eq!(key_of_query(given).unwrap().to_string(), expected)
        };
        check("email:ada shop@example.com", "email:ada+shop@example.com");
        check("phone: 15550109999", "phone:+15550109999");
        check("phone:555 010 9999", "phone:555 010 9999");
        check("loyalty_id:a b", "loyalty_id:a b");
    }
}
