//! A task of a host, as the executor sees it.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use acquaint_consensus::Runtime;
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::BoxFuture;
use openraft_rt_sim::SimRuntime;
use parking_lot::Mutex;

use super::host::Host;
use super::join::{HostJoin, HostJoinError};

/// Where a host keeps the future of a task, so that it can take it away.
#[derive(Default)]
pub(super) struct Slot {
    future: Mutex<Option<BoxFuture<'static, ()>>>,
    /// Set when the task was polled while its host was paused.
    missed: Mutex<Option<Waker>>,
    /// Tells the executor that the task is over.
    waker: Mutex<Option<Waker>>,
}

/// What the executor polls. Of a task that was taken away nothing is left but this.
struct Task {
    host: Host,
    id: u64,
    slot: Arc<Slot>,
}

/// Runs a task on a host, or on none.
pub(super) fn spawn<T>(host: Option<Host>, future: T) -> HostJoin<T::Output>
where
    T: Future + Send + 'static,
    T::Output: Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    let reporter = host.clone();
    let future = async move {
        let ended = AssertUnwindSafe(future).catch_unwind().await;
        let result = ended.map_err(|payload| HostJoinError::of_panic(&*payload));
        if let (Some(host), Err(error)) = (reporter, &result) {
            host.note_panic(error.to_string());
        }
        // Nobody waits for a task that was detached.
        let _ = sender.send(result);
    };
    let Some(host) = host else {
        drop(SimRuntime::spawn(future));
        return HostJoin::new(receiver);
    };
    let slot = Arc::new(Slot {
        future: Mutex::new(Some(future.boxed())),
        ..Slot::default()
    });
    if let Some(id) = host.take_in(&slot) {
        drop(SimRuntime::spawn(Task { host, id, slot }));
    }
    HostJoin::new(receiver)
}

impl Slot {
    /// Drops the future, and lets the executor forget the task.
    pub(super) fn end(&self) {
        let future = self.future.lock().take();
        drop(future);
        if let Some(waker) = self.waker.lock().take() {
            waker.wake();
        }
    }

    /// Has the task polled if it should have been while its host was paused.
    pub(super) fn catch_up(&self) {
        if let Some(waker) = self.missed.lock().take() {
            waker.wake();
        }
    }
}

impl Future for Task {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.host.is_paused() && !self.host.is_dead() {
            *self.slot.missed.lock() = Some(context.waker().clone());
            return Poll::Pending;
        }
        // The lock is not held while the task is polled: what it does may end it.
        let Some(mut future) = self.slot.future.lock().take() else {
            return Poll::Ready(());
        };
        *self.slot.waker.lock() = Some(context.waker().clone());
        let polled = self.host.within(|| future.as_mut().poll(context));
        if polled.is_ready() || self.host.is_dead() {
            self.host.let_go(self.id);
            self.host.within(|| drop(future));
            return Poll::Ready(());
        }
        *self.slot.future.lock() = Some(future);
        Poll::Pending
    }
}
