//! How nodes speak to each other: one asks, the other answers.
//!
//! ```text
//! group ─► call(to, lane, request) ─► Transport ═══ one connection per peer and lane ═══► Handler ─► answer
//! ```
//!
//! - What is asked and answered are bytes to a [`Transport`]: it carries them, and knows who is who. The simulation has a
//!   transport of its own, with the same bytes.
//! - Requests of one lane to one peer are handed over in the order of the calls, and answered in any order. A transport may
//!   lose any of them, and says so as far as it knows.
//! - A handler is called with requests in the order in which they came. What it does until its future is first pending has
//!   happened before the next one is handled.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;

/// What a message is for. Each lane has a connection and a queue of its own, so that nothing waits behind what is larger or
/// less urgent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Heartbeats, votes, read barriers: small, and late is as bad as lost.
    Control,
    /// Log entries to followers.
    Log,
    /// Commands that another node leads the group of, and other requests for a leader.
    Forward,
    /// Snapshots: large, and slow if need be.
    Snapshot,
}

impl Lane {
    /// Every lane.
    pub const ALL: [Lane; 4] = [Lane::Control, Lane::Log, Lane::Forward, Lane::Snapshot];

    /// The name in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Lane::Control => "control",
            Lane::Log => "log",
            Lane::Forward => "forward",
            Lane::Snapshot => "snapshot",
        }
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The request was not sent.
    #[error("node {to} cannot be reached: {reason}")]
    Unreachable {
        /// Whom it was for.
        to: u64,
        /// What stood in the way.
        reason: String,
    },
    /// So much waits for the peer on this lane already that the request was not sent.
    #[error("{bytes} bytes wait for node {to} on the {lane} lane, and {bytes_max} may")]
    Full {
        /// Whom it was for.
        to: u64,
        /// On which lane.
        lane: Lane,
        /// What waits.
        bytes: u64,
        /// The bound.
        bytes_max: u64,
    },
    /// The request was sent, or may have been, and no answer will come: the connection ended, or the peer has none to give.
    #[error("there is no answer of node {to}: {reason}")]
    Broken {
        /// Whom it was for.
        to: u64,
        /// Why not.
        reason: String,
    },
    /// The request was sent, or may have been, and no answer came in time.
    #[error("node {to} did not answer within {after:?}")]
    TimedOut {
        /// Whom it was for.
        to: u64,
        /// How long it was waited.
        after: Duration,
    },
}

impl CallError {
    /// Whether the peer may have got the request.
    #[must_use]
    pub fn may_have_arrived(&self) -> bool {
        matches!(self, CallError::Broken { .. } | CallError::TimedOut { .. })
    }
}

/// Carries requests to other nodes.
pub trait Transport: Send + Sync + 'static {
    /// Says who answers the requests of other nodes. Called once, before the first `call`; until then nobody is answered.
    fn serve(&self, handler: Arc<dyn Handler>);

    /// Asks node `to`, and waits at most `within` for the answer. The request has its place in the queue of the lane when this
    /// returns; the future only waits, and gives the place up when it is dropped.
    fn call(
        &self,
        to: u64,
        lane: Lane,
        request: Bytes,
        within: Duration,
    ) -> BoxFuture<'static, Result<Bytes, CallError>>;

    /// Whether the node is alone in its cluster, for as long as it runs.
    fn is_alone(&self) -> bool {
        false
    }
}

/// Answers requests of other nodes.
pub trait Handler: Send + Sync + 'static {
    /// Answers what node `from` asks. Nothing that it can send makes this panic.
    ///
    /// The future is dropped when nobody waits for the answer any more: the time that the caller gave is over, or the connection
    /// has ended. What has to be finished in any case is given to a task of its own.
    fn handle(&self, from: u64, lane: Lane, request: Bytes) -> BoxFuture<'static, Bytes>;
}

/// The transport of a node that is alone in its cluster: there is nobody to reach.
pub(crate) struct Alone;

impl Transport for Alone {
    fn serve(&self, _handler: Arc<dyn Handler>) {}

    fn call(
        &self,
        to: u64,
        _lane: Lane,
        _request: Bytes,
        _within: Duration,
    ) -> BoxFuture<'static, Result<Bytes, CallError>> {
        let reason = "this node has no peer transport".to_string();
        Box::pin(std::future::ready(Err(CallError::Unreachable {
            to,
            reason,
        })))
    }

    fn is_alone(&self) -> bool {
        true
    }
}
