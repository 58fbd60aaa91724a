//! What is larger than a frame may be is not sent, and not taken from others.

use acquaint_consensus::{Lane, Transport};
use bytes::Bytes;

use crate::nodes::{PATIENCE, broken, introduce, options, start, start_echo, unreachable};
use crate::wire::{Hello, frame, read_frame};

#[tokio::test]
async fn what_is_too_large_is_refused_and_the_connection_stays() {
    let mut small = options(2);
    small.frame_bytes_max = 1_000;
    // An answer is twice the request.
    let asked = start(small, |_, _, request| async move {
        [&request[..], &request].concat().into()
    })
    .await;
    let mut larger = options(1);
    larger.frame_bytes_max = 2_000;
    let asks = start_echo(larger).await;
    introduce(&asks, 2, asked.local_addr());
    let call = |bytes: usize| asks.call(2, Lane::Log, Bytes::from(vec![1; bytes]), PATIENCE);

    assert_eq!(call(500).await.unwrap().len(), 1_000);
    for (bytes, reason) in [
        (
            2_001,
            "the request: 2001 bytes are more than the 2000 that a frame may have",
        ),
        (
            1_001,
            "1001 bytes are more than the 1000 that a frame may have",
        ),
    ] {
        assert_eq!(unreachable(call(bytes).await.unwrap_err()), reason);
    }
    let reason = broken(call(501).await.unwrap_err());
    assert_eq!(
        reason,
        "the answer: 1002 bytes are more than the 1000 that a frame may have"
    );
    assert_eq!(call(500).await.unwrap().len(), 1_000);
    assert_eq!(asks.stats(Lane::Log).connects(), 1);
}

#[tokio::test]
async fn a_frame_over_the_bound_ends_the_connection_by_its_header() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let asked = start_echo(options(2)).await;
    let (mut stream, _, _) = Hello::new(1, 2).say(asked.local_addr()).await;
    let ask = frame(3, 1, 42, 10_000, b"ask");
    stream.write_all(&ask).await.unwrap();
    assert_eq!(read_frame(&mut stream).await, (2, 42, b"ask".to_vec()));

    let too_large = frame(u32::MAX, 1, 43, 10_000, b"");
    stream.write_all(&too_large).await.unwrap();
    let (kind, _, reason) = read_frame(&mut stream).await;
    assert_eq!(kind, 5);
    let reason = String::from_utf8(reason).unwrap();
    assert_eq!(
        reason,
        "a frame of 4294967295 bytes came, and one may have 41943040"
    );
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
}
