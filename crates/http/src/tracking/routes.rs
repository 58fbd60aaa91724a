//! The routes of the tracking API.
//!
//! The SDKs name the same eight calls in many ways; [`ENDPOINTS`] is the one table that
//! both the router and the OpenAPI document are made from. An answer is exactly 200 with
//! `"success": true`, or an error in the form that the SDKs parse; never a redirect.

use std::time::Instant;

use acquaint_api::limits::{BATCH_BYTES_MAX, MESSAGE_BYTES_MAX};
use acquaint_api::tracking::{MessageKind, Report, Verdict};
use acquaint_api::{ErrorCode, Position};
use acquaint_node::{Ack, IngestOptions};
use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::{ContentBuilder, HttpMethod, OpenApi, PathItem, Ref, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::parse::{self, Parsed};
use super::settings;
use crate::app::App;
use crate::body;
use crate::failure::{Failure, TrackingFailure};

/// What a tracking path takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// One message of this kind.
    Single(MessageKind),
    /// Many messages.
    Batch,
    /// What an SDK measures about itself; taken and thrown away.
    SdkMetrics,
}

/// Every tracking path that takes a POST.
pub(crate) const ENDPOINTS: [(&str, Endpoint); 17] = [
    ("/v1/identify", Endpoint::Single(MessageKind::Identify)),
    ("/v1/i", Endpoint::Single(MessageKind::Identify)),
    ("/v1/track", Endpoint::Single(MessageKind::Track)),
    ("/v1/t", Endpoint::Single(MessageKind::Track)),
    ("/v1/page", Endpoint::Single(MessageKind::Page)),
    ("/v1/p", Endpoint::Single(MessageKind::Page)),
    ("/v1/screen", Endpoint::Single(MessageKind::Screen)),
    ("/v1/s", Endpoint::Single(MessageKind::Screen)),
    ("/v1/group", Endpoint::Single(MessageKind::Group)),
    ("/v1/g", Endpoint::Single(MessageKind::Group)),
    ("/v1/alias", Endpoint::Single(MessageKind::Alias)),
    ("/v1/a", Endpoint::Single(MessageKind::Alias)),
    ("/v1/batch", Endpoint::Batch),
    ("/v1/b", Endpoint::Batch),
    ("/v1/import", Endpoint::Batch),
    ("/v1/import/", Endpoint::Batch),
    ("/v1/m", Endpoint::SdkMetrics),
];

/// Every tracking path.
pub(crate) fn paths() -> impl Iterator<Item = String> {
    let settings = OpenApiRouter::<App>::new().routes(routes!(settings::settings));
    let settings = settings.into_openapi().paths.paths.into_keys();
    settings.chain(ENDPOINTS.map(|(path, _)| path.to_owned()))
}

/// Whether a path is one that SDKs send messages to.
pub(crate) fn is_endpoint(path: &str) -> bool {
    ENDPOINTS.iter().any(|(known, _)| *known == path)
}

/// The answer to a request whose messages were judged.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrackingAnswer {
    /// Always true.
    success: bool,
    /// One per message, in the order of the batch.
    verdicts: Vec<Verdict>,
    /// Give it as `after=` to a read that must see these messages.
    #[schema(value_type = String)]
    position: Position,
}

/// The routes.
pub(crate) fn router() -> OpenApiRouter<App> {
    let mut router = OpenApiRouter::new().routes(routes!(settings::settings));
    for (path, endpoint) in ENDPOINTS {
        let handler = move |State(app): State<App>, request: Request| async move {
            let (head, body) = request.into_parts();
            answer(&app, endpoint, &head, body)
                .await
                .unwrap_or_else(IntoResponse::into_response)
        };
        router = router.route(path, post(handler));
    }
    router
}

/// The answer to a tracking path with another method.
pub(crate) async fn method_not_allowed() -> Response {
    let message = "tracking calls are POST requests, and settings GET; see `Allow`";
    TrackingFailure::from(Failure::new(ErrorCode::MethodNotAllowed, message)).into_response()
}

async fn answer(
    app: &App,
    endpoint: Endpoint,
    head: &Parts,
    body: Body,
) -> Result<Response, TrackingFailure> {
    let headers = &head.headers;
    let bytes_max = match endpoint {
        Endpoint::Single(_) => MESSAGE_BYTES_MAX,
        Endpoint::Batch | Endpoint::SdkMetrics => BATCH_BYTES_MAX,
    };
    let _permit = app.admit_body(headers, bytes_max)?;
    let bytes = body::read(headers, body, bytes_max, app.options.body_time_max).await?;
    app.metrics.body_bytes.inc_by(bytes.len() as u64);
    if headers
        .get("x-retry-count")
        .is_some_and(|count| count != "0")
    {
        app.metrics.retries.inc();
    }
    let parsed = match endpoint {
        Endpoint::Single(kind) => parse::single(&bytes, kind)?,
        Endpoint::Batch => parse::batch(&bytes)?,
        Endpoint::SdkMetrics => return Ok(Json(json!({"success": true})).into_response()),
    };
    drop(bytes);
    let report = ingest(app, head, parsed, endpoint).await?;
    for verdict in &report.verdicts {
        app.metrics
            .verdicts
            .with_label_values(&[verdict.verdict.as_str()])
            .inc();
    }
    let Report { verdicts, position } = report;
    Ok((
        StatusCode::OK,
        Json(TrackingAnswer {
            success: true,
            verdicts,
            position,
        }),
    )
        .into_response())
}

async fn ingest(
    app: &App,
    head: &Parts,
    parsed: Parsed,
    endpoint: Endpoint,
) -> Result<Report, TrackingFailure> {
    let caller = app.writer(&head.headers, parsed.write_key.as_deref())?;
    let options = IngestOptions {
        ack: ack(&head.uri)?,
        source: None,
    };
    if let (Endpoint::Single(_), [Err(rejection)]) = (endpoint, parsed.messages.as_slice()) {
        return Err(rejection.clone().into());
    }
    if let Some(limiter) = &app.limiter {
        let key = (caller.workspace, caller.source.clone());
        limiter
            .admit(key, parsed.messages.len(), Instant::now())
            .map_err(|seconds| {
                app.metrics
                    .refused
                    .with_label_values(&["key_messages_per_second_max"])
                    .inc();
                Failure::new(
                    ErrorCode::RateLimited,
                    "this key sends more messages per second than its share",
                )
                .retry_after(seconds)
            })?;
    }
    let report = app.node.ingest(&caller, parsed.messages, &options).await?;
    if let (Endpoint::Single(_), [verdict]) = (endpoint, report.verdicts.as_slice())
        && let Some(rejection) = verdict.rejection()
    {
        return Err(rejection.into());
    }
    Ok(report)
}

/// What the answer waits for: durability and identity, or with `ack=durable` the first alone.
fn ack(uri: &Uri) -> Result<Ack, Failure> {
    let mut ack = Ack::Identified;
    for pair in uri.query().unwrap_or_default().split('&') {
        match pair.split_once('=') {
            Some(("ack", "durable")) => ack = Ack::Durable,
            Some(("ack", "identified")) => ack = Ack::Identified,
            Some(("ack", _)) => {
                let message = "`ack` is `identified` (the default) or `durable`";
                return Err(Failure::new(ErrorCode::InvalidRequest, message));
            }
            // SDKs and proxies add parameters of their own.
            _ => {}
        }
    }
    Ok(ack)
}

/// Adds the tracking paths to the OpenAPI document, from the table that routes them.
pub(crate) fn document(api: &mut OpenApi) {
    for (path, endpoint) in ENDPOINTS {
        let summary = match endpoint {
            Endpoint::Single(kind) => format!("Take one {kind} message."),
            Endpoint::Batch => "Take up to 2,500 messages of any kind.".to_owned(),
            Endpoint::SdkMetrics => {
                "Take what an SDK measures about itself, and forget it.".to_owned()
            }
        };
        let json = |schema: &str| {
            ContentBuilder::new()
                .schema(Some(Ref::from_schema_name(schema)))
                .build()
        };
        let failed = |description: &str| {
            ResponseBuilder::new()
                .description(description)
                .content("application/json", json("TrackingError"))
                .build()
        };
        let ack = ParameterBuilder::new()
            .name("ack")
            .parameter_in(ParameterIn::Query)
            .description(Some(
                "`identified` (default): lookups see it; `durable`: it is safe on disk.",
            ))
            .schema(Some(utoipa::openapi::schema::Object::with_type(
                utoipa::openapi::schema::Type::String,
            )))
            .build();
        let taken = ResponseBuilder::new()
            .description("Every message was judged.")
            .content("application/json", json("TrackingAnswer"));
        let operation = OperationBuilder::new()
            .tag("tracking")
            .summary(Some(summary))
            .operation_id(Some(path.trim_start_matches('/').replace('/', "_")))
            .parameter(ack)
            .request_body(Some(
                RequestBodyBuilder::new()
                    .content("application/json", json("TrackingBody"))
                    .build(),
            ))
            .response("200", taken)
            .response(
                "400",
                failed("The body or its only message is not acceptable."),
            )
            .response("401", failed("No valid write key."))
            .response(
                "429",
                failed("More than the key's share; see `Retry-After`."),
            )
            .response(
                "503",
                failed("Not known to be durable; the same request may be sent again."),
            )
            .build();
        api.paths
            .paths
            .insert(path.to_owned(), PathItem::new(HttpMethod::Post, operation));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ack_is_checked() {
        let ack = |text: &'static str| ack(&Uri::from_static(text)).map_err(|failure| failure.code);
        assert_eq!(ack("/v1/track"), Ok(Ack::Identified));
        assert_eq!(ack("/v1/track?x=1&ack=durable"), Ok(Ack::Durable));
        assert_eq!(ack("/v1/track?ack="), Err(ErrorCode::InvalidRequest));
    }
}
