//! How nodes speak to each other over TCP: [`TcpTransport`].
//!
//! ```text
//!  call ─► Link: queue of (peer, lane) ─► Asking ══ one connection ══► Answering ─► Handler
//!                └─ dial: handshake, redial                  accept: handshake ─┘
//! ```
//!
//! - **Who asks dials.** A connection carries requests one way and answers the other, and there is one for each pair, direction
//!   and [`Lane`]. What all groups of a node have to say to a peer on a lane goes over it, and leaves with as few system calls as
//!   it can. A peer that is slow, or a lane that is full of snapshots, holds up nothing else.
//! - **A connection says who it is for** before anything else: cluster, both node ids, lane, versions (`handshake`). Who is not
//!   meant is refused with a reason for a person, logged once by the one that is refused.
//! - **Nothing waits without a bound.** Requests to a peer are bounded in bytes, and refused beyond that; requests of a peer that are
//!   worked on are bounded, and the connection is not read beyond that; answers that do not leave stop the work on others.
//! - **Nothing is sent twice.** A request whose connection ends fails, and says whether it may have arrived. Whoever asked knows
//!   whether to ask again.
//! - **Slow is told from gone.** A node that works on something says that it lives; one that owes an answer and is silent is given up.
//!   On a connection where nothing is asked nobody wakes up to say so: that is left to the kernel.
//! - Every byte passes `stream::secure`, the place for mutual TLS. Until then whoever reaches the port is believed.

mod accept;
mod answering;
mod asking;
mod backoff;
mod callers;
mod dial;
mod frame;
mod handshake;
mod link;
mod options;
mod stats;
mod stop;
mod stream;

pub use handshake::RefusalCode;
pub use options::{ClusterId, TcpOptions};
pub use stats::{LaneStats, PeerError, PeerStatus};

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::error;

use crate::peer::{CallError, Handler, Lane, Transport};
use crate::tcp::callers::Callers;
use crate::tcp::handshake::{Me, VERSIONS};
use crate::tcp::link::{Link, Place};
use crate::tcp::stats::Counter;
use crate::tcp::stop::Stop;

/// Carries requests to other nodes over TCP. It ends with [`shutdown`](Self::shutdown), or when it is dropped.
pub struct TcpTransport {
    shared: Arc<Shared>,
    local_addr: SocketAddr,
    runtime: Handle,
    /// Taken by the one that answers.
    listener: Mutex<Option<TcpListener>>,
    book: Mutex<Book>,
}

/// What the tasks of a transport have in common.
struct Shared {
    options: Arc<TcpOptions>,
    callers: Arc<Callers>,
    callers_refused: Counter,
    stats: Arc<[LaneStats; 4]>,
    shutdown: CancellationToken,
    tasks: TaskTracker,
}

/// Who is where, and what goes on with them.
#[derive(Default)]
struct Book {
    peers: BTreeMap<u64, Peer>,
    closed: bool,
}

struct Peer {
    address: String,
    /// By lane. There is none before the first call.
    links: [Option<Arc<Link>>; 4],
}

impl TcpTransport {
    /// Begins to listen. Nobody is answered before [`serve`](Transport::serve); who calls until then waits a moment.
    ///
    /// # Errors
    /// The address cannot be listened on, or the options are not valid.
    pub async fn bind(options: TcpOptions) -> io::Result<Arc<TcpTransport>> {
        options.check()?;
        let listener = TcpListener::bind(options.listen).await?;
        let local_addr = listener.local_addr()?;
        let shutdown = CancellationToken::new();
        let me = Me {
            versions: VERSIONS,
            cluster: options.cluster,
            node: options.node,
        };
        let callers = Callers::new(me, options.connections_max, shutdown.clone());
        let shared = Shared {
            options: Arc::new(options),
            callers: Arc::new(callers),
            callers_refused: Counter::default(),
            stats: Arc::default(),
            shutdown,
            tasks: TaskTracker::new(),
        };
        Ok(Arc::new(TcpTransport {
            shared: Arc::new(shared),
            local_addr,
            runtime: Handle::current(),
            listener: Mutex::new(Some(listener)),
            book: Mutex::default(),
        }))
    }

    /// Where it listens.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Replaces the address book: `host:port` by node id, looked up at every dial. Peers that are not in it, or have another
    /// address in it, are hung up on. This node itself may be in it. A node that was forgotten and is in it is known again.
    pub fn set_peers(&self, addresses: BTreeMap<u64, String>) {
        self.shared.callers.remember(addresses.keys().copied());
        let mut book = self.book.lock();
        if book.closed {
            return;
        }
        let mut before = std::mem::take(&mut book.peers);
        for (node, address) in addresses {
            let peer = match before.remove(&node) {
                Some(peer) if peer.address == address => peer,
                moved => {
                    if let Some(moved) = moved {
                        moved.hang_up("it has another address now");
                    }
                    let links = Default::default();
                    Peer { address, links }
                }
            };
            book.peers.insert(node, peer);
        }
        before
            .values()
            .for_each(|peer| peer.hang_up("its address is not known any more"));
    }

    /// Lets only these nodes call from now on. None: every node of the cluster that is not forgotten.
    pub fn allow(&self, nodes: Option<BTreeSet<u64>>) {
        self.shared.callers.allow(nodes);
    }

    /// Hangs up on a node that is not a member any more, and does not let it call again.
    pub fn forget(&self, node: u64) {
        self.shared.callers.forget(node);
        if let Some(peer) = self.book.lock().peers.remove(&node) {
            peer.hang_up("it is not a member of the cluster any more");
        }
    }

    /// What is known of every node in the address book, and of every other that calls.
    #[must_use]
    pub fn peers(&self) -> Vec<PeerStatus> {
        let mut statuses: BTreeMap<u64, PeerStatus> = BTreeMap::new();
        for (node, peer) in &self.book.lock().peers {
            statuses.insert(*node, peer.status(*node));
        }
        statuses.remove(&self.shared.options.node);
        for (node, calling) in self.shared.callers.calling() {
            let status = statuses
                .entry(node)
                .or_insert_with(|| PeerStatus::new(node));
            status.calling = calling.lanes;
            status.program.get_or_insert(calling.program);
            status.advertised = Some(calling.advertise).filter(|address| !address.is_empty());
        }
        statuses.into_values().collect()
    }

    /// What was counted on a lane.
    #[must_use]
    pub fn stats(&self, lane: Lane) -> &LaneStats {
        &self.shared.stats[lane as usize]
    }

    /// How many callers were refused.
    #[must_use]
    pub fn callers_refused(&self) -> u64 {
        self.shared.callers_refused.get()
    }

    /// Ends every connection, and returns when no task is left. What waits fails, as does what is called later.
    pub async fn shutdown(&self) {
        self.book.lock().closed = true;
        self.listener.lock().take();
        self.shared.shutdown.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
    }

    /// The link to a peer, made if there is none.
    fn link(&self, to: u64, lane: Lane) -> Result<Arc<Link>, CallError> {
        let unreachable = |reason: &str| CallError::Unreachable {
            to,
            reason: reason.to_string(),
        };
        let options = &self.shared.options;
        if to == options.node {
            return Err(unreachable("it is this node itself"));
        }
        let mut book = self.book.lock();
        if book.closed {
            return Err(unreachable("this node has shut down"));
        }
        let peer = book.peers.get_mut(&to);
        let peer = peer.ok_or_else(|| unreachable("its address is not known"))?;
        let link = peer.links[lane as usize].get_or_insert_with(|| {
            let link = Link::new(
                (to, lane),
                peer.address.clone(),
                options.lane_bytes_max,
                Stop::new(&self.shared.shutdown),
                self.shared.stats.clone(),
            );
            let connected = dial::keep_connected(link.clone(), options.clone());
            self.shared.tasks.spawn_on(connected, &self.runtime);
            link
        });
        Ok(link.clone())
    }

    fn enqueue(
        &self,
        (to, lane): (u64, Lane),
        request: Bytes,
        within: Duration,
    ) -> Result<Place, CallError> {
        let bytes_max = self.shared.options.frame_bytes_max;
        if request.len() as u64 > bytes_max.into() {
            let reason = format!("the request: {}", link::too_large(request.len(), bytes_max));
            return Err(CallError::Unreachable { to, reason });
        }
        self.link(to, lane)?.enqueue(request, within)
    }
}

impl Transport for TcpTransport {
    fn serve(&self, handler: Arc<dyn Handler>) {
        match self.listener.lock().take() {
            Some(listener) => {
                let accepted = accept::accept(self.shared.clone(), listener, handler);
                self.shared.tasks.spawn_on(accepted, &self.runtime);
            }
            None => error!("somebody answers already, or the node has shut down"),
        }
    }

    fn call(
        &self,
        to: u64,
        lane: Lane,
        request: Bytes,
        within: Duration,
    ) -> BoxFuture<'static, Result<Bytes, CallError>> {
        let mut place = match self.enqueue((to, lane), request, within) {
            Ok(place) => place,
            Err(error) => return ready(Err(error)).boxed(),
        };
        let timer = {
            // Whoever waits may do so outside the runtime.
            let _runtime = self.runtime.enter();
            tokio::time::sleep(within)
        };
        async move {
            tokio::select! {
                biased;
                answer = place.answer() => answer,
                () = timer => Err(place.timed_out(within)),
            }
        }
        .boxed()
    }
}

impl Drop for TcpTransport {
    fn drop(&mut self) {
        self.shared.shutdown.cancel();
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
