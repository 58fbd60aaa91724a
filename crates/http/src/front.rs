//! What the listener leads to: a router that can be put in place of another while connections are open.
//!
//! ```text
//! starting ─► unformed ─► starting ─► the node's
//! ```

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use acquaint_api::ErrorCode;
use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, Version, header};
use axum::response::{IntoResponse, Response};
use tower::{ServiceExt, service_fn};

use crate::failure::{Failure, TrackingFailure};
use crate::{routes, tracking};

/// The router in place. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Front {
    router: Arc<ArcSwap<Router>>,
    stopping: Arc<AtomicBool>,
}

impl Front {
    /// Says that the node starts.
    pub(crate) fn new() -> Self {
        Self {
            router: Arc::new(ArcSwap::from_pointee(starting())),
            stopping: Arc::default(),
        }
    }

    /// Puts another router in place; requests that are in flight end where they began.
    pub(crate) fn put(&self, router: Router) {
        self.router.store(Arc::new(router));
    }

    /// Says again that the node starts.
    pub(crate) fn start(&self) {
        self.put(starting());
    }

    /// From now on, who has asked over a connection is told to make another one, to another node.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Leads to whatever router is in place.
    pub(crate) fn router(&self) -> Router {
        let front = self.clone();
        Router::new().fallback_service(service_fn(move |request: Request| {
            let front = front.clone();
            async move { Ok::<_, Infallible>(front.answer(request).await) }
        }))
    }

    async fn answer(&self, request: Request) -> Response {
        let router = Router::clone(&self.router.load());
        let version = request.version();
        let Ok(mut response) = router.oneshot(request).await;
        // HTTP/2 has its own word for it, which the connection says when it is shut down.
        if self.stopping.load(Ordering::Relaxed) && version <= Version::HTTP_11 {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        response
    }
}

fn starting() -> Router {
    const STARTS: &str = "this node starts; send this again in a moment";
    Router::new()
        .merge(routes::of_any_node())
        .fallback(async |request| refuse(&request, STARTS))
}

/// A refusal in the form that the path's clients read; it may be sent again.
pub(crate) fn refuse(request: &Request, message: &'static str) -> Response {
    let failure = Failure::new(ErrorCode::Unavailable, message);
    match tracking::is_endpoint(request.uri().path()) {
        true => TrackingFailure::from(failure).into_response(),
        false => failure.into_response(),
    }
}
