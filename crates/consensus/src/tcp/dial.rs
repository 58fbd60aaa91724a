//! Keeps one lane to one peer connected, as long as it is in the address book.
//!
//! - The first call begins it, or the address book for the lane that every peer is needed on. What is called before the first attempt has ended waits for it; later, while there is no
//!   connection, calls fail at once, and attempts go on behind them with growing waits.
//! - A peer that calls is there: what waits to dial it again does so at once.
//! - The same trouble is logged once.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tracing::{info, warn};

use crate::tcp::asking::{Asking, Limits};
use crate::tcp::backoff::Backoff;
use crate::tcp::handshake::{
    HandshakeError, Hello, Refusal, VERSIONS, Welcome, lane_code, read_reply, write_hello,
};
use crate::tcp::link::{Link, Trouble};
use crate::tcp::options::TcpOptions;
use crate::tcp::stream::{self, Side, Stream};

/// Why a peer was not reached.
#[derive(Debug, thiserror::Error)]
enum DialError {
    #[error("{0}")]
    Handshake(#[from] HandshakeError),
    #[error("it refused: {}", .0.reason)]
    Refused(Refusal),
    #[error("there was no handshake within {0:?}")]
    TimedOut(Duration),
}

/// Dials, stays connected, dials again: until the link is stopped.
pub(super) async fn keep_connected(link: Arc<Link>, options: Arc<TcpOptions>) {
    let reason = tokio::select! {
        reason = link.stop.stopped() => reason,
        never = dial_for_ever(&link, &options) => match never {},
    };
    link.close(reason);
}

async fn dial_for_ever(link: &Link, options: &TcpOptions) -> std::convert::Infallible {
    let mut backoff = Backoff::new(options.redial_wait_min, options.redial_wait_max);
    loop {
        match dial(link, options).await {
            Ok((stream, welcome)) => {
                let begun = Instant::now();
                stay(link, options, stream, welcome).await;
                // A connection that ends as soon as it begins is no reason to begin at once again.
                if begun.elapsed() >= options.redial_wait_max {
                    backoff.reset();
                }
            }
            Err(error) => failed(link, error),
        }
        tokio::select! {
            () = tokio::time::sleep(backoff.next()) => {}
            () = link.sighted.notified() => {}
        }
    }
}

async fn dial(link: &Link, options: &TcpOptions) -> Result<(Stream, Welcome), DialError> {
    let greeted = timeout(options.dial_timeout, greet(link, options)).await;
    greeted.unwrap_or(Err(DialError::TimedOut(options.dial_timeout)))
}

async fn greet(link: &Link, options: &TcpOptions) -> Result<(Stream, Welcome), DialError> {
    let socket = TcpStream::connect(&link.address)
        .await
        .map_err(HandshakeError::Io)?;
    let mut stream = stream::secure(socket, Side::Asks, options.silence_max)
        .await
        .map_err(HandshakeError::Io)?;
    let alive_ms = options.alive_interval().as_millis();
    let hello = Hello {
        versions: VERSIONS,
        cluster: options.cluster,
        from: options.node,
        to: link.to,
        lane: lane_code(link.lane),
        frame_bytes_max: options.frame_bytes_max,
        alive_ms: u32::try_from(alive_ms).unwrap_or(u32::MAX),
        program: options.program.clone(),
        advertise: options.advertise.clone(),
    };
    write_hello(&mut stream, &hello).await?;
    match read_reply(&mut stream).await? {
        Ok(welcome) if welcome.node == link.to && VERSIONS.contains(&welcome.version) => {
            Ok((stream, welcome))
        }
        Ok(_) => Err(HandshakeError::NotAPeer.into()),
        Err(refusal) => Err(DialError::Refused(refusal)),
    }
}

async fn stay(link: &Link, options: &TcpOptions, stream: Stream, welcome: Welcome) {
    let (peer, lane, address) = (link.to, link.lane, &link.address);
    let Welcome {
        frame_bytes_max,
        program,
        ..
    } = welcome;
    info!(peer, %lane, address, program, "connected to a peer");
    link.stats().connects.add(1);
    link.connected(program);
    let limits = Limits {
        request_bytes_max: frame_bytes_max.min(options.frame_bytes_max),
        answer_bytes_max: options.frame_bytes_max,
        silence_max: options.silence_max,
    };
    let reason = Asking::new(link, stream, limits).run().await;
    warn!(peer, %lane, address, reason, "the connection to a peer ended");
    link.down(Trouble {
        reason,
        refusal: None,
        since: Instant::now(),
    });
}

fn failed(link: &Link, error: DialError) {
    let (peer, lane, address) = (link.to, link.lane, &link.address);
    link.stats().dials_failed.add(1);
    let refusal = match &error {
        DialError::Refused(refusal) => {
            link.stats().dials_refused.add(1);
            Some(refusal.code)
        }
        _ => None,
    };
    let reason = error.to_string();
    let news = link.down(Trouble {
        reason: reason.clone(),
        refusal,
        since: Instant::now(),
    });
    if news {
        warn!(peer, %lane, address, reason, "a peer cannot be reached");
    }
}
