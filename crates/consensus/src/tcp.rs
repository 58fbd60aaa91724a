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
mod book;
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
use crate::tcp::book::Book;
use crate::tcp::callers::Callers;
use crate::tcp::handshake::{Me, VERSIONS};
use crate::tcp::link::Place;
use crate::tcp::stats::Counter;

/// Carries requests to other nodes over TCP. It ends with [`shutdown`](Self::shutdown), or when it is dropped.
pub struct TcpTransport {
    shared: Arc<Shared>,
    local_addr: SocketAddr,
    /// Taken by the one that answers.
    listener: Mutex<Option<TcpListener>>,
}

/// What the tasks of a transport have in common.
struct Shared {
    options: Arc<TcpOptions>,
    book: Book,
    callers: Arc<Callers>,
    callers_refused: Counter,
    stats: Arc<[LaneStats; 4]>,
    shutdown: CancellationToken,
    tasks: TaskTracker,
    runtime: Handle,
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
        let options = Arc::new(options);
        let (stats, tasks, runtime) = (Arc::default(), TaskTracker::new(), Handle::current());
        let book = Book {
            options: options.clone(),
            stats: Arc::clone(&stats),
            shutdown: shutdown.clone(),
            tasks: tasks.clone(),
            runtime: runtime.clone(),
            entries: Mutex::default(),
        };
        let shared = Shared {
            options,
            book,
            callers: Arc::new(callers),
            callers_refused: Counter::default(),
            stats,
            shutdown,
            tasks,
            runtime,
        };
        Ok(Arc::new(TcpTransport {
            shared: Arc::new(shared),
            local_addr,
            listener: Mutex::new(Some(listener)),
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
        self.shared.book.set(addresses);
    }

    /// Lets only these nodes call from now on. None: every node of the cluster that is not forgotten.
    pub fn allow(&self, nodes: Option<BTreeSet<u64>>) {
        self.shared.callers.allow(nodes);
    }

    /// Hangs up on a node that is not a member any more, and does not let it call again.
    pub fn forget(&self, node: u64) {
        self.shared.callers.forget(node);
        self.shared.book.forget(node);
    }

    /// What is known of every node in the address book, and of every other that calls.
    #[must_use]
    pub fn peers(&self) -> Vec<PeerStatus> {
        let mut statuses = self.shared.book.statuses();
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
        self.shared.book.close();
        self.listener.lock().take();
        self.shared.shutdown.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
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
        self.shared.book.link(to, lane)?.enqueue(request, within)
    }
}

impl Transport for TcpTransport {
    fn serve(&self, handler: Arc<dyn Handler>) {
        match self.listener.lock().take() {
            Some(listener) => {
                let accepted = accept::accept(self.shared.clone(), listener, handler);
                self.shared.tasks.spawn_on(accepted, &self.shared.runtime);
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
            let _runtime = self.shared.runtime.enter();
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
