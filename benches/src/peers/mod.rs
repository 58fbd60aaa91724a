//! Peers: other stores under the same work, on the same machine and in the same run.
//!
//! - A peer is a child process on free loopback ports with its data and its log in a temporary
//!   directory; both go with the value. Nothing that the system has installed as a service is used.
//! - Each is set up as its own users would for speed, with the durability that is compared. The
//!   settings are constants, and reports print them.
//! - A session is one connection with one request at a time. Load is the business of the caller.
//! - Nothing here panics: [`PeerError::Missing`] means that the program is not installed.

mod etcd;
mod postgres;
mod process;
mod redis;
mod rocks;

pub use etcd::{Etcd, EtcdSession};
pub use postgres::{PeerProfile, Postgres, PostgresSession, Written};
pub use redis::{Redis, RedisSession};
pub use rocks::{RocksFloor, synced_writes};

/// One interaction, in the form that every peer takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerMessage {
    /// Unique; a message that comes again is not counted again.
    pub message_id: String,
    /// Pairs of namespace and value. They belong to one person.
    pub identifiers: Vec<(String, String)>,
    /// Milliseconds since 1970.
    pub time_millis: i64,
    /// `web`, `email`, …
    pub channel: String,
    /// `identify`, `track`, `page`, …
    pub kind: String,
    /// `Order Completed`, …; empty for messages that are no event.
    pub event: String,
    /// A JSON object, or empty.
    pub traits: String,
    /// A JSON object, or empty.
    pub properties: String,
}

/// The reason why a peer cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// The program is not installed.
    #[error("{program} is not installed: run `sh deploy/install-tools.sh bench`")]
    Missing {
        /// The name of the program.
        program: &'static str,
    },
    /// The peer is there and does not work.
    #[error("{peer}: cannot {action}: {reason}")]
    Failed {
        /// The name of the peer.
        peer: &'static str,
        /// The attempted action.
        action: &'static str,
        /// The peer's own words, or those of the system.
        reason: String,
    },
}

impl PeerError {
    /// A constructor for `map_err`.
    fn failed<E: std::fmt::Display>(
        peer: &'static str,
        action: &'static str,
    ) -> impl Fn(E) -> Self {
        move |reason| Self::Failed {
            peer,
            action,
            reason: reason.to_string(),
        }
    }
}
