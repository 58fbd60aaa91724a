//! Everything of a workspace, as NDJSON in canonical order.
//!
//! The stream is made as it is read: memory is bounded by a few chunks, and a reader that
//! stops reading stops the export. An export that fails midway breaks the connection off,
//! so that a cut file is never taken for a whole one.

use acquaint_api::ErrorBody;
use acquaint_node::Error;
use acquaint_node::config::Scope;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::Receiver;

use crate::app::App;
use crate::credentials::Authorization;
use crate::failure::Failure;
use crate::reading::{NoParameters, ReadParameters, Reading};

/// Export the workspace: first its profiles, then its interactions, one JSON object per line.
#[utoipa::path(
    get,
    path = "/v1/export",
    tag = "export",
    params(ReadParameters),
    responses(
        (status = 200, description = "Lines of JSON.", content_type = "application/x-ndjson",
            body = acquaint_api::profiles::ExportLine),
        (status = 503, description = "Too many exports at once.", body = ErrorBody),
    ),
)]
pub(crate) async fn export(
    State(app): State<App>,
    authorization: Authorization,
    Reading { at, .. }: Reading<NoParameters>,
) -> Result<Response, Failure> {
    let caller = app.caller(&authorization, Scope::Export)?;
    let permit = app.acquire(&app.exports, 1, "exports_in_flight_max")?;
    let seen = app.cover(&at).await?;
    let chunks = app.node.export(&caller).await;
    Ok(seen.with(chunks.map(|chunks| lines(chunks, permit))))
}

/// An answer of lines as they come.
pub(super) fn lines(
    chunks: Receiver<Result<Bytes, Error>>,
    permit: OwnedSemaphorePermit,
) -> Response {
    // The permit lives in the stream's state, so it is held until the last byte or the hang-up.
    let stream = futures::stream::unfold((chunks, permit), |(mut chunks, permit)| async move {
        let chunk = chunks.recv().await?;
        if let Err(error) = &chunk {
            tracing::error!(%error, "an export broke off");
        }
        Some((chunk, (chunks, permit)))
    });
    let headers = [(header::CONTENT_TYPE, "application/x-ndjson")];
    (headers, Body::from_stream(stream)).into_response()
}
