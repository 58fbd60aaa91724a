//! The same set of messages gives the same bytes, whatever way it came in.
//!
//! - Other orders, other batches, many requests in flight, everything twice, and one,
//!   four or seven groups: the export is identical to the byte.
//! - CI takes a prefix of the stream; `make import-full` takes all of it
//!   (`ACQUAINT_IMPORT_LINES`).

#![allow(clippy::unwrap_used)]

use std::time::Instant;

use acquaint_tests::{Import, Server, ServerOptions, assert_same_bytes, import, skip, stream};
use serde_json::Value;

const LINES_IN_CI: usize = 4_000;

struct Way {
    name: &'static str,
    anchors_groups: u16,
    how: Import,
    messages: Vec<Value>,
}

fn lines() -> usize {
    match std::env::var("ACQUAINT_IMPORT_LINES") {
        Err(_) => LINES_IN_CI,
        Ok(all) if all == "all" => usize::MAX,
        Ok(number) => number
            .parse()
            .expect("ACQUAINT_IMPORT_LINES is a number or `all`"),
    }
}

async fn run(way: &Way) -> (Server, Vec<u8>) {
    let begun = Instant::now();
    let options = ServerOptions {
        anchors_groups: way.anchors_groups,
        ..ServerOptions::default()
    };
    let server = Server::start(&options).await;
    let verdicts = import(&server, &way.messages, way.how).await;
    let accepted = verdicts
        .iter()
        .filter(|verdict| *verdict == "accepted")
        .count();
    let duplicate = verdicts
        .iter()
        .filter(|verdict| *verdict == "duplicate")
        .count();
    let rejected = verdicts.len() - accepted - duplicate;
    let export = server.export().await;
    println!(
        "{:<28} {accepted} accepted, {duplicate} duplicate, {rejected} rejected, {} bytes, {:?}",
        way.name,
        export.len(),
        begun.elapsed()
    );
    server.assert_no_panic();
    (server, export)
}

async fn every_way_is_the_same(messages: Vec<Value>) {
    let in_order = Way {
        name: "in order, by 100",
        anchors_groups: 4,
        how: Import {
            batch_messages: 100,
            in_flight: 1,
        },
        messages,
    };
    let (server, expected) = run(&in_order).await;
    assert!(
        expected.len() > in_order.messages.len(),
        "the export holds something"
    );

    let again = import(&server, &in_order.messages, in_order.how).await;
    assert!(
        again.iter().all(|verdict| verdict != "accepted"),
        "a second import adds nothing"
    );
    assert_same_bytes(&expected, &server.export().await, "imported twice");
    drop(server);

    let mut backwards = in_order.messages.clone();
    backwards.reverse();
    let mut doubled = stream::shuffled(&in_order.messages, 3);
    doubled.extend(stream::shuffled(&in_order.messages, 4));
    let ways = [
        Way {
            name: "shuffled, one by one, 64 at once",
            anchors_groups: 1,
            how: Import {
                batch_messages: 1,
                in_flight: 64,
            },
            messages: stream::shuffled(&in_order.messages, 1),
        },
        Way {
            name: "shuffled, by 2,500, 8 at once",
            anchors_groups: 7,
            how: Import {
                batch_messages: 2_500,
                in_flight: 8,
            },
            messages: stream::shuffled(&in_order.messages, 2),
        },
        Way {
            name: "backwards, by 100, 16 at once",
            anchors_groups: 4,
            how: Import {
                batch_messages: 100,
                in_flight: 16,
            },
            messages: backwards,
        },
        Way {
            name: "twice shuffled, by 100, 16 at once",
            anchors_groups: 4,
            how: Import {
                batch_messages: 100,
                in_flight: 16,
            },
            messages: doubled,
        },
    ];
    for way in &ways {
        let (_, export) = run(way).await;
        assert_same_bytes(&expected, &export, way.name);
    }
}

#[tokio::test]
async fn the_omnichannel_stream_in_every_way() {
    let Some(messages) = stream::omnichannel(lines()) else {
        skip("omnichannel", "../shared/data/omnichannel-1k is not here");
        return;
    };
    every_way_is_the_same(messages).await;
}

#[tokio::test]
async fn a_generated_sample_in_every_way() {
    every_way_is_the_same(stream::sample(100, lines().min(3_000))).await;
}
