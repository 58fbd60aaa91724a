//! The routes of a node, put together. The checks around them are in [`crate::surface`].
//!
//! Every route but those of the tracking table is registered through `routes!`, which
//! puts it into the OpenAPI document as well.

use acquaint_api::ErrorCode;
use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::app::App;
use crate::failure::Failure;
use crate::{routes, tracking};

/// The router of a node.
pub(crate) fn router(app: App) -> Router {
    let tracking =
        Router::from(tracking::router()).method_not_allowed_fallback(tracking::method_not_allowed);
    let try_it_out = SwaggerUi::new("/docs").config(Config::from("/openapi.json"));
    let others = Router::from(routes::bounded())
        .merge(Router::from(routes::operated()))
        .merge(Router::from(routes::unbounded()))
        .merge(try_it_out)
        .method_not_allowed_fallback(async || {
            Failure::new(
                ErrorCode::MethodNotAllowed,
                "this route has other methods; see `Allow`",
            )
        });
    tracking.merge(others).fallback(not_found).with_state(app)
}

/// The routes that describe themselves.
pub(crate) fn documented() -> OpenApiRouter<App> {
    tracking::router()
        .merge(routes::bounded())
        .merge(routes::operated())
        .merge(routes::unbounded())
}

async fn not_found(request: Request) -> Response {
    let message = format!("there is no route {}; see /docs", request.uri().path());
    Failure::new(ErrorCode::NotFound, message).into_response()
}
