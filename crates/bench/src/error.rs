//! Errors of load generation.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// An operation that failed, or a run that could not begin.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// No connection.
    #[error("cannot connect to {address}: {source}")]
    Connect {
        /// The node.
        address: SocketAddr,
        /// The reason.
        source: io::Error,
    },
    /// The connection broke.
    #[error("connection failed: {0}")]
    Connection(#[from] io::Error),
    /// The answer is not HTTP/1.1 with a known length.
    #[error("cannot read the answer: {0}")]
    Malformed(String),
    /// The answer is larger than the client takes.
    #[error("answer exceeds limit {0} bytes")]
    TooLarge(usize),
    /// No answer in time.
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// An answer other than 200.
    #[error("refused with {status} {code}: {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The error code of the API, or `unknown`.
        code: String,
        /// The message of the answer.
        message: String,
    },
    /// The answer is 200, and a part of it says otherwise: a rejected message, a missing profile.
    #[error("answer contains {0}")]
    Partial(&'static str),
    /// A peer failed.
    #[error("{0}")]
    Peer(String),
    /// An address that cannot be used.
    #[error("cannot use address `{url}`: {reason}")]
    Address {
        /// As it was given.
        url: String,
        /// The reason.
        reason: String,
    },
    /// A workload that is not there.
    #[error("unknown workload `{name}`: expected {expected}")]
    UnknownWorkload {
        /// As it was given.
        name: String,
        /// All names.
        expected: String,
    },
    /// A setting out of its range.
    #[error("{0}")]
    Setting(String),
    /// The store does not hold the customers of the workload.
    #[error("cannot run {workload}: {reason}; `acquaint bench load` fills a store")]
    Population {
        /// The workload.
        workload: &'static str,
        /// The reason.
        reason: String,
    },
    /// The population cannot be loaded.
    #[error("cannot load the population: {0}")]
    Load(String),
    /// A task of the load generator ended early.
    #[error("load generator failed: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl BenchError {
    /// A short name to count by.
    pub fn name(&self) -> String {
        match self {
            Self::Refused { status, code, .. } => format!("{status} {code}"),
            Self::Connect { .. } | Self::Connection(_) => "connection".to_owned(),
            Self::Malformed(_) => "malformed answer".to_owned(),
            Self::TooLarge(_) => "answer too large".to_owned(),
            Self::Timeout(_) => "timeout".to_owned(),
            Self::Partial(part) => (*part).to_owned(),
            Self::Peer(_) => "peer".to_owned(),
            other => other.to_string(),
        }
    }
}
