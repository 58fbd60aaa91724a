//! The address book: who is where, and what is kept connected to them.
//!
//! - The control lane of every peer is dialled as soon as its address is known, so that a node that starts is seen by the others, and
//!   sees whether it sees them. The other lanes are dialled when they are first needed.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::peer::{CallError, Lane};
use crate::tcp::dial;
use crate::tcp::link::Link;
use crate::tcp::options::TcpOptions;
use crate::tcp::stats::{LaneStats, PeerStatus};
use crate::tcp::stop::Stop;

pub(super) struct Book {
    pub(super) options: Arc<TcpOptions>,
    pub(super) stats: Arc<[LaneStats; 4]>,
    pub(super) shutdown: CancellationToken,
    pub(super) tasks: TaskTracker,
    pub(super) runtime: Handle,
    pub(super) entries: Mutex<Entries>,
}

#[derive(Default)]
pub(super) struct Entries {
    peers: BTreeMap<u64, Peer>,
    closed: bool,
}

struct Peer {
    address: String,
    /// By lane, as far as they were needed.
    links: [Option<Arc<Link>>; 4],
}

impl Book {
    /// Replaces the addresses, and hangs up on who is not where it was.
    pub(super) fn set(&self, addresses: BTreeMap<u64, String>) {
        let mut entries = self.entries.lock();
        if entries.closed {
            return;
        }
        let mut before = std::mem::take(&mut entries.peers);
        for (node, address) in addresses {
            if node == self.options.node {
                continue;
            }
            let peer = match before.remove(&node) {
                Some(peer) if peer.address == address => peer,
                moved => {
                    if let Some(moved) = moved {
                        moved.hang_up("it has another address now");
                    }
                    let links = Default::default();
                    let mut peer = Peer { address, links };
                    self.link_to(&mut peer, node, Lane::Control);
                    peer
                }
            };
            entries.peers.insert(node, peer);
        }
        before
            .values()
            .for_each(|peer| peer.hang_up("its address is not known any more"));
    }

    /// Takes a node out, and hangs up on it.
    pub(super) fn forget(&self, node: u64) {
        if let Some(peer) = self.entries.lock().peers.remove(&node) {
            peer.hang_up("it is not a member of the cluster any more");
        }
    }

    /// The node can be reached again, as far as can be told.
    pub(super) fn sighted(&self, node: u64) {
        let entries = self.entries.lock();
        let links = entries.peers.get(&node).into_iter();
        for link in links.flat_map(|peer| peer.links.iter().flatten()) {
            link.sighted.notify_waiters();
        }
    }

    /// What goes to a peer on a lane; begun if it was not.
    pub(super) fn link(&self, to: u64, lane: Lane) -> Result<Arc<Link>, CallError> {
        let unreachable = |reason: &str| CallError::Unreachable {
            to,
            reason: reason.to_string(),
        };
        if to == self.options.node {
            return Err(unreachable("it is this node itself"));
        }
        let mut entries = self.entries.lock();
        if entries.closed {
            return Err(unreachable("this node has shut down"));
        }
        match entries.peers.get_mut(&to) {
            Some(peer) => Ok(self.link_to(peer, to, lane)),
            None => Err(unreachable("its address is not known")),
        }
    }

    fn link_to(&self, peer: &mut Peer, node: u64, lane: Lane) -> Arc<Link> {
        let link = peer.links[lane as usize].get_or_insert_with(|| {
            let link = Link::new(
                (node, lane),
                peer.address.clone(),
                self.options.lane_bytes_max,
                Stop::new(&self.shutdown),
                self.stats.clone(),
            );
            let connected = dial::keep_connected(link.clone(), self.options.clone());
            self.tasks.spawn_on(connected, &self.runtime);
            link
        });
        link.clone()
    }

    /// What is known of every peer.
    pub(super) fn statuses(&self) -> BTreeMap<u64, PeerStatus> {
        let entries = self.entries.lock();
        let statuses = entries.peers.iter();
        statuses
            .map(|(node, peer)| (*node, peer.status(*node)))
            .collect()
    }

    /// Nothing is begun any more. What has begun ends with the transport.
    pub(super) fn close(&self) {
        self.entries.lock().closed = true;
    }
}

impl Peer {
    fn hang_up(&self, reason: &'static str) {
        for link in self.links.iter().flatten() {
            link.stop.stop(reason);
        }
    }

    fn status(&self, node: u64) -> PeerStatus {
        let links = || self.links.iter().flatten();
        let connected = links().filter(|link| link.is_connected());
        PeerStatus {
            address: Some(self.address.clone()),
            program: links().find_map(|link| link.program()),
            connected: connected.map(|link| link.lane).collect(),
            waiting_bytes: links().map(|link| link.bytes()).sum(),
            // The one that is shortest ago.
            last_error: links()
                .filter_map(|link| link.error())
                .min_by_key(|error| error.since),
            round_trip: links()
                .find(|link| link.lane == Lane::Control)
                .and_then(|link| link.round_trip()),
            ..PeerStatus::new(node)
        }
    }
}
