//! The documentation that the server itself serves: the OpenAPI document and a page per
//! error code.

use std::sync::LazyLock;

use acquaint_api::{ErrorBody, ErrorCode};
use axum::Json;
use axum::http::header;
use axum::response::IntoResponse;
use utoipa::openapi::OpenApi;

use crate::extract::Segment;
use crate::failure::Failure;

/// The paths of the page to try the API out on.
pub(crate) const TRY_IT_OUT_PATHS: [&str; 3] = ["/docs", "/docs/", "/docs/{*rest}"];

/// Made once: it depends on nothing that changes while a process lives.
static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(crate::openapi::document);

macro_rules! error_pages {
    ($($code:literal),* $(,)?) => {
        [$(($code, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors/", $code, ".md")))),*]
    };
}

/// Code and page, compiled in, so that the link in an error works on any machine.
pub(crate) const ERROR_PAGES: [(&str, &str); ErrorCode::ALL.len()] = error_pages![
    "invalid_request",
    "invalid_json",
    "invalid_encoding",
    "invalid_message",
    "too_large",
    "invalid_key",
    "invalid_token",
    "invalid_rules",
    "unauthorized",
    "forbidden",
    "not_found",
    "profile_not_found",
    "fact_not_found",
    "node_not_found",
    "method_not_allowed",
    "timeout",
    "identifier_shared",
    "identifier_blocked",
    "rules_conflict",
    "cluster_conflict",
    "cursor_expired",
    "rate_limited",
    "overloaded",
    "unavailable",
    "disk_low",
    "internal",
];

/// This document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "service",
    responses((status = 200, description = "The OpenAPI document.", body = serde_json::Value)),
)]
pub(crate) async fn document() -> Json<&'static OpenApi> {
    Json(&DOCUMENT)
}

/// What an error code means and what to do.
#[utoipa::path(
    get,
    path = "/docs/errors/{code}",
    tag = "service",
    params(("code" = String, Path, description = "The code of an error.", example = "profile_not_found")),
    responses(
        (status = 200, description = "The page.", content_type = "text/markdown", body = String),
        (status = 404, description = "There is no such code.", body = ErrorBody),
    ),
)]
pub(crate) async fn error_page(Segment(code): Segment) -> Result<impl IntoResponse, Failure> {
    let page = ERROR_PAGES.into_iter().find(|(known, _)| *known == code);
    let (_, page) =
        page.ok_or_else(|| Failure::new(ErrorCode::NotFound, "there is no such error code"))?;
    Ok((
        [(header::CONTENT_TYPE, "text/markdown; charset=utf-8")],
        page,
    ))
}
