//! Identity as a whole.

use acquaint_api::ErrorBody;
use acquaint_api::profiles::{RebuildBody, RebuildRequest};
use acquaint_node::config::Scope;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::app::App;
use crate::extract;
use crate::failure::Failure;
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
    headers: HeaderMap,
    body: Body,
) -> Result<Json<RebuildBody>, Failure> {
    let caller = app.caller(&headers, Scope::Admin)?;
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
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let caller = app.caller(&headers, Scope::Export)?;
    let permit = app.acquire(&app.exports, 1, "exports_in_flight_max")?;
    let chunks = app.node.evidence(&caller).await?;
    Ok(export::lines(chunks, permit))
}
