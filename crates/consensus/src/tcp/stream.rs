//! The one place through which every stream goes, whoever opened it.

use std::io;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

/// Which end of a connection this node has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// It dialled, and asks.
    Asks,
    /// It was dialled, and answers.
    Answers,
}

/// What frames are read from and written to. Everything above takes any stream.
pub(super) type Stream = TcpStream;

/// Makes a stream of a socket, before the first byte of the handshake.
///
/// **The place for mutual TLS**: here the side that answers would show its certificate and demand the other's, both issued
/// for the cluster and the node id, and [`Stream`] would become the encrypted one. The handshake inside then only has to
/// compare the node id that is told with the one that was proven. Until then whoever reaches the port is believed, so the
/// port belongs into a network of the nodes' own.
pub(super) async fn secure(
    socket: TcpStream,
    _side: Side,
    silence_max: Duration,
) -> io::Result<Stream> {
    // Frames that belong together leave together anyway; nothing is gained by holding them back.
    socket.set_nodelay(true)?;
    let options = SockRef::from(&socket);
    // For connections on which nothing is asked: the kernel finds out that the peer is gone, nobody is woken up for it. A
    // bound for bytes that are not acknowledged (TCP_USER_TIMEOUT) would also end connections to peers that are merely busy.
    let keepalive = TcpKeepalive::new()
        .with_time(silence_max.max(Duration::from_secs(1)))
        .with_interval(Duration::from_secs(5))
        .with_retries(3);
    options.set_tcp_keepalive(&keepalive)?;
    Ok(socket)
}
