//! The entry of every request: passes it to the routes in place, which can be replaced while connections are open.
//!
//! ```text
//! starting ─► unformed ─► starting ─► the node's
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use acquaint_api::ErrorCode;
use arc_swap::ArcSwap;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, Version, header};
use axum::response::{IntoResponse, Response};
use tower::Service;

use crate::failure::{Failure, TrackingFailure};
use crate::surface::Surface;
use crate::{routes, tracking};

/// The routes in place. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Front(Arc<Shared>);

struct Shared {
    place: ArcSwap<Place>,
    stopping: AtomicBool,
}

enum Place {
    /// A node that does not serve yet.
    Waiting(Router),
    /// A node that serves.
    Serving(Box<Surface>),
}

impl Front {
    /// Says that the node starts.
    pub(crate) fn new() -> Self {
        Self(Arc::new(Shared {
            place: ArcSwap::from_pointee(Place::Waiting(starting())),
            stopping: AtomicBool::new(false),
        }))
    }

    /// Answers for a node that does not serve yet. Requests that are in flight end where they began.
    pub(crate) fn wait(&self, router: Router) {
        self.put(Place::Waiting(router));
    }

    /// Says again that the node starts.
    pub(crate) fn start(&self) {
        self.wait(starting());
    }

    /// Answers for a node that serves.
    pub(crate) fn serve(&self, surface: Surface) {
        self.put(Place::Serving(Box::new(surface)));
    }

    fn put(&self, place: Place) {
        self.0.place.store(Arc::new(place));
    }

    /// From now on, who has asked over a connection is told to make another one, to another node.
    pub(crate) fn stop(&self) {
        self.0.stopping.store(true, Ordering::Relaxed);
    }

    /// Answers a request by the routes in place.
    pub(crate) async fn answer(&self, request: Request) -> Response {
        let version = request.version();
        let mut response = match &*self.0.place.load_full() {
            Place::Waiting(router) => {
                let Ok(response) = router.clone().call(request).await;
                response
            }
            Place::Serving(surface) => surface.answer(request).await,
        };
        // HTTP/2 has its own word for it, which the connection says when it is shut down.
        if self.0.stopping.load(Ordering::Relaxed) && version <= Version::HTTP_11 {
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
