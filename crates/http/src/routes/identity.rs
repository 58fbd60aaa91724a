//! Identity as a whole.

use acquaint_api::limits::{CHANGES_PAGE_DEFAULT, CHANGES_PAGE_MAX};
use acquaint_api::profiles::{ProfileChangesBody, RebuildBody, RebuildRequest};
use acquaint_api::{ErrorBody, ErrorCode, TokenError};
use acquaint_node::ChangesFrom;
use acquaint_node::config::Scope;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::credentials::Authorization;
use crate::extract;
use crate::failure::Failure;
use crate::reading::{ReadParameters, Reading};
use crate::routes::export;

/// Derive the evidence about identity again from what is stored: a piece of the work, and where the next piece begins.
#[utoipa::path(
    post,
    path = "/v1/identity/rebuild",
    tag = "identity",
    request_body = RebuildRequest,
    responses(
        (status = 200, description = "How far it came; done when there is no cursor.", body = RebuildBody),
        (status = 400, description = "The cursor was not given by a rebuild.", body = ErrorBody),
    ),
)]
pub(crate) async fn rebuild(
    State(app): State<App>,
    authorization: Authorization,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<RebuildBody>, Failure> {
    let caller = app.caller(&authorization, Scope::Admin)?;
    let request: RebuildRequest = extract::json(&app, &headers, body).await?;
    Ok(Json(app.node.rebuild_identity(&caller, &request).await?))
}

/// Take out what the partition is computed from: rules, facts and evidence, one JSON object per line.
#[utoipa::path(
    get,
    path = "/v1/identity/evidence",
    tag = "identity",
    responses(
        (status = 200, description = "Lines of JSON.", content_type = "application/x-ndjson",
            body = acquaint_api::profiles::EvidenceLine),
        (status = 503, description = "Too many exports at once.", body = ErrorBody),
    ),
)]
pub(crate) async fn evidence(
    State(app): State<App>,
    authorization: Authorization,
) -> Result<Response, Failure> {
    let caller = app.caller(&authorization, Scope::Export)?;
    let permit = app.acquire(&app.exports, 1, "exports_in_flight_max")?;
    let chunks = app.node.evidence(&caller).await?;
    Ok(export::lines(chunks, permit))
}

/// Which changes to send.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangesParameters {
    /// `cursor` of the page before, or `now` for a cursor of the present and no changes; the oldest that are kept without it.
    cursor: Option<String>,
    /// How many to send, 1 to 1,000; 100 without it.
    limit: Option<usize>,
}

/// Which profile ids became which, in the order in which it happened: merges, splits and new names, with their causes.
#[utoipa::path(
    get,
    path = "/v1/identity/changes",
    tag = "identity",
    params(ChangesParameters, ReadParameters),
    responses(
        (status = 200, description = "One page.", body = ProfileChangesBody),
        (status = 400, description = "A parameter is wrong.", body = ErrorBody),
        (status = 410, description = "The changes after the cursor are forgotten.", body = ErrorBody),
    ),
)]
pub(crate) async fn changes(
    State(app): State<App>,
    authorization: Authorization,
    Reading { parameters, at }: Reading<ChangesParameters>,
) -> Result<Response, Failure> {
    let caller = app.caller(&authorization, Scope::Export)?;
    let limit = parameters.limit.unwrap_or(CHANGES_PAGE_DEFAULT);
    if !(1..=CHANGES_PAGE_MAX).contains(&limit) {
        let message = format!("`limit` is between 1 and {CHANGES_PAGE_MAX}");
        return Err(Failure::new(ErrorCode::InvalidRequest, message));
    }
    let from = match parameters.cursor.as_deref() {
        None => ChangesFrom::Oldest,
        Some("now") => ChangesFrom::Now,
        Some(text) => ChangesFrom::Cursor(text.parse().map_err(|error: TokenError| {
            Failure::new(ErrorCode::InvalidToken, format!("`cursor`: {error}"))
        })?),
    };
    let seen = app.cover(&at).await?;
    let answer = app.node.profile_changes(&caller, from, limit).await;
    Ok(seen.with(answer.map(Json)))
}
