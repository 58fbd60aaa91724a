//! What a TCP transport is told at its start. Every bound has its unit last in its name.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::tcp::frame::HEADER_BYTES;
use crate::tcp::handshake::TEXT_BYTES_MAX;

/// Which cluster a node belongs to: random bytes, made once, when the cluster was.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterId(pub [u8; 16]);

impl fmt::Display for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClusterId({self})")
    }
}

/// Who this node is, where it listens, and how much it lets wait.
#[derive(Clone, Debug)]
pub struct TcpOptions {
    /// Where other nodes reach this one. Port 0 takes any that is free.
    pub listen: SocketAddr,
    /// The cluster. A node of another one is refused.
    pub cluster: ClusterId,
    /// The id of this node. A caller with the same id is refused.
    pub node: u64,
    /// The address that this node tells others that it has, `host:port`. Told only: nobody dials it for that.
    pub advertise: String,
    /// The version of the program, for people who look at a mixed cluster.
    pub program: String,
    /// The largest request and the largest answer.
    pub frame_bytes_max: u32,
    /// How many bytes of requests to one peer on one lane are queued or unanswered.
    pub lane_bytes_max: u64,
    /// How many requests of one connection are worked on here before it is not read any more.
    pub unanswered_requests_max: usize,
    /// How many bytes of requests of one connection are worked on here, likewise.
    pub unanswered_bytes_max: u64,
    /// How many connections of other nodes are answered at the same time.
    pub connections_max: usize,
    /// How long finding, reaching and greeting a peer may take.
    pub dial_timeout: Duration,
    /// How long a peer that was asked may be silent, or one that is answered take nothing, before the connection is given up.
    pub silence_max: Duration,
    /// The wait before a second attempt to reach a peer.
    pub redial_wait_min: Duration,
    /// The longest wait between two attempts.
    pub redial_wait_max: Duration,
}

impl TcpOptions {
    /// The options of this node, everything else at its default.
    #[must_use]
    pub fn new(listen: SocketAddr, cluster: ClusterId, node: u64) -> TcpOptions {
        TcpOptions {
            listen,
            cluster,
            node,
            advertise: String::new(),
            program: env!("CARGO_PKG_VERSION").to_string(),
            frame_bytes_max: 40 << 20,
            lane_bytes_max: 64 << 20,
            unanswered_requests_max: 1_024,
            unanswered_bytes_max: 64 << 20,
            connections_max: 256,
            dial_timeout: Duration::from_secs(2),
            silence_max: Duration::from_secs(5),
            redial_wait_min: Duration::from_millis(50),
            redial_wait_max: Duration::from_secs(2),
        }
    }

    /// How often this node is to hear from a peer that it waits for.
    pub(super) fn alive_interval(&self) -> Duration {
        self.silence_max / 4
    }

    pub(super) fn check(&self) -> io::Result<()> {
        let invalid = |reason: String| Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
        for text in [&self.advertise, &self.program] {
            if text.len() > TEXT_BYTES_MAX {
                return invalid(format!(
                    "{text:?} is longer than {TEXT_BYTES_MAX} bytes, and is told at every handshake"
                ));
            }
        }
        if self.frame_bytes_max > u32::MAX - HEADER_BYTES as u32 {
            return invalid(format!(
                "a frame cannot have {} bytes",
                self.frame_bytes_max
            ));
        }
        if self.unanswered_requests_max == 0 || self.connections_max == 0 {
            return invalid("a transport that may answer nothing is of no use".to_string());
        }
        if self.silence_max < Duration::from_millis(40) {
            return invalid(format!(
                "a silence of {:?} is not long enough to tell",
                self.silence_max
            ));
        }
        Ok(())
    }
}
