//! What a read promises: asked for in the query string of any read, told in the headers of its answer.
//!
//! | parameter | header of the answer |
//! |---|---|
//! | `consistency` | `acquaint-consistency`: what was promised |
//! | `after` | `acquaint-position`: what was applied here when it was read, at least |
//! | `max_staleness` | `acquaint-age-ms`: how far behind the leaders that is, where it is known |
//!
//! Without any of them a read is local; with `after` alone it is one of a session.

use std::borrow::Cow;

use acquaint_api::cluster::Consistency;
use acquaint_api::{ErrorCode, TokenError};
use acquaint_node::{Covered, ReadAt};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use crate::app::App;
use crate::extract;
use crate::failure::Failure;

const CONSISTENCY: HeaderName = HeaderName::from_static("acquaint-consistency");
const POSITION: HeaderName = HeaderName::from_static("acquaint-position");
const AGE_MS: HeaderName = HeaderName::from_static("acquaint-age-ms");

/// The parameters by their names, as they stand in the query string of every read.
const NAMES: [&str; 3] = ["consistency", "after", "max_staleness"];

/// What the answer must have seen.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadParameters {
    /// `strong`: whatever was acknowledged before, through any node. `session`: what `after` names. `local`: what the node
    /// has. Without it, `session` where there is `after`, else `local`.
    #[param(inline)]
    consistency: Option<Consistency>,
    /// A position that the answer must have seen.
    after: Option<String>,
    /// How far behind the leaders the answer may be, in milliseconds.
    max_staleness: Option<u64>,
}

impl ReadParameters {
    /// With the position of the body, where the query string has none.
    pub(crate) fn or_after(mut self, after: Option<String>) -> Result<Self, Failure> {
        if self.after.is_some() && after.is_some() {
            let message = "`after` is in the query string and in the body: say it once";
            return Err(Failure::new(ErrorCode::InvalidRequest, message));
        }
        self.after = self.after.or(after);
        Ok(self)
    }

    pub(crate) fn read_at(self) -> Result<ReadAt, Failure> {
        let bounded = self.max_staleness.is_some();
        let consistency = Consistency::of(self.consistency, self.after.is_some(), bounded);
        let consistency = consistency
            .map_err(|error| Failure::new(ErrorCode::InvalidRequest, error.to_string()))?;
        let after = self.after.as_deref().map(str::parse).transpose();
        Ok(ReadAt {
            consistency,
            after: after.map_err(|error: TokenError| {
                Failure::new(ErrorCode::InvalidToken, format!("`after`: {error}"))
            })?,
            max_staleness_ms: self.max_staleness,
        })
    }
}

/// The query string of a read: what it asks, and what the answer must have seen.
pub(crate) struct Reading<T> {
    pub(crate) parameters: T,
    pub(crate) at: ReadAt,
}

/// Of a read that asks nothing but what every read may ask.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoParameters {}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Reading<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Failure> {
        let (common, own) = split(parts.uri.query().unwrap_or_default());
        let common: ReadParameters = extract::query(&common)?;
        Ok(Self {
            parameters: extract::query(&own)?,
            at: common.read_at()?,
        })
    }
}

/// The parameters that every read has, and those of the route. Only a query string of both is copied.
fn split(query: &str) -> (Cow<'_, str>, Cow<'_, str>) {
    let is_common = |pair: &&str| NAMES.contains(&pair.split('=').next().unwrap_or_default());
    let mut pairs = query.split('&');
    let common_first = pairs.next().is_some_and(|pair| is_common(&pair));
    if pairs.all(|pair| is_common(&pair) == common_first) {
        return match common_first {
            true => (query.into(), "".into()),
            false => ("".into(), query.into()),
        };
    }
    let (common, own): (Vec<&str>, Vec<&str>) = query.split('&').partition(is_common);
    (common.join("&").into(), own.join("&").into())
}

/// From where an answer was read, for its headers.
pub(crate) struct Seen(Covered);

impl App {
    /// Waits until what was asked for can be read here; to be called once it is known who asks.
    pub(crate) async fn cover(&self, at: &ReadAt) -> Result<Seen, Failure> {
        Ok(Seen(self.node.cover(at).await?))
    }
}

impl Seen {
    /// An answer from there; that something is not there is one, too.
    pub(crate) fn with(self, answer: Result<impl IntoResponse, impl Into<Failure>>) -> Response {
        match answer {
            Ok(answer) => (self, answer).into_response(),
            Err(error) => (self, error.into()).into_response(),
        }
    }
}

impl IntoResponseParts for Seen {
    type Error = Failure;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Failure> {
        let headers = parts.headers_mut();
        let consistency = HeaderValue::from_static(self.0.consistency.as_str());
        headers.insert(CONSISTENCY, consistency);
        let position = HeaderValue::try_from(self.0.position.text()).map_err(|error| {
            tracing::error!(%error, "a position is no text for a header");
            Failure::new(ErrorCode::Internal, "the position could not be told")
        })?;
        headers.insert(POSITION, position);
        if let Some(age_ms) = self.0.age_ms {
            headers.insert(AGE_MS, HeaderValue::from(age_ms));
        }
        Ok(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_string_is_taken_apart_by_its_names() {
        let check = |query: &str, common: &str, own: &str| {
            assert_eq!(split(query), (common.into(), own.into()), "{query}");
        };
        check("", "", "");
        check("a=1&b=after", "", "a=1&b=after");
        check("a=1&after=p&b=after", "after=p", "a=1&b=after");
        check(
            "max_staleness=5&consistency",
            "max_staleness=5&consistency",
            "",
        );
        check("afterwards=1&after_=2", "", "afterwards=1&after_=2");
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let check = |query: &str, message: Option<&str>| {
            let asked = extract::query::<ReadParameters>(query).and_then(ReadParameters::read_at);
            match (asked, message) {
                (Ok(_), None) => {}
                (Err(failure), Some(part)) if failure.message.contains(part) => {}
                (asked, _) => panic!("{query}: {asked:?}"),
            }
        };
        check("", None);
        check("consistency=strong", None);
        check("consistency=local&max_staleness=100", None);
        check("consistency=session", Some("needs `after`"));
        check("consistency=local&after=x", Some("waits for nothing"));
        check("consistency=strong&max_staleness=1", Some("never stale"));
        check("consistency=Strong", Some("consistency"));
        check("max_staleness=soon", Some("max_staleness"));
        check("after=x", Some("`after`"));
        check("consistency=strong&consistency=local", Some("duplicate"));
    }
}
