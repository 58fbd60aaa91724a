//! A shutdown ends everything: what waits fails, what is asked later fails, and no task is left.

use acquaint_consensus::{Lane, Transport};
use bytes::Bytes;
use tokio::runtime::Handle;

use crate::nodes::{
    PATIENCE, ask_until_answered, broken, introduce, options, start_echo, start_mute, unreachable,
    until,
};

#[tokio::test]
async fn nothing_outlives_a_shutdown() {
    let before = Handle::current().metrics().num_alive_tasks();
    let asks = start_mute(options(1)).await;
    let asked = start_mute(options(2)).await;
    // Somebody who says nothing at all, and somebody who cannot be reached.
    let _mumbles = tokio::net::TcpStream::connect(asks.local_addr()).await;
    let nobody = start_echo(options(3)).await;
    let nowhere = nobody.local_addr();
    nobody.shutdown().await;
    asks.set_peers(
        [
            (2, asked.local_addr().to_string()),
            (3, nowhere.to_string()),
        ]
        .into(),
    );
    introduce(&asked, 1, asks.local_addr());
    let call = |to, lane| asks.call(to, lane, Bytes::new(), PATIENCE);
    let waiting: Vec<_> = Lane::ALL.into_iter().map(|lane| call(2, lane)).collect();
    unreachable(call(3, Lane::Log).await.unwrap_err());
    let asked_back = asked.call(1, Lane::Control, Bytes::new(), PATIENCE);
    let arrived = || {
        Lane::ALL
            .into_iter()
            .all(|lane| asked.stats(lane).frames_received() > 0)
    };
    until("they arrived", arrived).await;
    until("and back", || {
        asks.stats(Lane::Control).frames_received() > 0
    })
    .await;

    asks.shutdown().await;
    for call in waiting {
        assert_eq!(broken(call.await.unwrap_err()), "the node shuts down");
    }
    let reason = broken(asked_back.await.unwrap_err());
    assert_eq!(reason, "the peer ended it: the node shuts down");
    let late = call(2, Lane::Log).await.unwrap_err();
    assert_eq!(unreachable(late), "this node has shut down");
    asked.shutdown().await;
    assert_eq!(Handle::current().metrics().num_alive_tasks(), before);
    asks.shutdown().await;
}

#[tokio::test]
async fn a_transport_that_is_dropped_ends() {
    let before = Handle::current().metrics().num_alive_tasks();
    let asked = start_echo(options(2)).await;
    let asks = start_echo(options(1)).await;
    introduce(&asks, 2, asked.local_addr());
    ask_until_answered(&asks, 2, Lane::Log).await;
    drop((asks, asked));
    let ended = || Handle::current().metrics().num_alive_tasks() == before;
    until("every task has ended", ended).await;
}
