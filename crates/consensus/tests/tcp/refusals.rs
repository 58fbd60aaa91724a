//! A node that is not meant is refused, with a reason that a person understands, and says so once.

use std::net::SocketAddr;
use std::time::Duration;

use acquaint_consensus::{
    ClusterId, Lane, PeerError, RefusalCode, TcpOptions, TcpTransport, Transport,
};
use bytes::Bytes;

use crate::nodes::{
    PATIENCE, ask_until_answered, broken, introduce, options, start_echo, unreachable, until,
};
use crate::wire::Hello;

/// Node 1 with these options calls node 2 at this address, and is refused.
async fn check_refused(asks: TcpOptions, asked: SocketAddr, code: RefusalCode, reason: &str) {
    let asks = start_echo(asks).await;
    introduce(&asks, 2, asked);
    let reason = format!("it refused: {reason}");
    let call = asks.call(2, Lane::Control, Bytes::new(), PATIENCE);
    assert_eq!(unreachable(call.await.unwrap_err()), reason);
    let error = last_error(&asks).unwrap();
    assert_eq!(
        (error.lane, error.refusal, error.reason),
        (Lane::Control, Some(code), reason.clone())
    );
    until("it tries again", || {
        asks.stats(Lane::Control).dials_refused() > 2
    })
    .await;
    let error = last_error(&asks).unwrap();
    assert!(
        error.since > Duration::from_millis(50),
        "it is the same trouble since then"
    );
    assert_eq!(asks.stats(Lane::Control).connects(), 0);
    asks.shutdown().await;
}

fn last_error(node: &TcpTransport) -> Option<PeerError> {
    node.peers().into_iter().find_map(|peer| peer.last_error)
}

#[tokio::test]
async fn a_node_of_another_cluster_is_refused() {
    let asked = start_echo(options(2)).await;
    let mut asks = options(1);
    asks.cluster = ClusterId([0xaa; 16]);
    let reason = "node 2 belongs to cluster c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1, and the caller, node 1, to cluster \
                  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let code = RefusalCode::OtherCluster;
    check_refused(asks, asked.local_addr(), code, reason).await;
    assert!(asked.callers_refused() > 2);
}

#[tokio::test]
async fn a_node_at_the_address_of_another_is_not_taken_for_it() {
    let asked = start_echo(options(9)).await;
    let reason =
        "the caller meant node 2, and this is node 9: the address is used by another node now";
    let code = RefusalCode::OtherNode;
    check_refused(options(1), asked.local_addr(), code, reason).await;
}

#[tokio::test]
async fn two_nodes_with_one_id_do_not_speak() {
    let asked = start_echo(options(2)).await;
    let (_, code, reason) = Hello::new(2, 2).say(asked.local_addr()).await;
    assert_eq!(code, 3);
    let reason = String::from_utf8(reason[2..].to_vec()).unwrap();
    assert_eq!(
        reason,
        "the caller says that it is node 2, and so is this: an id was given twice"
    );
}

#[tokio::test]
async fn who_is_not_allowed_is_refused() {
    let asked = start_echo(options(2)).await;
    asked.allow(Some([2, 3].into()));
    let reason = "node 1 is not a member of the cluster, or not any more";
    check_refused(
        options(1),
        asked.local_addr(),
        RefusalCode::NotMember,
        reason,
    )
    .await;
}

#[tokio::test]
async fn who_is_forgotten_is_hung_up_on_and_may_not_call_again() {
    let asked = start_echo(options(2)).await;
    let asks = start_echo(options(1)).await;
    introduce(&asks, 2, asked.local_addr());
    introduce(&asked, 1, asks.local_addr());
    ask_until_answered(&asks, 2, Lane::Control).await;
    ask_until_answered(&asked, 1, Lane::Control).await;

    asked.forget(1);
    let refused = || last_error(&asks).is_some_and(|error| error.refusal.is_some());
    until("the forgotten node is refused", refused).await;
    let code = last_error(&asks).unwrap().refusal;
    assert_eq!(code, Some(RefusalCode::NotMember));
    let gone = asked.call(1, Lane::Control, Bytes::new(), PATIENCE).await;
    assert_eq!(unreachable(gone.unwrap_err()), "its address is not known");
    until("its connections have ended", || asked.peers().is_empty()).await;

    introduce(&asked, 1, asks.local_addr());
    ask_until_answered(&asks, 2, Lane::Control).await;
}

#[tokio::test]
async fn who_is_not_allowed_any_more_is_told() {
    let asked = crate::nodes::start_mute(options(2)).await;
    let asks = start_echo(options(1)).await;
    introduce(&asks, 2, asked.local_addr());
    let call = asks.call(2, Lane::Control, Bytes::new(), PATIENCE);
    until("it is connected", || {
        asked.stats(Lane::Control).frames_received() > 0
    })
    .await;
    asked.allow(Some([].into()));
    let reason = broken(call.await.unwrap_err());
    assert_eq!(
        reason,
        "the peer ended it: the caller is not a member of the cluster any more"
    );
}

/// What programs of other versions say, by hand.
#[tokio::test]
async fn other_versions_understand_each_other_as_far_as_a_refusal() {
    let asked = start_echo(options(2)).await;
    for (versions, lane, code, words) in [
        (
            (7, 9),
            1,
            4,
            "the caller speaks versions 7 to 9 of the protocol, and node 2 speaks 1 to 1",
        ),
        ((1, 9), 77, 6, "node 2 knows no lane 77"),
    ] {
        let hello = Hello {
            versions,
            lane,
            ..Hello::new(1, 2)
        };
        let (_, refusal, reason) = hello.say(asked.local_addr()).await;
        assert_eq!(refusal, code);
        assert_eq!(String::from_utf8(reason[2..].to_vec()).unwrap(), words);
    }
    let hello = Hello {
        versions: (1, 9),
        ..Hello::new(1, 2)
    };
    let (_, code, welcome) = hello.say(asked.local_addr()).await;
    assert_eq!(
        (code, &welcome[..2]),
        (0, &[0, 1][..]),
        "version 1 is spoken"
    );
}

#[tokio::test]
async fn there_are_no_more_connections_than_there_may_be() {
    let mut two = options(9);
    two.connections_max = 2;
    let asked = start_echo(two).await;
    let (first, code, _) = Hello::new(1, 9).say(asked.local_addr()).await;
    assert_eq!(code, 0);
    let (_second, code, _) = Hello::new(2, 9).say(asked.local_addr()).await;
    assert_eq!(code, 0);
    let (_, code, reason) = Hello::new(3, 9).say(asked.local_addr()).await;
    assert_eq!(code, 7);
    let reason = String::from_utf8(reason[2..].to_vec()).unwrap();
    assert_eq!(reason, "node 9 answers 2 connections already, and no more");
    // One that is there already may come again.
    let (_again, code, _) = Hello::new(2, 9).say(asked.local_addr()).await;
    assert_eq!(code, 0);
    drop(first);
    until("a place is free", || asked.peers().len() == 1).await;
    let (_third, code, _) = Hello::new(3, 9).say(asked.local_addr()).await;
    assert_eq!(code, 0);
}
