//! Bytes that change on the way end the connection, in either direction, and nothing that they made is heard. The next
//! connection is as good as new.

use std::sync::atomic::Ordering;

use acquaint_consensus::{Lane, Transport};
use bytes::Bytes;

use crate::nodes::{PATIENCE, Wire, ask_until_answered, broken, introduce, options, start_echo};

#[tokio::test]
async fn a_damaged_frame_ends_the_connection() {
    let asked = start_echo(options(2)).await;
    let asks = start_echo(options(1)).await;
    let wire = Wire::to(asked.local_addr()).await;
    introduce(&asks, 2, wire.address);
    let there = ask_until_answered(&asks, 2, Lane::Log).await;

    let call = || asks.call(2, Lane::Log, Bytes::from_static(b"how are you?"), PATIENCE);
    wire.faults.damage_request.store(true, Ordering::SeqCst);
    let reason = broken(call().await.unwrap_err());
    assert_eq!(
        reason,
        "the peer ended it: the payload of a frame is damaged"
    );
    assert_eq!(ask_until_answered(&asks, 2, Lane::Log).await, there);

    wire.faults.damage_answer.store(true, Ordering::SeqCst);
    let reason = broken(call().await.unwrap_err());
    assert_eq!(reason, "the payload of a frame is damaged");
    assert_eq!(ask_until_answered(&asks, 2, Lane::Log).await, there);
    assert_eq!(asks.stats(Lane::Log).connects(), 3);
}
