//! Listens, greets who calls, and answers them.
//!
//! - A stranger costs little: few are greeted at the same time, each for a short while, and nobody else is accepted meanwhile.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tracing::{debug, info, warn};

use crate::peer::Handler;
use crate::tcp::Shared;
use crate::tcp::answering::{Answering, Limits};
use crate::tcp::callers::Caller;
use crate::tcp::handshake::{HandshakeError, Hello, Welcome, read_hello, write_reply};
use crate::tcp::stream::{self, Side, Stream};

/// How many callers are greeted at the same time.
const GREETINGS_MAX: usize = 64;

/// How long to wait when the system gives no more sockets.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A caller that was let in, and what it is spoken with over.
struct Guest {
    caller: Caller,
    /// Held until the end: a newer connection of the same caller waits for it.
    turn: OwnedMutexGuard<()>,
    hello: Hello,
    stream: Stream,
}

/// Accepts connections until the transport shuts down.
pub(super) async fn accept(shared: Arc<Shared>, listener: TcpListener, handler: Arc<dyn Handler>) {
    tokio::select! {
        () = shared.shutdown.cancelled() => {}
        () = accept_for_ever(&shared, &listener, &handler) => {}
    }
}

async fn accept_for_ever(shared: &Arc<Shared>, listener: &TcpListener, handler: &Arc<dyn Handler>) {
    let greetings = Arc::new(Semaphore::new(GREETINGS_MAX));
    let mut failing = false;
    loop {
        // The semaphore is never closed.
        let Ok(permit) = greetings.clone().acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((socket, _)) => {
                failing = false;
                let entertained = entertain(shared.clone(), socket, permit, handler.clone());
                shared.tasks.spawn(entertained);
            }
            Err(error) => {
                if !failing {
                    warn!(%error, "no connection of a peer can be accepted");
                }
                failing = true;
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Everything with one connection, from its first byte to its last.
async fn entertain(
    shared: Arc<Shared>,
    socket: TcpStream,
    permit: OwnedSemaphorePermit,
    handler: Arc<dyn Handler>,
) {
    let greeted = tokio::select! {
        () = shared.shutdown.cancelled() => return,
        greeted = timeout(shared.options.dial_timeout, greet(&shared, socket)) => greeted,
    };
    drop(permit);
    match greeted {
        Ok(Ok(Some(guest))) => converse(&shared, guest, handler).await,
        Ok(Ok(None)) => {}
        // A port is tried by many; what is wrong is known at the other end.
        Ok(Err(error)) => debug!(%error, "a connection without a handshake"),
        Err(_) => debug!("a connection without a handshake in time"),
    }
}

async fn greet(shared: &Arc<Shared>, socket: TcpStream) -> Result<Option<Guest>, HandshakeError> {
    let options = &shared.options;
    let mut stream = stream::secure(socket, Side::Answers, options.silence_max).await?;
    let hello = read_hello(&mut stream).await?;
    let caller = match shared.callers.admit(&hello) {
        Ok(caller) => caller,
        Err(refusal) => {
            shared.callers_refused.add(1);
            debug!(
                peer = hello.from,
                reason = refusal.reason,
                "a caller was refused"
            );
            write_reply(&mut stream, &Err(refusal)).await?;
            return Ok(None);
        }
    };
    let turn = caller.turn().await;
    shared.book.sighted(caller.node);
    let welcome = Welcome {
        version: caller.version,
        node: options.node,
        frame_bytes_max: options.frame_bytes_max,
        program: options.program.clone(),
    };
    write_reply(&mut stream, &Ok(welcome)).await?;
    Ok(Some(Guest {
        caller,
        turn,
        hello,
        stream,
    }))
}

async fn converse(shared: &Shared, guest: Guest, handler: Arc<dyn Handler>) {
    let Guest {
        caller,
        turn,
        hello,
        stream,
    } = guest;
    let (peer, lane) = (caller.node, caller.lane);
    info!(peer, %lane, version = caller.version, program = hello.program, "a peer connected");
    let stats = &shared.stats[lane as usize];
    stats.accepts.add(1);
    let options = &shared.options;
    let limits = Limits {
        request_bytes_max: options.frame_bytes_max,
        answer_bytes_max: hello.frame_bytes_max.min(options.frame_bytes_max),
        unanswered_requests_max: options.unanswered_requests_max,
        unanswered_bytes_max: options.unanswered_bytes_max,
        alive_interval: Duration::from_millis(hello.alive_ms.max(1).into()),
        stall_max: options.silence_max,
    };
    let reason = Answering::new(&caller, stream, handler, stats, limits)
        .run()
        .await;
    drop(turn);
    info!(peer, %lane, reason, "the connection of a peer ended");
}
