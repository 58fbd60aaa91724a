//! Accepting connections until told to stop, and then letting what is in flight finish.

use std::future::Future;
use std::sync::Arc;

use acquaint_node::Node;
use axum::Router;
use tokio::net::TcpListener;

use crate::app::App;
use crate::connections::Connections;
use crate::options::Options;

/// Why a server could not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Two metrics have one name.
    #[error("the metrics could not be registered: {0}")]
    Metrics(#[from] prometheus::Error),
}

/// The router over a node, for those who bring their own server.
pub fn router(node: Arc<Node>, options: Options) -> Result<Router, Error> {
    Ok(crate::router::router(App::new(node, options)?))
}

/// Serves until `shutdown` ends; then takes no new connections and waits, within the
/// configured time, for the requests that are in flight.
pub async fn serve(
    node: Arc<Node>,
    options: Options,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let shutdown_time_max = options.shutdown_time_max;
    let connections = Connections::new(router(node, options.clone())?, &options);
    tokio::select! {
        () = connections.accept(&listener) => {}
        () = shutdown => {}
    }
    drop(listener);
    if tokio::time::timeout(shutdown_time_max, connections.finish())
        .await
        .is_err()
    {
        tracing::warn!("requests were still in flight when the time for the shutdown was over");
    }
    Ok(())
}
