//! Everything but the tracking API: one file per resource.

mod cluster;
mod docs;
mod explain;
mod export;
mod facts;
mod graph;
mod identity;
mod lookup;
mod profiles;
mod rules;
mod service;
mod timeline;

use axum::Router;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;

#[cfg(test)]
pub(crate) use docs::ERROR_PAGES;
pub(crate) use docs::TRY_IT_OUT_PATHS;

/// The routes that are bounded in number and time.
pub(crate) fn bounded() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(profiles::profile))
        .routes(routes!(profiles::identifiers))
        .routes(routes!(lookup::lookup))
        .routes(routes!(timeline::timeline))
        .routes(routes!(graph::graph))
        .routes(routes!(explain::explain))
        .routes(routes!(facts::list, facts::state))
        .routes(routes!(facts::undo))
        .routes(routes!(identity::rebuild))
        .routes(routes!(rules::list, rules::build))
        .routes(routes!(rules::text, rules::cancel))
        .routes(routes!(rules::switch))
        .routes(routes!(identity::evidence))
        .routes(routes!(identity::changes))
        .routes(routes!(export::export))
}

/// The routes of operators: they answer even when the node is busy, or not ready yet.
pub(crate) fn operated() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(cluster::see))
        .routes(routes!(cluster::init))
        .routes(routes!(cluster::join))
        .routes(routes!(cluster::admit))
        .routes(routes!(cluster::add_learner))
        .routes(routes!(cluster::promote))
        .routes(routes!(cluster::drain))
        .routes(routes!(cluster::remove))
        .routes(routes!(cluster::transfer_leader))
        .routes(routes!(cluster::compare))
}

/// The routes that need no node.
pub(crate) fn of_any_node<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let router = OpenApiRouter::new()
        .routes(routes!(service::live))
        .routes(routes!(docs::document))
        .routes(routes!(docs::error_page));
    Router::from(router)
}

/// The routes that answer even when the node is busy.
pub(crate) fn unbounded() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(service::live))
        .routes(routes!(service::ready))
        .routes(routes!(service::metrics))
        .routes(routes!(docs::document))
        .routes(routes!(docs::error_page))
}
