//! An end that says why.

use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

/// Ends one task of the transport, which ends with the transport in any case.
#[derive(Clone)]
pub(super) struct Stop {
    token: CancellationToken,
    reason: Arc<OnceLock<&'static str>>,
}

impl Stop {
    /// An end that comes with `transport` at the latest.
    pub(super) fn new(transport: &CancellationToken) -> Stop {
        Stop {
            token: transport.child_token(),
            reason: Arc::default(),
        }
    }

    /// Ends it. The first reason stays.
    pub(super) fn stop(&self, reason: &'static str) {
        self.reason.get_or_init(|| reason);
        self.token.cancel();
    }

    /// Returns when it ends, and says why.
    pub(super) async fn stopped(&self) -> &'static str {
        self.token.cancelled().await;
        self.reason.get().unwrap_or(&"the node shuts down")
    }
}
