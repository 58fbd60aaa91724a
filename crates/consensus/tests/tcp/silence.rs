//! A peer that vanishes without a word is given up after a while, also when no caller waits that long; one that is only slow
//! is not.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use acquaint_consensus::{Lane, TcpTransport, Transport};
use bytes::Bytes;

use crate::nodes::{
    PATIENCE, Wire, ask_until_answered, broken, introduce, options, start, start_echo, until,
};

const SILENCE_MAX: Duration = Duration::from_millis(300);

/// Two nodes, and a wire between them that has carried an answer.
async fn connected() -> (Arc<TcpTransport>, Arc<TcpTransport>, Wire) {
    let asked = start_echo(options(2)).await;
    let mut impatient = options(1);
    impatient.silence_max = SILENCE_MAX;
    let asks = start_echo(impatient).await;
    let wire = Wire::to(asked.local_addr()).await;
    introduce(&asks, 2, wire.address);
    ask_until_answered(&asks, 2, Lane::Log).await;
    (asks, asked, wire)
}

#[tokio::test]
async fn a_peer_that_vanishes_is_given_up() {
    let (asks, _asked, wire) = connected().await;
    // As long as nothing is asked, nothing is expected.
    tokio::time::sleep(SILENCE_MAX * 2).await;
    wire.faults.black_hole.store(true, Ordering::SeqCst);
    let begun = Instant::now();
    let call = asks.call(2, Lane::Log, Bytes::new(), PATIENCE);
    let reason = broken(call.await.unwrap_err());
    assert_eq!(
        reason,
        "the peer owes 1 answers and has said nothing for 300ms"
    );
    let took = begun.elapsed();
    assert!((SILENCE_MAX..SILENCE_MAX * 4).contains(&took), "{took:?}");
    wire.faults.black_hole.store(false, Ordering::SeqCst);
    ask_until_answered(&asks, 2, Lane::Log).await;
}

#[tokio::test]
async fn a_peer_that_vanishes_is_given_up_though_no_caller_waits_that_long() {
    let (asks, _asked, wire) = connected().await;
    wire.faults.black_hole.store(true, Ordering::SeqCst);
    let heartbeats = async {
        loop {
            let within = SILENCE_MAX / 10;
            let _ = asks.call(2, Lane::Log, Bytes::new(), within).await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let on = |lane| asks.peers()[0].connected.contains(&lane);
    let noticed = until("it is given up", || !on(Lane::Log));
    tokio::select! {
        () = noticed => {}
        () = heartbeats => {}
    }
    assert!(on(Lane::Control), "there nothing was asked");
}

#[tokio::test]
async fn a_peer_that_vanishes_is_given_up_though_it_has_answered_something_since() {
    let never = Bytes::from_static(b"never");
    let asked = start(options(2), |_, _, request| async move {
        if request == "never" {
            pending::<()>().await;
        }
        request
    })
    .await;
    let mut impatient = options(1);
    impatient.silence_max = SILENCE_MAX;
    let asks = start_echo(impatient).await;
    let wire = Wire::to(asked.local_addr()).await;
    introduce(&asks, 2, wire.address);
    let call = asks.call(2, Lane::Log, never, PATIENCE);
    ask_until_answered(&asks, 2, Lane::Log).await;
    wire.faults.black_hole.store(true, Ordering::SeqCst);
    let reason = broken(call.await.unwrap_err());
    assert_eq!(
        reason,
        "the peer owes 1 answers and has said nothing for 300ms"
    );
}

#[tokio::test]
async fn a_peer_that_is_slow_is_waited_for() {
    let slow = start(options(2), |_, _, request| async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        request
    })
    .await;
    let mut impatient = options(1);
    impatient.silence_max = Duration::from_secs(1);
    let asks = start_echo(impatient).await;
    introduce(&asks, 2, slow.local_addr());
    let request = Bytes::from_static(b"take your time");
    let answer = asks.call(2, Lane::Log, request.clone(), PATIENCE).await;
    assert_eq!(answer.unwrap(), request);
    // It said that it lives, as often as it was told to: four times a second.
    let alive = asks.stats(Lane::Log).frames_received() - 1;
    assert!((3..=12).contains(&alive), "{alive} signs of life");
}
