//! What happens around every request: it is counted, bounded in number and in time, and refused by a node that is not ready.
//!
//! Health, metrics, the documentation and the cluster are outside of the bounds, so that a node that
//! is busy can still say so.

use std::time::Instant;

use acquaint_api::ErrorCode;
use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::failure::{Failure, TrackingFailure};

/// Counts and times a request under the route that it matched.
pub(crate) async fn measure(State(app): State<App>, request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let method = method_label(request.method());
    let start = Instant::now();
    app.metrics.in_flight.inc();
    // A caller that hangs up drops this future: the gauge must fall then, too.
    let gauge = Decrement(app.clone());
    let response = next.run(request).await;
    drop(gauge);
    app.metrics
        .seconds
        .with_label_values(&[&route])
        .observe(start.elapsed().as_secs_f64());
    let status = response.status();
    app.metrics
        .requests
        .with_label_values(&[route.as_str(), method, status.as_str()])
        .inc();
    response
}

struct Decrement(App);

impl Drop for Decrement {
    fn drop(&mut self) {
        self.0.metrics.in_flight.dec();
    }
}

fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::HEAD => "HEAD",
        _ => "other",
    }
}

/// Bounds requests in number and time; failures in the form of most routes.
pub(crate) async fn bound(State(app): State<App>, request: Request, next: Next) -> Response {
    bounded(&app, request, next)
        .await
        .unwrap_or_else(IntoResponse::into_response)
}

/// Bounds requests in number and time; failures in the form that the SDKs parse.
pub(crate) async fn bound_tracking(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    bounded(&app, request, next)
        .await
        .unwrap_or_else(|failure| TrackingFailure::from(failure).into_response())
}

/// Bounds requests in time alone: operators are answered by a busy node, too.
pub(crate) async fn timed(State(app): State<App>, request: Request, next: Next) -> Response {
    in_time(&app, request, next)
        .await
        .unwrap_or_else(IntoResponse::into_response)
}

async fn bounded(app: &App, request: Request, next: Next) -> Result<Response, Failure> {
    if !app.node.is_ready() {
        let message = "this node is not ready: it has yet to hear from its cluster; send this again, or to another node";
        return Err(Failure::new(ErrorCode::Unavailable, message));
    }
    let _permit = app.acquire(&app.requests, 1, "requests_in_flight_max")?;
    in_time(app, request, next).await
}

async fn in_time(app: &App, request: Request, next: Next) -> Result<Response, Failure> {
    tokio::time::timeout(app.options.request_time_max, next.run(request))
        .await
        .map_err(|_| {
            app.metrics
                .refused
                .with_label_values(&["request_time_max"])
                .inc();
            Failure::new(
                ErrorCode::Unavailable,
                "the answer was not ready in time; send this again",
            )
        })
}
