//! Nodes on loopback, and what stands between them.

use std::future::{Future, pending};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use acquaint_consensus::{
    CallError, ClusterId, Handler, Lane, TcpOptions, TcpTransport, Transport,
};
use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// The cluster of every test.
pub(crate) const CLUSTER: ClusterId = ClusterId([0xc1; 16]);

/// Long enough for anything that does happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The options of a node on any free port.
pub(crate) fn options(node: u64) -> TcpOptions {
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    TcpOptions::new(any_port, CLUSTER, node)
}

/// A handler that is a function.
struct Answers<F>(F);

impl<F, A> Handler for Answers<F>
where
    F: Fn(u64, Lane, Bytes) -> A + Send + Sync + 'static,
    A: Future<Output = Bytes> + Send + 'static,
{
    fn handle(&self, from: u64, lane: Lane, request: Bytes) -> BoxFuture<'static, Bytes> {
        (self.0)(from, lane, request).boxed()
    }
}

/// A node that answers with this function.
pub(crate) async fn start<F, A>(options: TcpOptions, answer: F) -> Arc<TcpTransport>
where
    F: Fn(u64, Lane, Bytes) -> A + Send + Sync + 'static,
    A: Future<Output = Bytes> + Send + 'static,
{
    let node = TcpTransport::bind(options).await.unwrap();
    node.serve(Arc::new(Answers(answer)));
    node
}

/// A node that says what it was told.
pub(crate) async fn start_echo(options: TcpOptions) -> Arc<TcpTransport> {
    start(options, |_, _, request| async { request }).await
}

/// A node that never answers.
pub(crate) async fn start_mute(options: TcpOptions) -> Arc<TcpTransport> {
    start(options, |_, _, _| pending()).await
}

/// Tells a node where another is.
pub(crate) fn introduce(node: &TcpTransport, peer: u64, address: SocketAddr) {
    node.set_peers([(peer, address.to_string())].into());
}

/// Asks until there is an answer.
pub(crate) async fn ask_until_answered(node: &TcpTransport, to: u64, lane: Lane) -> Bytes {
    let request = Bytes::from_static(b"are you there?");
    let asked = async {
        loop {
            match node.call(to, lane, request.clone(), PATIENCE).await {
                Ok(answer) => return answer,
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    };
    tokio::time::timeout(PATIENCE, asked).await.unwrap()
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, wait).await;
    assert!(waited.is_ok(), "it did not happen: {what}");
}

/// Asserts that a call could not be sent, and gives the reason.
pub(crate) fn unreachable(error: CallError) -> String {
    match error {
        CallError::Unreachable { reason, .. } => reason,
        other => panic!("{other}"),
    }
}

/// Asserts that a call may have arrived and that there is no answer, and gives the reason.
pub(crate) fn broken(error: CallError) -> String {
    match error {
        CallError::Broken { reason, .. } => reason,
        other => panic!("{other}"),
    }
}

/// What a [`Wire`] does to the bytes.
#[derive(Default)]
pub(crate) struct Faults {
    /// Nothing gets through, and nothing is closed.
    pub(crate) black_hole: AtomicBool,
    /// The last byte of the next piece to the callee is another one.
    pub(crate) damage_request: AtomicBool,
    /// The last byte of the next piece to the caller is another one.
    pub(crate) damage_answer: AtomicBool,
}

/// A wire between a caller and a callee. It is cut when this is dropped.
pub(crate) struct Wire {
    pub(crate) address: SocketAddr,
    pub(crate) faults: Arc<Faults>,
    _tasks: JoinSet<()>,
}

impl Wire {
    /// A wire to the node at this address.
    pub(crate) async fn to(callee: SocketAddr) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let faults = Arc::new(Faults::default());
        let mut tasks = JoinSet::new();
        let passed = faults.clone();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (caller, _) = listener.accept().await.unwrap();
                connections.spawn(connect(caller, callee, passed.clone()));
            }
        });
        Wire {
            address,
            faults,
            _tasks: tasks,
        }
    }
}

async fn connect(mut caller: TcpStream, callee: SocketAddr, faults: Arc<Faults>) {
    let mut callee = TcpStream::connect(callee).await.unwrap();
    let (mut asks, mut hears) = caller.split();
    let (mut answers, mut gets_asked) = callee.split();
    tokio::select! {
        () = pass(&mut asks, &mut gets_asked, &faults, &faults.damage_request) => {}
        () = pass(&mut answers, &mut hears, &faults, &faults.damage_answer) => {}
    }
}

async fn pass(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    faults: &Faults,
    damage: &AtomicBool,
) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        if faults.black_hole.load(Ordering::SeqCst) {
            pending::<()>().await;
        }
        if damage.swap(false, Ordering::SeqCst) {
            bytes[read - 1] ^= 0x10;
        }
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
