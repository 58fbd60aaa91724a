//! What the transport counts, and what it knows of each peer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::peer::Lane;
use crate::tcp::handshake::RefusalCode;

/// Counts of one lane over all peers, both as caller and as callee.
#[derive(Debug, Default)]
pub struct LaneStats {
    pub(super) frames_sent: Counter,
    pub(super) frames_received: Counter,
    pub(super) bytes_sent: Counter,
    pub(super) bytes_received: Counter,
    pub(super) writes: Counter,
    pub(super) connects: Counter,
    pub(super) accepts: Counter,
    pub(super) dials_failed: Counter,
    pub(super) dials_refused: Counter,
    pub(super) full: Counter,
}

impl LaneStats {
    /// Frames written: requests, answers, signs of life.
    pub fn frames_sent(&self) -> u64 {
        self.frames_sent.get()
    }

    /// Frames read.
    pub fn frames_received(&self) -> u64 {
        self.frames_received.get()
    }

    /// Bytes written, with their headers.
    pub fn bytes_sent(&self) -> u64 {
        self.bytes_sent.get()
    }

    /// Bytes read.
    pub fn bytes_received(&self) -> u64 {
        self.bytes_received.get()
    }

    /// The system calls that the frames were written with: fewer than frames when they are packed.
    pub fn writes(&self) -> u64 {
        self.writes.get()
    }

    /// Connections made to peers.
    pub fn connects(&self) -> u64 {
        self.connects.get()
    }

    /// Connections of peers that were welcome.
    pub fn accepts(&self) -> u64 {
        self.accepts.get()
    }

    /// Attempts to reach a peer that did not end in a connection, refused ones among them.
    pub fn dials_failed(&self) -> u64 {
        self.dials_failed.get()
    }

    /// Attempts that the peer refused.
    pub fn dials_refused(&self) -> u64 {
        self.dials_refused.get()
    }

    /// Requests that were refused here because too much waited.
    pub fn full(&self) -> u64 {
        self.full.get()
    }

    /// Something was written, or nothing but flushed.
    pub(super) fn wrote(&self, bytes: usize) {
        self.writes.add(u64::from(bytes > 0));
        self.bytes_sent.add(bytes as u64);
    }
}

/// Something that is counted.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What is known of another node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerStatus {
    /// Its id.
    pub node: u64,
    /// Where it is dialled. None if it is not in the address book and has only called.
    pub address: Option<String>,
    /// The address that it says it has, if it has called and said one.
    pub advertised: Option<String>,
    /// The version of its program, once there was a handshake.
    pub program: Option<String>,
    /// The lanes on which this node is connected to it.
    pub connected: Vec<Lane>,
    /// The lanes on which it is connected to this node.
    pub calling: Vec<Lane>,
    /// The bytes of requests to it that are queued or unanswered, over all lanes.
    pub waiting_bytes: u64,
    /// The last thing that went wrong on any lane that is not connected now.
    pub last_error: Option<PeerError>,
    /// How long it takes to answer on the control lane, a moving average: the way there and back, and the work.
    pub round_trip: Option<Duration>,
}

impl PeerStatus {
    /// Of a node of which nothing else is known.
    pub(super) fn new(node: u64) -> PeerStatus {
        PeerStatus {
            node,
            address: None,
            advertised: None,
            program: None,
            connected: Vec::new(),
            calling: Vec::new(),
            waiting_bytes: 0,
            last_error: None,
            round_trip: None,
        }
    }
}

/// Why a peer is not connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerError {
    /// On which lane.
    pub lane: Lane,
    /// In words.
    pub reason: String,
    /// Set if the peer refused.
    pub refusal: Option<RefusalCode>,
    /// How long it has been like that.
    pub since: Duration,
}
