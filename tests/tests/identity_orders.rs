//! Who is who does not depend on the order: random orders × repetitions × batches × anchors groups.
//!
//! - Each node is sent the messages in an order of its own, some of them twice, by several clients at once.
//! - Each then computes its partition again from its evidence, in random orders, with repetitions, partial states and
//!   batches of their own (`acquaint identity score --orders`): all must be the node's.
//! - All nodes must have one partition, whatever their anchors groups.
//! - CI takes a prefix of the stream, or of a generated sample where that is absent, and few orders; `make orders` takes all of it, and twenty orders per node.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use acquaint_tests::{Import, Server, ServerOptions, TOKEN, import, stream};
use serde_json::Value;

/// Nodes with so many anchors groups.
const ANCHORS_GROUPS: [u16; 3] = [1, 3, 7];
/// Messages that are imported in CI.
const LINES_IN_CI: usize = 4_000;
/// Orders per node in CI.
const ORDERS_IN_CI: usize = 4;
/// How long work may be pending after an import.
const SETTLED_WITHIN: Duration = Duration::from_secs(60);

fn number(variable: &str, default: usize) -> usize {
    match std::env::var(variable) {
        Err(_) => default,
        Ok(all) if all == "all" => usize::MAX,
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{variable} is a number or `all`")),
    }
}

/// The messages in an order drawn from a seed, every third once more somewhere.
fn disordered(messages: &[Value], seed: u64) -> Vec<Value> {
    let again = messages.iter().step_by(3);
    let all: Vec<Value> = messages.iter().chain(again).cloned().collect();
    stream::shuffled(&all, seed)
}

/// What the node says of its partition: the last line of its evidence.
async fn partition(server: &Server) -> Value {
    let request = server.http().get(server.url("/v1/identity/evidence"));
    let answer = request.bearer_auth(TOKEN).send().await.unwrap();
    let text = answer.text().await.unwrap();
    let last = text.lines().last().expect("the evidence has lines");
    let line: Value = serde_json::from_str(last).unwrap();
    line["partition"].clone()
}

async fn settled(server: &Server) -> Value {
    let begun = Instant::now();
    loop {
        let partition = partition(server).await;
        if partition["pending"] == false {
            return partition;
        }
        assert!(
            begun.elapsed() < SETTLED_WITHIN,
            "work stays pending: {partition}"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Orders agree whatever the truth: without that of the stream, one that knows nobody will do.
fn truth_of_nobody(server: &Server) -> PathBuf {
    let directory = server.dir().to_path_buf();
    let write = |name: &str, text: &str| std::fs::write(directory.join(name), text).unwrap();
    write(
        "truth.csv.gz",
        "messageId,person_id,cls\nnever-sent,p1,ok\n",
    );
    write("identifiers.csv.gz", "ns,value,owners\n");
    directory
}

fn score(server: &Server, directory: &Path, orders: usize, seed: u64) -> Value {
    let file = |name: &str| directory.join(name).to_str().unwrap().to_owned();
    let mut command = server.command();
    command.args([
        "identity",
        "score",
        "--json",
        "--truth",
        &file("truth.csv.gz"),
    ]);
    command.args(["--owners", &file("identifiers.csv.gz")]);
    command.args(["--orders", &orders.to_string(), "--seed", &seed.to_string()]);
    command.env("ACQUAINT_URL", server.url(""));
    let output = command.env("ACQUAINT_TOKEN", TOKEN).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn every_order_on_every_number_of_groups_is_one_partition() {
    let lines = number("ACQUAINT_IMPORT_LINES", LINES_IN_CI);
    let omnichannel = stream::omnichannel(lines);
    let has_truth = omnichannel.is_some();
    let messages = omnichannel.unwrap_or_else(|| stream::sample(100, lines));
    let orders = number("ACQUAINT_ORDERS", ORDERS_IN_CI);
    let mut digests = Vec::new();
    for (anchors_groups, batch_messages) in ANCHORS_GROUPS.into_iter().zip([1, 100, 2_500]) {
        let seed = u64::from(anchors_groups);
        let options = ServerOptions {
            anchors_groups,
            ..ServerOptions::default()
        };
        let server = Server::start(&options).await;
        let how = Import {
            batch_messages,
            in_flight: 32,
        };
        import(&server, &disordered(&messages, seed), how).await;
        let partition = settled(&server).await;
        let directory = match has_truth {
            true => stream::omnichannel_dir(),
            false => truth_of_nobody(&server),
        };
        let report = score(&server, &directory, orders, seed);
        println!(
            "{anchors_groups} groups, batches of {batch_messages}: {} {partition}\n  {} {} {}",
            report["orders"], report["pairwise"], report["oracle"], report["persons"]
        );
        assert_eq!(
            report["orders"]["agreement"], 1.0,
            "{anchors_groups} groups"
        );
        assert_eq!(
            report["orders"]["agreementWithLive"], 1.0,
            "{anchors_groups} groups"
        );
        server.assert_no_panic();
        digests.push(partition["digest"].clone());
    }
    assert!(
        digests.iter().all(|digest| *digest == digests[0]),
        "{digests:?}"
    );
}
