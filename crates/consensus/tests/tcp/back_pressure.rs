//! A peer that does not keep up is not read from and not written to, and holds up neither another lane nor another peer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use acquaint_consensus::{CallError, Lane, Transport};
use bytes::Bytes;
use futures::future::join_all;
use tokio::sync::Semaphore;

use crate::nodes::{PATIENCE, ask_until_answered, options, start, start_echo, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_lane_that_is_stuck_holds_up_nothing_else() {
    let gate = Arc::new(Semaphore::new(0));
    let working = Arc::new(AtomicUsize::new(0));
    let mut few = options(2);
    few.unanswered_requests_max = 8;
    let (held, counted) = (gate.clone(), working.clone());
    let stuck = start(few, move |_, lane, request| {
        let (gate, working) = (held.clone(), counted.clone());
        async move {
            if lane == Lane::Snapshot {
                working.fetch_add(1, Ordering::SeqCst);
                gate.acquire().await.unwrap().forget();
            }
            request
        }
    })
    .await;
    let other = start_echo(options(3)).await;
    let mut asks = options(1);
    asks.lane_bytes_max = 32 << 20;
    asks.silence_max = Duration::from_millis(1_500);
    let asks = start_echo(asks).await;
    asks.set_peers(
        [
            (2, stuck.local_addr().to_string()),
            (3, other.local_addr().to_string()),
        ]
        .into(),
    );

    let chunk = Bytes::from(vec![9; 1 << 20]);
    let mut calls = Vec::new();
    let full = loop {
        let call = asks.call(2, Lane::Snapshot, chunk.clone(), PATIENCE);
        calls.push(tokio::spawn(call));
        if asks.stats(Lane::Snapshot).full() > 0 {
            break calls.pop().unwrap().await.unwrap();
        }
    };
    assert!(matches!(full, Err(CallError::Full { .. })), "{full:?}");
    until("as much is worked on as may be", || {
        working.load(Ordering::SeqCst) == 8
    })
    .await;

    let begun = Instant::now();
    for _ in 0..100 {
        ask_until_answered(&asks, 2, Lane::Control).await;
        ask_until_answered(&asks, 3, Lane::Snapshot).await;
    }
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    // Far longer than a silence may be: the peer reads nothing, and says that it lives.
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(working.load(Ordering::SeqCst), 8, "the rest is not begun");

    gate.add_permits(calls.len());
    for answered in join_all(calls).await {
        assert_eq!(answered.unwrap().unwrap(), chunk);
    }
    assert_eq!(asks.stats(Lane::Snapshot).connects(), 2, "slow is not gone");
}

/// The answers are large and the caller does not read: what was answered is held back, and no more of it made.
#[tokio::test]
async fn answers_that_do_not_leave_stop_the_work() {
    use tokio::io::AsyncWriteExt;
    let made = Arc::new(AtomicUsize::new(0));
    let counted = made.clone();
    let asked = start(options(2), move |_, _, _| {
        let made = counted.clone();
        async move {
            tokio::task::yield_now().await;
            made.fetch_add(1, Ordering::SeqCst);
            Bytes::from(vec![7; 1 << 20])
        }
    })
    .await;
    let hello = crate::wire::Hello::new(1, 2);
    let (mut stream, _, _) = hello.say(asked.local_addr()).await;
    for id in 0..500 {
        let ask = crate::wire::frame(0, 1, id, 60_000, b"");
        stream.write_all(&ask).await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let made_unread = made.load(Ordering::SeqCst);
    assert!(
        (1..100).contains(&made_unread),
        "{made_unread} answers were made"
    );
    for _ in 0..500 {
        while crate::wire::read_frame(&mut stream).await.0 != 2 {}
    }
    assert_eq!(made.load(Ordering::SeqCst), 500);
}

/// A caller that takes nothing at all is not kept waiting for.
#[tokio::test]
async fn a_caller_that_never_reads_is_given_up() {
    use tokio::io::AsyncWriteExt;
    let mut impatient = options(2);
    impatient.silence_max = Duration::from_millis(300);
    let asked = start(impatient, |_, _, _| async {
        Bytes::from(vec![7; 16 << 20])
    })
    .await;
    let hello = crate::wire::Hello::new(1, 2);
    let (mut stream, _, _) = hello.say(asked.local_addr()).await;
    let ask = crate::wire::frame(0, 1, 1, 60_000, b"");
    stream.write_all(&ask).await.unwrap();
    until("it was let in", || {
        asked.stats(Lane::Control).frames_sent() > 0
    })
    .await;
    let begun = Instant::now();
    until("it is given up", || asked.peers().is_empty()).await;
    assert!(begun.elapsed() > Duration::from_millis(200));
}
