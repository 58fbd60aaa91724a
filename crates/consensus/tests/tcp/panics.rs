//! A handler that panics, which none should, ends the connection that asked and nothing else.

use acquaint_consensus::{Lane, Transport};
use bytes::Bytes;

use crate::nodes::{PATIENCE, ask_until_answered, broken, introduce, options, start, start_echo};

#[tokio::test]
async fn a_panic_ends_one_connection() {
    let asked = start(options(2), |_, _, request: Bytes| async move {
        assert!(request != "panic", "as asked");
        request
    })
    .await;
    let asks = start_echo(options(1)).await;
    introduce(&asks, 2, asked.local_addr());
    let call = |lane, request| asks.call(2, lane, Bytes::from_static(request), PATIENCE);
    call(Lane::Control, b"fine").await.unwrap();
    broken(call(Lane::Forward, b"panic").await.unwrap_err());
    ask_until_answered(&asks, 2, Lane::Forward).await;
    assert_eq!(asks.stats(Lane::Forward).connects(), 2);
    assert_eq!(asks.stats(Lane::Control).connects(), 1);
    assert_eq!(asked.peers()[0].calling, [Lane::Control, Lane::Forward]);
}
