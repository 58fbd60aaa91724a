//! What operators state about identity.

use acquaint_api::ErrorBody;
use acquaint_api::profiles::{FactBody, FactRequest, FactsBody};
use acquaint_node::config::Scope;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::app::App;
use crate::credentials::Authorization;
use crate::extract::{self, Segment};
use crate::failure::Failure;
use crate::reading::{NoParameters, ReadParameters, Reading};

/// The facts that hold, in the order they were stated.
#[utoipa::path(
    get,
    path = "/v1/facts",
    tag = "identity",
    params(ReadParameters),
    responses((status = 200, description = "The facts.", body = FactsBody)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    authorization: Authorization,
    Reading { at, .. }: Reading<NoParameters>,
) -> Result<Response, Failure> {
    let caller = app.caller(&authorization, Scope::FactsRead)?;
    let seen = app.cover(&at).await?;
    let answer = app.node.list_facts(&caller).await;
    Ok(seen.with(answer.map(Json)))
}

/// State a fact; lookups after the answer hold to it.
#[utoipa::path(
    post,
    path = "/v1/facts",
    tag = "identity",
    request_body = FactRequest,
    responses(
        (status = 201, description = "The fact with its id.", body = FactBody),
        (status = 400, description = "The fact is not possible.", body = ErrorBody),
    ),
)]
pub(crate) async fn state(
    State(app): State<App>,
    authorization: Authorization,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<FactBody>), Failure> {
    let caller = app.caller(&authorization, Scope::FactsWrite)?;
    let request: FactRequest = extract::json(&app, &headers, body).await?;
    Ok((
        StatusCode::CREATED,
        Json(app.node.put_fact(&caller, &request).await?),
    ))
}

/// Undo a fact: identity is then exactly as if it had never been stated.
#[utoipa::path(
    delete,
    path = "/v1/facts/{id}",
    tag = "identity",
    params(("id" = String, Path, description = "The id of the fact.")),
    responses(
        (status = 204, description = "It is undone."),
        (status = 404, description = "There is no such fact.", body = ErrorBody),
    ),
)]
pub(crate) async fn undo(
    State(app): State<App>,
    authorization: Authorization,
    Segment(id): Segment,
) -> Result<StatusCode, Failure> {
    let caller = app.caller(&authorization, Scope::FactsWrite)?;
    app.node.undo_fact(&caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
