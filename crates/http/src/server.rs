//! Accepting connections until told to stop, and then letting what is in flight finish.
//!
//! ```text
//! asked to stop ─► the node gives its leaderships away, and says on every answer that the connection ends
//!               ─► no new connections, requests in flight finish
//!               ─► the node gives away what it was made to lead meanwhile ─► stopped
//! ```

use std::future::Future;
use std::sync::{Arc, OnceLock};

use acquaint_node::{Config, Node, Unformed};
use axum::Router;
use tokio::net::TcpListener;

use crate::app::App;
use crate::connections::Connections;
use crate::front::Front;
use crate::options::Options;
use crate::surface::Surface;
use crate::unformed::Waiting;

/// Why a server could not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Two metrics have one name.
    #[error("the metrics could not be registered: {0}")]
    Metrics(#[from] prometheus::Error),
}

/// The router over a node, for those who bring their own server.
pub fn router(node: Arc<Node>, options: Options) -> Result<Router, Error> {
    Ok(Surface::new(App::new(node, options)?).into_router())
}

/// Serves a node until `shutdown` ends, as [`Server::run`].
pub async fn serve(
    node: Arc<Node>,
    options: Options,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let server = Server::new(options);
    server.open(node)?;
    server.run(listener, shutdown).await;
    Ok(())
}

/// A server that answers before its node does: that it starts, or how it gets into a cluster.
pub struct Server {
    front: Front,
    options: Options,
    node: OnceLock<Arc<Node>>,
}

impl Server {
    /// A server whose node is yet to come.
    pub fn new(options: Options) -> Self {
        Self {
            front: Front::new(),
            options,
            node: OnceLock::new(),
        }
    }

    /// Answers for a node that belongs to no cluster, until it belongs to one.
    pub async fn form(
        &self,
        unformed: Unformed,
        config: &Config,
    ) -> Result<(), acquaint_node::Error> {
        let waiting = Waiting::new(unformed, config.clone());
        self.front.wait(waiting.router());
        let formed = waiting.over().await;
        self.front.start();
        formed
    }

    /// Answers for the node from now on.
    pub fn open(&self, node: Arc<Node>) -> Result<(), Error> {
        let app = App::new(Arc::clone(&node), self.options.clone())?;
        self.front.serve(Surface::new(app));
        // The first one stays: a server has one node in its life.
        let _ = self.node.set(node);
        Ok(())
    }

    /// Serves until `shutdown` ends. Then the node gives its leaderships away while it still answers, and this waits,
    /// within the configured time for each, for the requests that are in flight.
    pub async fn run(&self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        let connections = Connections::new(self.front.clone(), &self.options);
        tokio::select! {
            () = connections.accept(&listener) => {}
            () = self.leave(shutdown) => {}
        }
        drop(listener);
        let time_max = self.options.shutdown_time_max;
        if tokio::time::timeout(time_max, connections.finish())
            .await
            .is_err()
        {
            tracing::warn!("requests were still in flight when the time for the shutdown was over");
        }
        self.hand_over().await;
    }

    async fn leave(&self, shutdown: impl Future<Output = ()>) {
        shutdown.await;
        self.front.stop();
        self.hand_over().await;
    }

    async fn hand_over(&self) {
        let Some(node) = self.node.get() else { return };
        let time_max = self.options.shutdown_time_max;
        if tokio::time::timeout(time_max, node.hand_over())
            .await
            .is_err()
        {
            tracing::warn!("the node still led groups when the time for the shutdown was over");
        }
    }
}
