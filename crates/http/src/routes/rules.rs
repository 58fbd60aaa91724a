//! The rules of identity.

use acquaint_api::profiles::{EpochBody, RulesBody, RulesRequest, RulesTextBody};
use acquaint_api::{ErrorBody, ErrorCode};
use acquaint_node::config::Scope;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use crate::app::App;
use crate::credentials::Authorization;
use crate::extract::{self, Segment};
use crate::failure::Failure;

/// Under which rules the workspace lives, and which are being built.
#[utoipa::path(
    get,
    path = "/v1/identity/rules",
    operation_id = "list_rules",
    tag = "identity",
    responses((status = 200, description = "The rules, by epoch.", body = RulesBody)),
)]
pub(crate) async fn list(
    State(app): State<App>,
    authorization: Authorization,
) -> Result<Json<RulesBody>, Failure> {
    let caller = app.caller(&authorization, Scope::FactsRead)?;
    Ok(Json(app.node.rules(&caller).await?))
}

/// The rules of an epoch as they were given.
#[utoipa::path(
    get,
    path = "/v1/identity/rules/{epoch}",
    tag = "identity",
    params(("epoch" = u32, Path, description = "The number of the epoch.")),
    responses(
        (status = 200, description = "The text of the rules.", body = RulesTextBody),
        (status = 400, description = "The rules of this epoch are not kept.", body = ErrorBody),
    ),
)]
pub(crate) async fn text(
    State(app): State<App>,
    authorization: Authorization,
    Segment(epoch): Segment,
) -> Result<Json<RulesTextBody>, Failure> {
    let caller = app.caller(&authorization, Scope::FactsRead)?;
    Ok(Json(app.node.rules_text(&caller, number(&epoch)?).await?))
}

/// Build a partition under other rules, beside the one that serves.
#[utoipa::path(
    post,
    path = "/v1/identity/rules",
    tag = "identity",
    request_body = RulesRequest,
    responses(
        (status = 202, description = "The epoch that is being built.", body = EpochBody),
        (status = 400, description = "The rules are not possible.", body = ErrorBody),
        (status = 409, description = "Others are being built, or removed.", body = ErrorBody),
    ),
)]
pub(crate) async fn build(
    State(app): State<App>,
    authorization: Authorization,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<EpochBody>), Failure> {
    let caller = app.caller(&authorization, Scope::Admin)?;
    let request: RulesRequest = extract::json(&app, &headers, body).await?;
    let epoch = app.node.build_rules(&caller, &request).await?;
    Ok((StatusCode::ACCEPTED, Json(epoch)))
}

/// Have the partition serve that was built; lookups after the answer follow its rules.
#[utoipa::path(
    post,
    path = "/v1/identity/rules/{epoch}/switch",
    tag = "identity",
    params(("epoch" = u32, Path, description = "The epoch that is built.")),
    responses(
        (status = 200, description = "Under which rules the workspace lives now.", body = RulesBody),
        (status = 409, description = "It is not built, or not ready.", body = ErrorBody),
    ),
)]
pub(crate) async fn switch(
    State(app): State<App>,
    authorization: Authorization,
    Segment(epoch): Segment,
) -> Result<Json<RulesBody>, Failure> {
    let caller = app.caller(&authorization, Scope::Admin)?;
    app.node.switch_rules(&caller, number(&epoch)?).await?;
    Ok(Json(app.node.rules(&caller).await?))
}

/// Give a partition up that is being built.
#[utoipa::path(
    delete,
    path = "/v1/identity/rules/{epoch}",
    tag = "identity",
    params(("epoch" = u32, Path, description = "The epoch that is being built.")),
    responses(
        (status = 204, description = "It is built no longer."),
        (status = 409, description = "It is not being built.", body = ErrorBody),
    ),
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    authorization: Authorization,
    Segment(epoch): Segment,
) -> Result<StatusCode, Failure> {
    let caller = app.caller(&authorization, Scope::Admin)?;
    app.node.cancel_rules(&caller, number(&epoch)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn number(text: &str) -> Result<u32, Failure> {
    text.parse().map_err(|_| {
        Failure::new(
            ErrorCode::InvalidRequest,
            "the number of an epoch is wanted; GET /v1/identity/rules lists them",
        )
    })
}
