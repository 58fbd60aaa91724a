//! The route of a path: its class, and its metrics.
//!
//! - The table is made from the same lists as the router, and matches paths by the same rules. A path that it does not have is
//!   open and counted as `unmatched`; a test asks the router for each of its routes.
//! - The counters of a route are looked up in the metrics once and kept: a request adds to them without a hash of its labels.
//!   A counter appears when a request is first counted by it, so routes without requests have no metrics.

use std::sync::OnceLock;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use matchit::Router as Paths;
use prometheus::{Histogram, IntCounter};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::metrics::Metrics;
use crate::{routes, tracking};

/// The label of a path that no route has.
const UNMATCHED: &str = "unmatched";

/// Methods that have a label of their own.
const METHODS: [Method; 5] = [
    Method::GET,
    Method::POST,
    Method::DELETE,
    Method::OPTIONS,
    Method::HEAD,
];
/// The label of all others.
const OTHER_METHOD: &str = "other";

/// Statuses whose counters are kept: those of frequent answers.
const STATUSES: [StatusCode; 4] = [
    StatusCode::OK,
    StatusCode::CREATED,
    StatusCode::NO_CONTENT,
    StatusCode::NOT_FOUND,
];

/// The checks that a route has around it, see [`crate::surface`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Messages of the SDKs, from pages of any origin.
    Tracking,
    /// Reads and writes, bounded in number and time.
    Bounded,
    /// The cluster: answered by a busy node, too.
    Operated,
    /// Health, metrics, documents, and paths without a route.
    Open,
}

impl Class {
    /// Whether pages of other machines are refused while the node has no keys.
    pub(crate) fn is_kept_from_pages(self) -> bool {
        matches!(self, Self::Bounded | Self::Operated)
    }

    /// Whether a request needs a node that is ready, and a permit.
    pub(crate) fn is_bounded(self) -> bool {
        matches!(self, Self::Bounded | Self::Tracking)
    }
}

/// Every route of a node.
pub(crate) struct RouteTable {
    paths: Paths<Route>,
    unmatched: Route,
}

impl RouteTable {
    pub(crate) fn new() -> Self {
        let mut table = Self {
            paths: Paths::new(),
            unmatched: Route::new(UNMATCHED, Class::Open),
        };
        table.add(Class::Tracking, tracking::paths());
        table.add(Class::Bounded, documented(&routes::bounded()));
        table.add(Class::Operated, documented(&routes::operated()));
        table.add(Class::Open, documented(&routes::unbounded()));
        table.add(Class::Open, routes::TRY_IT_OUT_PATHS);
        table
    }

    fn add(&mut self, class: Class, paths: impl IntoIterator<Item: Into<String>>) {
        for path in paths.into_iter().map(Into::into) {
            let route = Route::new(&path, class);
            let inserted = self.paths.insert(path, route);
            inserted.expect("the router has refused two routes of one path");
        }
    }

    /// The route of a path.
    pub(crate) fn at(&self, path: &str) -> &Route {
        match self.paths.at(path) {
            Ok(found) => found.value,
            Err(_) => &self.unmatched,
        }
    }
}

fn documented(router: &OpenApiRouter<App>) -> Vec<String> {
    router.get_openapi().paths.paths.keys().cloned().collect()
}

/// One route.
pub(crate) struct Route {
    pub(crate) class: Class,
    label: String,
    seconds: OnceLock<Histogram>,
    /// By method and status.
    answered: [[OnceLock<IntCounter>; STATUSES.len()]; METHODS.len()],
}

impl Route {
    fn new(label: &str, class: Class) -> Self {
        Self {
            class,
            label: label.to_owned(),
            seconds: OnceLock::new(),
            answered: Default::default(),
        }
    }

    /// Counts a request that was answered.
    pub(crate) fn count(
        &self,
        metrics: &Metrics,
        method: &Method,
        status: StatusCode,
        took: Duration,
    ) {
        let seconds = || metrics.seconds.with_label_values(&[&self.label]);
        self.seconds
            .get_or_init(seconds)
            .observe(took.as_secs_f64());
        let known = METHODS.iter().position(|known| known == method);
        let label = known.map_or(OTHER_METHOD, |method| METHODS[method].as_str());
        let counter = || {
            let labels = [self.label.as_str(), label, status.as_str()];
            metrics.requests.with_label_values(&labels)
        };
        let kept = STATUSES.iter().position(|kept| *kept == status);
        match known.zip(kept) {
            Some((method, status)) => self.answered[method][status].get_or_init(counter).inc(),
            None => counter().inc(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_their_classes() {
        let table = RouteTable::new();
        for (path, class, label) in [
            ("/v1/track", Class::Tracking, "/v1/track"),
            (
                "/v1/projects/key/settings",
                Class::Tracking,
                "/v1/projects/{write_key}/settings",
            ),
            (
                "/v1/profiles/user_id:u",
                Class::Bounded,
                "/v1/profiles/{key}",
            ),
            ("/v1/profiles/lookup", Class::Bounded, "/v1/profiles/lookup"),
            ("/v1/cluster", Class::Operated, "/v1/cluster"),
            ("/health/live", Class::Open, "/health/live"),
            ("/docs/index.css", Class::Open, "/docs/{*rest}"),
            ("/v1/profiles/", Class::Open, UNMATCHED),
            ("/v2", Class::Open, UNMATCHED),
        ] {
            let route = table.at(path);
            assert_eq!(
                (route.class, route.label.as_str()),
                (class, label),
                "{path}"
            );
        }
    }

    #[test]
    fn labels_are_those_of_the_request() {
        let metrics = Metrics::new().expect("names differ");
        let table = RouteTable::new();
        for (path, method, status) in [
            ("/v1/track", Method::POST, StatusCode::OK),
            ("/v1/track", Method::POST, StatusCode::OK),
            ("/v1/track", Method::POST, StatusCode::IM_A_TEAPOT),
            ("/v2", Method::PATCH, StatusCode::NOT_FOUND),
        ] {
            let took = Duration::from_millis(1);
            table.at(path).count(&metrics, &method, status, took);
        }
        let counted = |labels: [&str; 3]| metrics.requests.with_label_values(&labels).get();
        assert_eq!(counted(["/v1/track", "POST", "200"]), 2);
        assert_eq!(counted(["/v1/track", "POST", "418"]), 1);
        assert_eq!(counted(["unmatched", "other", "404"]), 1);
        let seconds = metrics.seconds.with_label_values(&["/v1/track"]);
        assert_eq!(seconds.get_sample_count(), 3);
    }
}
