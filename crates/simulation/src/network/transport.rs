//! The network as one node sees it.

use std::sync::Arc;
use std::time::Duration;

use acquaint_consensus::{CallError, Handler, Lane, Runtime, Transport};
use bytes::Bytes;
use futures::channel::oneshot;
use futures::future::BoxFuture;

use super::{Endpoint, Fate, Network};
use crate::runtime::{self, HostRuntime};

/// How much longer than its caller waits a request may take.
const GRACE: Duration = Duration::from_millis(100);

type Answer = Result<Bytes, CallError>;

/// Carries the requests of one node.
pub(crate) struct SimTransport {
    network: Network,
    node: u64,
}

/// A request on its way.
struct Request {
    from: u64,
    to: u64,
    lane: Lane,
    bytes: Bytes,
    within: Duration,
    /// Dropped without an answer, whoever asked waits until the time is up.
    answer: oneshot::Sender<Answer>,
}

impl SimTransport {
    pub(super) fn new(network: Network, node: u64) -> Self {
        SimTransport { network, node }
    }
}

impl Transport for SimTransport {
    fn serve(&self, handler: Arc<dyn Handler>) {
        let inner = self.network.inner.lock();
        if let Some(endpoint) = inner.endpoints.get(&self.node) {
            *endpoint.handler.lock() = Some(handler);
        }
    }

    fn call(
        &self,
        to: u64,
        lane: Lane,
        request: Bytes,
        within: Duration,
    ) -> BoxFuture<'static, Answer> {
        let (answer, answered) = oneshot::channel();
        let request = Request {
            from: self.node,
            to,
            lane,
            bytes: request,
            within,
            answer,
        };
        self.network.carry(request);
        Box::pin(async move {
            let answered = async {
                match answered.await {
                    Ok(answer) => answer,
                    Err(oneshot::Canceled) => std::future::pending().await,
                }
            };
            let timed_out = CallError::TimedOut { to, after: within };
            let answered = HostRuntime::timeout(within, answered).await;
            answered.unwrap_or(Err(timed_out))
        })
    }
}

impl Network {
    /// Takes a request on its way. Its place among the others of its lane is settled when this returns.
    fn carry(&self, request: Request) {
        let mut inner = self.inner.lock();
        let Request { from, to, lane, .. } = request;
        let full = inner.weather.full_permille;
        if inner.dice.happens(full) {
            inner.counts.refused += 1;
            let refusal = CallError::Full {
                to,
                lane,
                bytes: 1,
                bytes_max: 1,
            };
            // Whoever asked may have given up.
            let _ = request.answer.send(Err(refusal));
            return;
        }
        let Fate::Arrives(after) = inner.send(from, to, lane, request.bytes.len(), true) else {
            return;
        };
        let endpoint = inner.endpoints.get(&to).cloned();
        drop(inner);
        // The timer is made here, so that of two messages with one moment the first is delivered first.
        let arrival = runtime::wait(after);
        let network = self.clone();
        runtime::spawn_outside(async move {
            arrival.await;
            match endpoint {
                Some(endpoint) => network.deliver(endpoint, request).await,
                None => network.refuse(request),
            }
        });
    }

    async fn deliver(self, endpoint: Endpoint, request: Request) {
        let Request {
            from,
            to,
            lane,
            bytes,
            within,
            answer,
        } = request;
        let handler = endpoint.handler.lock().clone();
        let is_cut = self.inner.lock().link(from, to).is_cut;
        let (Some(handler), false) = (handler, is_cut) else {
            self.inner.lock().counts.lost += 1;
            return;
        };
        // Like the transport of real nodes, this one stops what nobody waits for any more.
        let handled = endpoint.host.spawn(async move {
            let handled = handler.handle(from, lane, bytes);
            HostRuntime::timeout(within + GRACE, handled).await
        });
        let result = match handled.await {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(_elapsed)) => return,
            Err(error) => Err(CallError::Broken {
                to,
                reason: error.to_string(),
            }),
        };
        let bytes = result.as_ref().map_or(0, Bytes::len);
        let fate = self.inner.lock().send(to, from, lane, bytes, false);
        let Fate::Arrives(after) = fate else { return };
        runtime::wait(after).await;
        if self.inner.lock().link(to, from).is_cut {
            self.inner.lock().counts.lost += 1;
            return;
        }
        // Whoever asked may have given up, or be dead.
        let _ = answer.send(result);
    }

    fn refuse(&self, request: Request) {
        self.inner.lock().counts.refused += 1;
        let refusal = CallError::Unreachable {
            to: request.to,
            reason: "nobody is there".to_owned(),
        };
        // Whoever asked may have given up, or be dead.
        let _ = request.answer.send(Err(refusal));
    }
}
