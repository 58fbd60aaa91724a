//! Identity as a whole.

use acquaint_api::ErrorBody;
use acquaint_api::profiles::{RebuildBody, RebuildRequest};
use acquaint_node::config::Scope;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;

use crate::app::App;
use crate::extract;
use crate::failure::Failure;

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
