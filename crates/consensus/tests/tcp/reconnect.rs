//! A peer that goes away and comes back is found again. Meanwhile calls fail at once; only the first attempt to reach a peer is
//! waited for.

use std::time::{Duration, Instant};

use acquaint_consensus::{Lane, TcpTransport, Transport};
use bytes::Bytes;

use crate::nodes::{
    PATIENCE, ask_until_answered, broken, introduce, options, start_echo, start_mute, unreachable,
};

#[tokio::test]
async fn a_peer_that_comes_back_is_found_again() {
    let asked = start_mute(options(2)).await;
    let address = asked.local_addr();
    let asks = start_echo(options(1)).await;
    introduce(&asks, 2, address);
    let call = |within| asks.call(2, Lane::Log, Bytes::new(), within);
    let waits = call(PATIENCE);
    crate::nodes::until("it arrived", || {
        asked.stats(Lane::Log).frames_received() > 0
    })
    .await;

    asked.shutdown().await;
    let reason = broken(waits.await.unwrap_err());
    assert_eq!(reason, "the peer ended it: the node shuts down");
    let begun = Instant::now();
    for _ in 0..100 {
        unreachable(call(PATIENCE).await.unwrap_err());
    }
    assert!(
        begun.elapsed() < Duration::from_secs(1),
        "they failed at once"
    );

    let mut again = options(2);
    again.listen = address;
    let _asked = start_echo(again).await;
    ask_until_answered(&asks, 2, Lane::Log).await;
    assert_eq!(asks.stats(Lane::Log).connects(), 2);
    let both = || asks.peers()[0].connected == [Lane::Control, Lane::Log];
    crate::nodes::until("both lanes are connected again", both).await;
    assert_eq!(asks.peers()[0].last_error, None);
}

#[tokio::test]
async fn the_first_attempt_is_waited_for() {
    let asked = TcpTransport::bind(options(2)).await.unwrap();
    let asks = start_echo(options(1)).await;
    introduce(&asks, 2, asked.local_addr());
    let waits = asks.call(2, Lane::Log, Bytes::from_static(b"early"), PATIENCE);
    let waits = tokio::spawn(waits);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!waits.is_finished());
    struct Echo;
    impl acquaint_consensus::Handler for Echo {
        fn handle(
            &self,
            _: u64,
            _: Lane,
            request: Bytes,
        ) -> futures::future::BoxFuture<'static, Bytes> {
            Box::pin(async { request })
        }
    }
    asked.serve(std::sync::Arc::new(Echo));
    assert_eq!(waits.await.unwrap().unwrap(), "early");
}

#[tokio::test]
async fn where_nobody_listens_nobody_is_reached() {
    let free = start_echo(options(2)).await;
    let nowhere = free.local_addr();
    free.shutdown().await;
    let asks = start_echo(options(1)).await;
    introduce(&asks, 2, nowhere);
    let call = |to| asks.call(to, Lane::Control, Bytes::new(), PATIENCE);
    let refused = call(2).await.unwrap_err();
    assert!(!refused.may_have_arrived());
    assert!(unreachable(refused).contains("refused"));
    assert_eq!(
        unreachable(call(1).await.unwrap_err()),
        "it is this node itself"
    );
    assert_eq!(
        unreachable(call(3).await.unwrap_err()),
        "its address is not known"
    );
}

/// A node that comes back dials the others, and is dialled by them then, however long they would have waited.
#[tokio::test]
async fn a_peer_that_calls_is_dialled_at_once() {
    let gone = start_echo(options(2)).await;
    let address = gone.local_addr();
    gone.shutdown().await;
    let mut patient = options(1);
    patient.redial_wait_min = PATIENCE * 100;
    patient.redial_wait_max = PATIENCE * 100;
    let asks = start_echo(patient).await;
    introduce(&asks, 2, address);
    unreachable(
        asks.call(2, Lane::Log, Bytes::new(), PATIENCE)
            .await
            .unwrap_err(),
    );

    let mut again = options(2);
    again.listen = address;
    let back = start_echo(again).await;
    introduce(&back, 1, asks.local_addr());
    ask_until_answered(&asks, 2, Lane::Log).await;
}

#[tokio::test]
async fn a_peer_that_hangs_up_at_once_is_not_dialled_at_once() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let asks = start_echo(options(1)).await;
    introduce(&asks, 2, listener.local_addr().unwrap());
    let hangs_up = async {
        loop {
            let (mut caller, _) = listener.accept().await.unwrap();
            crate::wire::welcome(&mut caller, 2).await;
        }
    };
    let second = Duration::from_secs(1);
    assert!(tokio::time::timeout(second, hangs_up).await.is_err());
    let connects = asks.stats(Lane::Control).connects();
    // The waits double from 50 ms, each shortened by up to a half.
    assert!(
        (2..=7).contains(&connects),
        "{connects} connections in a second"
    );
}
