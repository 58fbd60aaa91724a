//! The surface of a node that serves: the router, and everything that happens around it, in one place.
//!
//! ```text
//! request ─► route table ─► class ─► counted and timed ─► checks of the class ─► router ─► handler
//! ```
//!
//! | class | CORS | this machine only, without keys | ready, permit | time limit |
//! |---|---|---|---|---|
//! | tracking | yes | | yes | yes |
//! | bounded | | yes | yes | yes |
//! | operated | | yes | | yes |
//! | open | | | | |
//!
//! - A request passes one function and one router: layers of the framework would box a future and clone the handler each.
//! - The checks of a class hold for every method of its routes.
//! - Operators, health, metrics and the documentation are outside of the permits: a node that is busy still answers them.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use acquaint_api::ErrorCode;
use axum::Router;
use axum::extract::Request;
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use prometheus::IntGauge;
use tower::{Service, service_fn};

use crate::app::App;
use crate::failure::{Failure, TrackingFailure};
use crate::route_table::{Class, RouteTable};
use crate::{router, same_machine, tracking};

const NOT_READY: &str = "this node is not ready: it has yet to hear from its cluster; send this again, or to another node";

/// The router of a node, with the checks around it. One per server.
pub(crate) struct Surface {
    app: App,
    router: Router,
    routes: RouteTable,
}

impl Surface {
    pub(crate) fn new(app: App) -> Self {
        Self {
            router: router::router(app.clone()),
            routes: RouteTable::new(),
            app,
        }
    }

    /// Answers a request.
    pub(crate) async fn answer(&self, request: Request) -> Response {
        let route = self.routes.at(request.uri().path());
        let method = request.method().clone();
        let began = Instant::now();
        let in_flight = InFlight::begin(&self.app.metrics.in_flight);
        let response = match route.class {
            Class::Open => self.route(request).await,
            Class::Tracking if method == Method::OPTIONS => {
                tracking::cors::preflight(request.uri().path())
            }
            class => self
                .checked(class, request)
                .await
                .unwrap_or_else(|failure| class.refusal(failure)),
        };
        drop(in_flight);
        let metrics = &self.app.metrics;
        route.count(metrics, &method, response.status(), began.elapsed());
        response
    }

    /// Lets a request through the checks of its class.
    async fn checked(&self, class: Class, request: Request) -> Result<Response, Failure> {
        let app = &self.app;
        if class.is_kept_from_pages() && app.node.anonymous().is_some() {
            same_machine::check(request.headers())?;
        }
        let _permit = match class.is_bounded() {
            true if !app.node.is_ready() => {
                return Err(Failure::new(ErrorCode::Unavailable, NOT_READY));
            }
            true => Some(app.acquire(&app.requests, 1, "requests_in_flight_max")?),
            false => None,
        };
        let answered = tokio::time::timeout(app.options.request_time_max, self.route(request));
        let mut response = answered.await.map_err(|_| {
            let refused = &app.metrics.refused;
            refused.with_label_values(&["request_time_max"]).inc();
            let message = "the answer was not ready in time; send this again";
            Failure::new(ErrorCode::Unavailable, message)
        })?;
        if class == Class::Tracking {
            tracking::cors::allow(response.headers_mut());
        }
        Ok(response)
    }

    async fn route(&self, request: Request) -> Response {
        let Ok(response) = self.router.clone().call(request).await;
        response
    }

    /// The surface as a router, for servers that take one.
    pub(crate) fn into_router(self) -> Router {
        let surface = Arc::new(self);
        Router::new().fallback_service(service_fn(move |request: Request| {
            let surface = Arc::clone(&surface);
            async move { Ok::<_, Infallible>(surface.answer(request).await) }
        }))
    }
}

impl Class {
    /// A failure in the form that the clients of the class read.
    fn refusal(self, failure: Failure) -> Response {
        if self != Self::Tracking {
            return failure.into_response();
        }
        let mut response = TrackingFailure::from(failure).into_response();
        tracking::cors::allow(response.headers_mut());
        response
    }
}

/// Counts a request as being served. The count falls when the caller hangs up, too, as that drops the future.
struct InFlight<'a>(&'a IntGauge);

impl<'a> InFlight<'a> {
    fn begin(gauge: &'a IntGauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}
