//! The whole surface, put together.
//!
//! ```text
//!   measure ─┬─ CORS ─ ready, bound ─ tracking calls        {"success":false,…}
//!            ├─ same machine ─ ready, bound ─ profiles, …     {"error":{…}}
//!            ├─ same machine ─ cluster
//!            ├─ health, metrics, documents
//!            └─ no such route, no such method
//! ```
//!
//! Every route but those of the tracking table is registered through `routes!`, which
//! puts it into the OpenAPI document as well.

use acquaint_api::ErrorCode;
use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::app::App;
use crate::failure::Failure;
use crate::{middleware, routes, same_machine, tracking};

/// The router of a server.
pub(crate) fn router(app: App) -> Router {
    let tracking = Router::from(tracking::router())
        .method_not_allowed_fallback(tracking::method_not_allowed)
        .layer(from_fn_with_state(app.clone(), middleware::bound_tracking))
        .layer(tracking::cors());
    let bounded = Router::from(routes::bounded())
        .layer(from_fn_with_state(app.clone(), middleware::bound))
        .layer(from_fn_with_state(app.clone(), same_machine::require));
    let operated = Router::from(routes::operated())
        .layer(from_fn_with_state(app.clone(), middleware::timed))
        .layer(from_fn_with_state(app.clone(), same_machine::require));
    let try_it_out = SwaggerUi::new("/docs").config(Config::from("/openapi.json"));
    let others = Router::from(routes::unbounded())
        .merge(bounded)
        .merge(operated)
        .merge(try_it_out)
        .method_not_allowed_fallback(async || {
            Failure::new(
                ErrorCode::MethodNotAllowed,
                "this route has other methods; see `Allow`",
            )
        });
    Router::new()
        .merge(tracking)
        .merge(others)
        .fallback(not_found)
        .layer(from_fn_with_state(app.clone(), middleware::measure))
        .with_state(app)
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
