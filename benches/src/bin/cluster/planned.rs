//! What clients meet while every node is restarted in order, as `docs/cluster.md` says.

use std::time::Duration;

use acquaint_tests::Visitors;

use acquaint_benches::nodes;

const CLIENTS: usize = 6;
const BETWEEN: Duration = Duration::from_secs(1);

pub(crate) async fn measure() {
    let mut servers = nodes::three().await;
    let visitors = Visitors::start(CLIENTS, &nodes::urls(&servers));
    for node in 0..servers.len() {
        tokio::time::sleep(BETWEEN).await;
        let other = (node + 1) % servers.len();
        let number = nodes::number(&servers[node]).await.to_string();
        nodes::said(&servers[other], &["cluster", "drain", &number]);
        let ended = servers[node].stop().await;
        assert!(ended.success(), "{ended}: {}", servers[node].log());
        servers[node].restart().await;
        nodes::said(&servers[other], &["cluster", "drain", &number, "--off"]);
        nodes::settled(&servers[other]).await;
    }
    let met = visitors.end().await;
    println!(
        "planned work: three nodes drained, stopped and started while {CLIENTS} clients wrote and read"
    );
    println!(
        "  {} requests, {} failed, {} sent again on another connection, the slowest {:.0?}",
        met.answered(),
        met.failed().len(),
        met.resent(),
        met.slowest()
    );
    for failed in met.failed().iter().take(5) {
        println!("  {failed}");
    }
}
