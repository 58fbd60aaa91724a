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
