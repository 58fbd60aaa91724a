//! Fail-stop: the first fatal error of the node, kept for whoever waits for it.
//!
//! - A failed write or fsync is never retried: what the disk holds is not known any more, and the
//!   next start finds out.
//! - Later errors are consequences of the first and are not reported.

use std::sync::Arc;

use crate::runtime::{Runtime, Watch, WatchReceiver, WatchReceiverOf, WatchSender, WatchSenderOf};

/// Where fatal errors are reported to. Not generic, so that threads can hold it.
pub(crate) type Report = Arc<dyn Fn(String) + Send + Sync>;

/// The first fatal error, if there was one.
pub(crate) struct Failure<R: Runtime> {
    receiver: WatchReceiverOf<R, Option<String>>,
    report: Report,
}

impl<R: Runtime> Failure<R> {
    pub(crate) fn new() -> Self {
        let (sender, receiver) = <R::Watch as Watch>::channel(None);
        // The runtimes' senders are `Send` but need not be `Sync`.
        let sender: parking_lot::Mutex<WatchSenderOf<R, Option<String>>> = sender.into();
        let report = move |reason: String| {
            sender.lock().send_if_modified(|first| {
                let is_first = first.is_none();
                if is_first {
                    tracing::error!(%reason, "stopping: the node cannot go on");
                    *first = Some(reason);
                }
                is_first
            });
        };
        Failure {
            receiver,
            report: Arc::new(report),
        }
    }

    pub(crate) fn report(&self) -> Report {
        self.report.clone()
    }

    pub(crate) fn get(&self) -> Option<String> {
        self.receiver.borrow_watched().clone()
    }

    /// Ends with the first fatal error.
    pub(crate) async fn wait(&self) -> String {
        let mut receiver = self.receiver.clone();
        match receiver.wait_until(Option::is_some).await {
            Ok(Some(reason)) => reason,
            Ok(None) | Err(_) => "the consensus layer is gone".to_string(),
        }
    }
}
