//! What keeps web pages away from a node without keys.
//!
//! Such a node answers whoever reaches it, and it listens on loopback only. A browser on the same machine reaches it too,
//! on behalf of any page: by a name of the page's own that leads to loopback (DNS rebinding), or by a request across
//! origins, which a browser sends even where it keeps the answer from the page. So where no key protects the API, the name
//! that was asked for and the page that asked must be of this machine.
//!
//! Tracking routes are left out: a page may send interactions, and learns nothing by it.

use std::net::IpAddr;

use acquaint_api::ErrorCode;
use axum::http::HeaderMap;
use axum::http::header::{HOST, HeaderName, ORIGIN};

use crate::failure::Failure;

/// Refuses what comes by another name, or from a page of another machine.
pub(crate) fn check(headers: &HeaderMap) -> Result<(), Failure> {
    if is_of_this_machine(headers) {
        return Ok(());
    }
    let message = "this node has no keys, so it answers only by a loopback name and to pages of this machine; \
                   configure a token to reach it otherwise";
    Err(Failure::new(ErrorCode::Forbidden, message))
}

fn is_of_this_machine(headers: &HeaderMap) -> bool {
    let host = text(headers, &HOST).map(is_loopback);
    let origin = text(headers, &ORIGIN).map(|origin| {
        // A page without an origin of its own (`null`) is of no machine.
        origin
            .split_once("://")
            .is_some_and(|(_, authority)| is_loopback(authority))
    });
    host.unwrap_or(true) && origin.unwrap_or(true)
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    // What is not text is no name of this machine.
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

/// Whether `host` or `host:port` names this machine.
fn is_loopback(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine() {
        for (authority, expected) in [
            ("127.0.0.1:8080", true),
            ("127.8.9.10", true),
            ("[::1]:8080", true),
            ("localhost:8080", true),
            ("LocalHost.", true),
            ("shop.localhost:3000", true),
            ("example.com", false),
            ("localhost.example.com", false),
            ("127.0.0.1.example.com:8080", false),
            ("192.0.2.1", false),
            ("", false),
            ("?", false),
        ] {
            assert_eq!(is_loopback(authority), expected, "{authority}");
        }
    }
}
