//! What waits for a peer on a lane is bounded in bytes; what nobody waits for any more makes room.

use std::time::Duration;

use acquaint_consensus::{CallError, Lane, Transport};
use bytes::Bytes;

use crate::nodes::{PATIENCE, introduce, options, start_echo, start_mute};

#[tokio::test]
async fn a_full_lane_refuses_until_there_is_room() {
    let asked = start_mute(options(2)).await;
    let mut small = options(1);
    small.lane_bytes_max = 10_000;
    let asks = start_echo(small).await;
    introduce(&asks, 2, asked.local_addr());
    let call = |lane, bytes: usize| asks.call(2, lane, Bytes::from(vec![0; bytes]), PATIENCE);

    let first = call(Lane::Log, 6_000);
    match call(Lane::Log, 6_000).await.unwrap_err() {
        CallError::Full {
            to: 2,
            lane: Lane::Log,
            bytes: 6_000..7_000,
            bytes_max: 10_000,
        } => {}
        other => panic!("{other}"),
    }
    assert_eq!(asks.stats(Lane::Log).full(), 1);
    let waiting = || asks.peers()[0].waiting_bytes;
    assert!((6_000..7_000).contains(&waiting()));
    // Requests without payload are not free.
    let many: Vec<_> = (0..100).map(|_| call(Lane::Forward, 0)).collect();
    assert!((50..100).contains(&asks.stats(Lane::Forward).full()));
    drop(many);

    drop(first);
    let second = call(Lane::Log, 6_000);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(
        asks.stats(Lane::Log).full(),
        1,
        "there was room, queued or sent"
    );
    drop(second);
    // An empty lane takes any single request.
    let large = call(Lane::Log, 1 << 20);
    assert!(matches!(
        call(Lane::Log, 0).await,
        Err(CallError::Full { .. })
    ));
    assert_eq!(asks.stats(Lane::Log).full(), 2);
    drop(large);
    assert_eq!(waiting(), 0);
}
