//! Waiting for a task.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::channel::oneshot;

/// Ends with what the task returns. Dropping it detaches the task.
pub(crate) struct HostJoin<T> {
    receiver: oneshot::Receiver<Result<T, HostJoinError>>,
}

/// Why a task returned nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HostJoinError {
    /// It panicked, saying this.
    Panic(String),
    /// Its host was killed.
    Killed,
}

impl HostJoinError {
    pub(super) fn of_panic(payload: &(dyn Any + Send)) -> Self {
        let text = payload.downcast_ref::<&str>().map(ToString::to_string);
        let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
        HostJoinError::Panic(text.unwrap_or_else(|| "something that is no text".to_owned()))
    }
}

impl<T> HostJoin<T> {
    pub(super) fn new(receiver: oneshot::Receiver<Result<T, HostJoinError>>) -> Self {
        HostJoin { receiver }
    }
}

impl<T> Future for HostJoin<T> {
    type Output = Result<T, HostJoinError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let received = Pin::new(&mut self.receiver).poll(context);
        received.map(|received| received.unwrap_or(Err(HostJoinError::Killed)))
    }
}

impl fmt::Display for HostJoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HostJoinError::Panic(text) => write!(f, "the task panicked: {text}"),
            HostJoinError::Killed => f.write_str("the host of the task was killed"),
        }
    }
}

impl std::error::Error for HostJoinError {}
