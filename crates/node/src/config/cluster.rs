//! The node in a cluster.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::bounds::between;

/// The node in a cluster. Without `peer_listen` it is alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterConfig {
    /// Address and port where other nodes reach this one, as `ip:port`. Empty: it is alone.
    pub peer_listen: String,
    /// The same as other nodes see it, as `host:port`. Empty: `peer_listen`.
    pub peer_address: String,
    /// The URL of the HTTP API as others see it. Empty: made of `listen`.
    pub http_address: String,
    /// How often a leader tells its followers that it lives.
    #[serde(deserialize_with = "between::<_, u64, 10, 10_000>")]
    pub heartbeat_ms: u64,
    /// Another leader is elected after a silence of three to four times as long: a leader's lease lasts twice as long as this,
    /// and then followers wait once or twice as long.
    #[serde(deserialize_with = "between::<_, u64, 100, 100_000>")]
    pub election_ms_min: u64,
    /// How many bytes a second one snapshot is sent with at most.
    #[serde(deserialize_with = "between::<_, u64, 1_048_576, 1_099_511_627_776>")]
    pub snapshot_bytes_per_second_max: u64,
    /// How often the states of the replicas are compared. 0 stands for never.
    #[serde(deserialize_with = "between::<_, u64, 0, 31_536_000>")]
    pub compare_interval_s: u64,
}

impl Default for ClusterConfig {
    fn default() -> Self {
        Self {
            peer_listen: String::new(),
            peer_address: String::new(),
            http_address: String::new(),
            heartbeat_ms: 250,
            election_ms_min: 1_000,
            snapshot_bytes_per_second_max: 64 << 20,
            compare_interval_s: 3_600,
        }
    }
}

impl ClusterConfig {
    /// Whether the node is the only one of its cluster, and stays so.
    pub fn is_alone(&self) -> bool {
        self.peer_listen.is_empty()
    }

    /// Where other nodes reach it, if it is not alone.
    pub(crate) fn peer_listen(&self) -> Option<SocketAddr> {
        self.peer_listen.parse().ok()
    }

    /// Fills in the addresses that are not given, and checks those that are.
    pub(super) fn complete(&mut self, listen: SocketAddr) -> Result<(), (&'static str, String)> {
        if self.election_ms_min < self.heartbeat_ms.saturating_mul(4) {
            return Err((
                "cluster.election_ms_min",
                format!(
                    "{} is too short for a heartbeat every {} ms: a follower would stand for election whenever one is late; set at least {}",
                    self.election_ms_min,
                    self.heartbeat_ms,
                    self.heartbeat_ms.saturating_mul(4)
                ),
            ));
        }
        if self.is_alone() {
            return Ok(());
        }
        let peer_listen: SocketAddr = self.peer_listen.parse().map_err(|_| {
            let message = format!(
                "{} is not an address and a port, such as 10.0.0.1:7070",
                self.peer_listen
            );
            ("cluster.peer_listen", message)
        })?;
        for (key, given, seen, made) in [
            (
                "cluster.peer_address",
                &mut self.peer_address,
                peer_listen,
                peer_listen.to_string(),
            ),
            (
                "cluster.http_address",
                &mut self.http_address,
                listen,
                format!("http://{listen}"),
            ),
        ] {
            if !given.is_empty() {
                continue;
            }
            if seen.ip().is_unspecified() || seen.port() == 0 {
                return Err((
                    key,
                    format!("it has to be set, because nobody can reach {seen}"),
                ));
            }
            *given = made;
        }
        Ok(())
    }
}
