//! What is known of the others, and what happens when the address book changes.

use std::future::ready;
use std::time::{Duration, Instant};

use acquaint_consensus::{Lane, Transport};
use bytes::Bytes;

use crate::nodes::{
    PATIENCE, ask_until_answered, broken, introduce, options, start, start_echo, start_mute, until,
};
use crate::wire::{Hello, frame, read_frame};

#[tokio::test]
async fn a_node_knows_whom_it_calls_and_who_calls() {
    let mut later = options(2);
    later.program = "9.9.9".to_string();
    later.advertise = "two.example:7000".to_string();
    let two = start_echo(later).await;
    let one = start_echo(options(1)).await;
    introduce(&one, 2, two.local_addr());
    ask_until_answered(&one, 2, Lane::Control).await;
    ask_until_answered(&one, 2, Lane::Snapshot).await;

    let known = one.peers();
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].node, 2);
    assert_eq!(known[0].address, Some(two.local_addr().to_string()));
    assert_eq!(known[0].program.as_deref(), Some("9.9.9"));
    assert_eq!(known[0].connected, [Lane::Control, Lane::Snapshot]);
    assert_eq!(
        (&known[0].calling[..], &known[0].last_error),
        (&[][..], &None)
    );
    assert!(known[0].round_trip.is_some());

    let known = two.peers();
    assert_eq!((known[0].node, &known[0].address), (1, &None));
    assert_eq!(known[0].calling, [Lane::Control, Lane::Snapshot]);
    assert_eq!(known[0].advertised, None, "it told none");
    assert_eq!(known[0].program.as_deref(), Some(env!("CARGO_PKG_VERSION")));

    introduce(&two, 1, one.local_addr());
    ask_until_answered(&two, 1, Lane::Log).await;
    assert_eq!(one.peers()[0].calling, [Lane::Control, Lane::Log]);
    assert_eq!(
        one.peers()[0].advertised.as_deref(),
        Some("two.example:7000")
    );
}

#[tokio::test]
async fn another_address_is_another_connection_and_the_same_is_the_same() {
    let old = start_mute(options(2)).await;
    let asks = start_echo(options(1)).await;
    let myself = (1, asks.local_addr().to_string());
    introduce(&asks, 2, old.local_addr());
    let waits = asks.call(2, Lane::Log, Bytes::new(), PATIENCE);
    until("it arrived", || old.stats(Lane::Log).frames_received() > 0).await;
    let connected = || asks.peers()[0].connected == [Lane::Control, Lane::Log];
    until("both lanes are connected", connected).await;
    asks.set_peers([myself.clone(), (2, old.local_addr().to_string())].into());
    assert!(connected(), "nothing changed");

    let moved = start_echo(options(2)).await;
    asks.set_peers([myself, (2, moved.local_addr().to_string())].into());
    let reason = broken(waits.await.unwrap_err());
    assert_eq!(reason, "it has another address now");
    ask_until_answered(&asks, 2, Lane::Log).await;
    assert_eq!(moved.stats(Lane::Log).accepts(), 1);
    until("the old one is left alone", || old.peers().is_empty()).await;
}

/// A caller that lost its connection without a word dials again, and the old one is still there on the other side.
#[tokio::test]
async fn a_newer_connection_takes_the_place_of_the_older() {
    let asked = start_mute(options(2)).await;
    let (mut older, _, _) = Hello::new(1, 2).say(asked.local_addr()).await;
    let (_newer, code, _) = Hello::new(1, 2).say(asked.local_addr()).await;
    assert_eq!(code, 0);
    let (kind, _, reason) = read_frame(&mut older).await;
    let reason = String::from_utf8(reason).unwrap();
    assert_eq!(
        (kind, &reason[..]),
        (5, "a newer connection of the caller took its place")
    );
    assert_eq!(asked.peers()[0].calling, [Lane::Control]);
}

#[tokio::test]
async fn a_newer_connection_is_not_answered_beside_the_older() {
    use tokio::io::AsyncWriteExt;
    let large = Bytes::from(vec![7; 32 << 20]);
    let asked = start(options(2), move |_, _, _| ready(large.clone())).await;
    let (mut older, _, _) = Hello::new(1, 2).say(asked.local_addr()).await;
    let ask = frame(0, 1, 1, 60_000, b"");
    older.write_all(&ask).await.unwrap();
    let stats = asked.stats(Lane::Control);
    until("it is being answered", || stats.frames_sent() > 0).await;
    // The older reads nothing, so saying goodbye to it takes as long as it may.
    let begun = Instant::now();
    let (_newer, code, _) = Hello::new(1, 2).say(asked.local_addr()).await;
    assert_eq!(code, 0);
    assert!(
        begun.elapsed() >= Duration::from_millis(90),
        "{:?}",
        begun.elapsed()
    );
}
