//! CORS for the tracking API: pages of any origin may send, and read the answer. There are no cookies to protect.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;

use super::is_endpoint;

/// The headers of an answer to a browser that asks what it may send.
const PREFLIGHT: [(HeaderName, HeaderValue); 3] = [
    (
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET,POST"),
    ),
    (
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("authorization,content-type,content-encoding,x-retry-count"),
    ),
    (ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600")),
];

/// The answer to an OPTIONS request of a tracking path.
pub(crate) fn preflight(path: &str) -> Response {
    let mut response = Response::default();
    let headers = response.headers_mut();
    open(headers);
    headers.extend(PREFLIGHT);
    let methods = match is_endpoint(path) {
        true => "POST",
        false => "GET,HEAD",
    };
    headers.insert(ALLOW, HeaderValue::from_static(methods));
    response
}

/// Lets a page of any origin read an answer.
pub(crate) fn allow(headers: &mut HeaderMap) {
    open(headers);
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("retry-after"),
    );
}

fn open(headers: &mut HeaderMap) {
    let varies = "origin, access-control-request-method, access-control-request-headers";
    headers.append(VARY, HeaderValue::from_static(varies));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
}
