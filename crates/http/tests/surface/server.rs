//! A server on a socket: it answers, and it stops when it is told to.

use std::sync::Arc;
use std::time::Duration;

use acquaint_http::{Options, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::Surface;

#[tokio::test]
async fn a_server_stops_within_its_time() {
    let surface = Surface::open().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let options = Options {
        shutdown_time_max: Duration::from_millis(200),
        ..Options::default()
    };
    let shutdown = async {
        let _ = stopped.await;
    };
    let server = tokio::spawn(serve(
        Arc::clone(&surface.node),
        options,
        listener,
        shutdown,
    ));
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection
        .write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // A request that never ends must not keep the server from stopping.
    let mut stuck = TcpStream::connect(address).await.unwrap();
    stuck
        .write_all(b"POST /v1/batch HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    stop.send(()).unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(5), server).await;
    ended.expect("the server stops").unwrap().unwrap();
}

/// Whether the server closes the connection within five seconds.
async fn is_closed(connection: &mut TcpStream) -> bool {
    let mut rest = Vec::new();
    let read = connection.read_to_end(&mut rest);
    // A reset is as good as an end.
    tokio::time::timeout(Duration::from_secs(5), read)
        .await
        .is_ok()
}

/// Asks over a connection that stays open, and reads until the answer has begun.
async fn ask(connection: &mut TcpStream) -> String {
    let request = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n";
    connection.write_all(request).await.unwrap();
    let mut answer = [0; 1_024];
    let count = connection.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..count]).into_owned()
}

#[tokio::test]
async fn connections_are_bounded_in_time_and_number() {
    let surface = Surface::open().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let options = Options {
        connections_max: 1,
        head_time_max: Duration::from_millis(300),
        idle_time_max: Duration::from_millis(600),
        ..Options::default()
    };
    let node = Arc::clone(&surface.node);
    let server = tokio::spawn(serve(node, options, listener, std::future::pending::<()>()));
    // Nothing, half of a request, and what might become HTTP/2.
    for beginning in ["", "POST /v1/batch HTTP/1.1\r\nhost:", "PRI * HTT"] {
        let mut connection = TcpStream::connect(address).await.unwrap();
        connection.write_all(beginning.as_bytes()).await.unwrap();
        assert!(is_closed(&mut connection).await, "{beginning:?}");
    }
    // A second one waits for the place of the first, which is given up when no further request comes.
    let mut first = TcpStream::connect(address).await.unwrap();
    assert!(ask(&mut first).await.starts_with("HTTP/1.1 200"));
    let mut second = TcpStream::connect(address).await.unwrap();
    let early = tokio::time::timeout(Duration::from_millis(100), ask(&mut second)).await;
    assert!(early.is_err(), "{early:?}");
    assert!(is_closed(&mut first).await);
    let mut answer = [0; 12];
    second.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    server.abort();
}
