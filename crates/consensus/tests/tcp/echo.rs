//! Every request gets its own answer, on every lane, between all nodes at once, small or large; and what is asked at
//! once leaves together.

use std::sync::Arc;

use acquaint_consensus::{Lane, TcpTransport, Transport};
use bytes::Bytes;
use futures::future::join_all;

use crate::nodes::{PATIENCE, options, start};

const NODES: u64 = 3;
const REQUESTS: u64 = 300;

/// What a node makes of a request: who is asked, who asked, on which lane, and what.
fn answer(node: u64, from: u64, lane: Lane, request: &[u8]) -> Bytes {
    let told = format!("{node} was asked by {from} on {lane}: ");
    [told.as_bytes(), request].concat().into()
}

/// From nothing to what needs memory of its own.
fn request(number: u64) -> Bytes {
    let bytes = if number.is_multiple_of(50) {
        number * 1_000
    } else {
        number % 7
    };
    vec![number as u8; bytes as usize].into()
}

async fn ask(node: Arc<TcpTransport>, id: u64, to: u64, lane: Lane, number: u64) {
    let asked = request(number);
    let answered = node.call(to, lane, asked.clone(), PATIENCE).await.unwrap();
    assert_eq!(answered, answer(to, id, lane, &asked));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_gets_its_own_answer() {
    let mut nodes = Vec::new();
    for id in 1..=NODES {
        let node = start(options(id), move |from, lane, request| async move {
            answer(id, from, lane, &request)
        });
        nodes.push((id, node.await));
    }
    let book = |(id, node): &(u64, Arc<TcpTransport>)| (*id, node.local_addr().to_string());
    let book = nodes
        .iter()
        .map(book)
        .collect::<std::collections::BTreeMap<_, _>>();
    let mut asked = Vec::new();
    for (id, node) in &nodes {
        node.set_peers(book.clone());
        for number in 0..REQUESTS {
            for lane in Lane::ALL {
                let others = book.keys().filter(|to| *to != id);
                asked.extend(others.map(|to| ask(node.clone(), *id, *to, lane, number)));
            }
        }
    }
    join_all(asked.into_iter().map(tokio::spawn))
        .await
        .into_iter()
        .for_each(|asked| asked.unwrap());

    for (_, node) in &nodes {
        for lane in Lane::ALL {
            let stats = node.stats(lane);
            assert_eq!(stats.connects(), NODES - 1);
            assert_eq!(stats.accepts(), NODES - 1);
            // It asks and is asked by each of the others, and there may be signs of life.
            assert!(stats.frames_sent() >= 2 * (NODES - 1) * REQUESTS);
            assert!(stats.frames_received() >= 2 * (NODES - 1) * REQUESTS);
        }
    }
}

/// A call has its place when it returns, polled or not: so these are queued before the connection is there.
#[tokio::test]
async fn what_waits_leaves_together() {
    let asked = start(options(2), |_, _, request| async { request }).await;
    let asks = start(options(1), |_, _, request| async { request }).await;
    crate::nodes::introduce(&asks, 2, asked.local_addr());
    let calls: Vec<_> = (0..REQUESTS)
        .map(|number| asks.call(2, Lane::Log, request(number % 50 + 1), PATIENCE))
        .collect();
    join_all(calls)
        .await
        .into_iter()
        .for_each(|answered| drop(answered.unwrap()));
    for node in [asks, asked] {
        let stats = node.stats(Lane::Log);
        assert_eq!(stats.frames_sent(), REQUESTS);
        assert!(stats.writes() < REQUESTS / 10, "{} writes", stats.writes());
    }
}
