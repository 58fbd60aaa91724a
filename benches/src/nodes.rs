//! Nodes and clusters to measure.

use std::time::{Duration, Instant};

use acquaint_api::cluster::ClusterBody;
use acquaint_tests::{Place, Server, ServerOptions, form, operate};

/// Groups of anchors: with the registry and the identity group there are sixteen.
const ANCHORS_GROUPS: u16 = 14;
/// All groups.
pub const GROUPS: u16 = ANCHORS_GROUPS + 2;
const CACHE_BYTES: u64 = 128 << 20;
const SETTLED_WITHIN: Duration = Duration::from_secs(60);

fn options() -> ServerOptions {
    ServerOptions {
        anchors_groups: ANCHORS_GROUPS,
        cache_bytes: CACHE_BYTES,
        ..ServerOptions::default()
    }
}

/// One node alone, which runs.
pub async fn alone() -> Server {
    Server::start(&options()).await
}

/// A node with an empty disk, which does not run yet.
pub fn another() -> Server {
    Server::prepare_at(Place::loopback_in_cluster(), &options())
}

/// Three nodes of one cluster, each of which leads its share.
pub async fn three() -> [Server; 3] {
    three_with(Vec::new()).await
}

/// As [`three`], with variables in the environment of each.
pub async fn three_with(environment: Vec<(String, String)>) -> [Server; 3] {
    let [mut first, mut second, mut third] = [another(), another(), another()];
    for server in [&mut first, &mut second, &mut third] {
        server.set_environment(environment.clone());
    }
    let formed = form(&mut [&mut first, &mut second, &mut third]).await;
    formed.unwrap_or_else(|reason| panic!("no cluster could be formed: {reason}"));
    settled(&first).await;
    [first, second, third]
}

/// The addresses as clients use them.
pub fn urls(servers: &[Server]) -> Vec<String> {
    servers.iter().map(|server| server.url("")).collect()
}

/// The command line, which has to succeed.
pub fn said(server: &Server, arguments: &[&str]) {
    if let Err(reason) = operate(server, arguments) {
        panic!("{reason}");
    }
}

/// The cluster as a node sees it.
pub async fn cluster(server: &Server) -> ClusterBody {
    let (status, body) = server.get("/v1/cluster").await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_value(body).expect("the cluster in the form that clients read")
}

/// The number of a node.
pub async fn number(server: &Server) -> u64 {
    let number = cluster(server).await.node;
    number.expect("a node of a cluster has a number")
}

/// Waits until every node has caught up, and none leads two groups more than another one.
pub async fn settled(server: &Server) {
    let begun = Instant::now();
    loop {
        let nodes = cluster(server).await.nodes;
        let leads = || nodes.iter().map(|node| node.leads);
        let (most, fewest) = (leads().max().unwrap_or(0), leads().min().unwrap_or(0));
        let caught_up = nodes.iter().all(|node| node.caught_up != Some(false));
        if caught_up && fewest > 0 && most < fewest + 2 {
            return;
        }
        assert!(begun.elapsed() < SETTLED_WITHIN, "{nodes:#?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
