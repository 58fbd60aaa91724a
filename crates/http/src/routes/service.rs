//! Whether the node is well, and what it counts.

use acquaint_api::ErrorCode;
use acquaint_api::profiles::HealthBody;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;

use crate::app::App;
use crate::failure::{Failure, RETRY_AFTER_SECONDS_DEFAULT};
use crate::json_text::JsonText;

/// Whether the process answers; restart it when it does not.
#[utoipa::path(
    get,
    path = "/health/live",
    tag = "service",
    responses((status = 200, description = "It answers.", body = serde_json::Value)),
)]
pub(crate) async fn live() -> JsonText {
    JsonText(Bytes::from_static(br#"{"live":true}"#))
}

/// Whether the node takes requests; send none while it does not.
#[utoipa::path(
    get,
    path = "/health/ready",
    tag = "service",
    responses(
        (status = 200, description = "It takes requests.", body = HealthBody),
        (status = 503, description = "Not yet, or not any more; `problems` says why.", body = HealthBody),
    ),
)]
pub(crate) async fn ready(State(app): State<App>) -> Result<Response, Failure> {
    let health = app.node.health()?;
    if health.ready {
        return Ok(Json(health).into_response());
    }
    let retry_after = [(header::RETRY_AFTER, RETRY_AFTER_SECONDS_DEFAULT.to_string())];
    let status = StatusCode::SERVICE_UNAVAILABLE;
    Ok((status, retry_after, Json(health)).into_response())
}

/// Counters and timings in the text format of Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "service",
    responses((status = 200, description = "The metrics.", content_type = "text/plain", body = String)),
)]
pub(crate) async fn metrics(State(app): State<App>) -> Result<impl IntoResponse, Failure> {
    let text = app
        .metrics
        .text(app.node.metrics().registry())
        .map_err(|error| {
            tracing::error!(%error, "the metrics could not be written");
            Failure::new(ErrorCode::Internal, "the metrics could not be written")
        })?;
    Ok((
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        text,
    ))
}
