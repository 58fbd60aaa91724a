//! Connections, within bounds that the framework's own accept loop does not have.
//!
//! - At most `connections_max` at once; further ones wait in the system's backlog until one ends.
//! - A connection whose first request has no whole head within `head_time_max` is closed, whatever protocol it began to
//!   speak: who opens connections and says nothing, or says it byte by byte, holds them for that long only.
//! - After an answer, the head of the next request has `idle_time_max` to arrive.
//!
//! Bodies have a time of their own, see `body`.

use std::convert::Infallible;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::front::Front;
use crate::idle_timer::IdleTimer;
use crate::options::Options;

/// How long accepting rests when the system gives no connection (no file descriptor is left, say).
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// The connections of one server.
pub(crate) struct Connections {
    front: Front,
    builder: Builder<TokioExecutor>,
    places: Arc<Semaphore>,
    graceful: GracefulShutdown,
    head_time_max: Duration,
    idle_time_max: Duration,
}

impl Connections {
    pub(crate) fn new(front: Front, options: &Options) -> Self {
        let mut builder = Builder::new(TokioExecutor::new());
        builder.http1().header_read_timeout(options.idle_time_max);
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(options.idle_time_max)
            .keep_alive_timeout(options.head_time_max);
        let places = options.connections_max.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            front,
            builder,
            places: Arc::new(Semaphore::new(places)),
            graceful: GracefulShutdown::new(),
            head_time_max: options.head_time_max,
            idle_time_max: options.idle_time_max,
        }
    }

    /// Accepts for ever.
    pub(crate) async fn accept(&self, listener: &TcpListener) {
        // The semaphore is never closed.
        while let Ok(place) = Arc::clone(&self.places).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, _)) => self.serve(stream, place),
                Err(error) if is_of_one_connection(error.kind()) => {}
                Err(error) => {
                    tracing::error!(%error, "no connection can be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn serve(&self, stream: TcpStream, place: OwnedSemaphorePermit) {
        // What cannot be set only makes answers later.
        let _ = stream.set_nodelay(true);
        let (mut builder, head_time_max) = (self.builder.clone(), self.head_time_max);
        builder.http1().timer(IdleTimer::new(self.idle_time_max));
        let watcher = self.graceful.watcher();
        let begun = Arc::new(Notify::new());
        let notify = Arc::clone(&begun);
        let front = self.front.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            notify.notify_one();
            let front = front.clone();
            async move { Ok::<_, Infallible>(front.answer(request.map(Body::new)).await) }
        });
        tokio::spawn(async move {
            let connection = builder.serve_connection(TokioIo::new(stream), service);
            tokio::select! {
                ended = watcher.watch(connection) => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a connection broke off");
                    }
                }
                () = silence(&begun, head_time_max) => {}
            }
            drop(place);
        });
    }

    /// Waits for the requests that are in flight.
    pub(crate) async fn finish(self) {
        self.graceful.shutdown().await;
    }
}

/// Ends when no request has come in time; never, once one has.
async fn silence(begun: &Notify, time_max: Duration) {
    if tokio::time::timeout(time_max, begun.notified())
        .await
        .is_ok()
    {
        std::future::pending::<()>().await;
    }
}

/// Whether accepting failed because of the other side, so that the next connection may be fine.
fn is_of_one_connection(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}
