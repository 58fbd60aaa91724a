//! Accepting connections until told to stop, and then letting what is in flight finish.

use std::future::Future;
use std::sync::Arc;

use acquaint_node::Node;
use axum::Router;
use tokio::net::TcpListener;

use crate::app::App;
use crate::options::Options;

/// Why a server could not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Two metrics have one name.
    #[error("the metrics could not be registered: {0}")]
    Metrics(#[from] prometheus::Error),
    /// The listener failed.
    #[error("the listener failed: {0}")]
    Io(#[from] std::io::Error),
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
    let router = router(node, options)?;
    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let server = axum::serve(listener, router).with_graceful_shutdown(async move {
        shutdown.await;
        // The receiver is gone only when the server has ended by itself.
        let _ = stopping.send(());
    });
    let deadline = async move {
        if stopped.await.is_ok() {
            tokio::time::sleep(shutdown_time_max).await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        ended = server => Ok(ended?),
        () = deadline => {
            tracing::warn!("requests were still in flight when the time for the shutdown was over");
            Ok(())
        }
    }
}
