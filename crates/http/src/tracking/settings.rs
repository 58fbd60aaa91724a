//! The settings that analytics.js and the mobile SDKs fetch before they send anything.
//!
//! They name this host as the place to send to, so that a site changes one host only.

use acquaint_api::ErrorCode;
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri, header};
use serde_json::{Value, json};

use crate::app::App;
use crate::failure::{Failure, TrackingFailure};

/// Settings for the SDKs in browsers and apps.
#[utoipa::path(
    get,
    path = "/v1/projects/{write_key}/settings",
    tag = "tracking",
    params(("write_key" = String, Path, description = "A write key.")),
    responses(
        (status = 200, description = "Where to send to.", body = Value),
        (status = 404, description = "There is no such write key."),
    ),
)]
pub(crate) async fn settings(
    State(app): State<App>,
    write_key: Result<Path<String>, PathRejection>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Json<Value>, TrackingFailure> {
    // A key that is not UTF-8 when decoded is nobody's.
    let known = write_key.ok().filter(|Path(write_key)| {
        let caller = app.node.authenticate_write(write_key);
        caller.or_else(|| app.node.anonymous()).is_some()
    });
    match known {
        Some(Path(write_key)) => Ok(Json(body(&write_key, &uri, &headers))),
        None => Err(Failure::new(ErrorCode::NotFound, "there is no such write key").into()),
    }
}

fn body(write_key: &str, uri: &Uri, headers: &HeaderMap) -> Value {
    let host = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .or_else(|| uri.authority().map(|authority| authority.as_str()))
        .unwrap_or("localhost");
    let mut segment = json!({"apiKey": write_key, "apiHost": format!("{host}/v1")});
    if let Some(protocol) = protocol(host, headers) {
        segment["protocol"] = protocol.into();
    }
    json!({"integrations": {"Segment.io": segment}})
}

/// The SDKs default to https, which is right but for a node on one's own machine.
fn protocol(host: &str, headers: &HeaderMap) -> Option<&'static str> {
    match headers
        .get("x-forwarded-proto")
        .map(|value| value.as_bytes())
    {
        Some(b"https") => Some("https"),
        Some(b"http") => Some("http"),
        _ => {
            let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
            matches!(name, "localhost" | "127.0.0.1" | "[::1]").then_some("http")
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn check(headers: &[(&'static str, &str)], expected: Value) {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        let body = body(
            "wk",
            &Uri::from_static("/v1/projects/wk/settings"),
            &headers,
        );
        assert_eq!(body["integrations"]["Segment.io"], expected);
    }

    #[test]
    fn the_host_is_the_one_that_was_asked() {
        check(
            &[("host", "cdp.example.com")],
            json!({"apiKey": "wk", "apiHost": "cdp.example.com/v1"}),
        );
        check(
            &[("host", "localhost:8080")],
            json!({"apiKey": "wk", "apiHost": "localhost:8080/v1", "protocol": "http"}),
        );
        check(
            &[("host", "cdp.example.com"), ("x-forwarded-proto", "https")],
            json!({"apiKey": "wk", "apiHost": "cdp.example.com/v1", "protocol": "https"}),
        );
    }
}
