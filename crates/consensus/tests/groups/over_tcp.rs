//! A cluster whose nodes speak over TCP, as real ones do: it forms, goes on without a node, and takes it and a new one in,
//! the new one by a snapshot.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use acquaint_consensus::{
    Change, ClusterId, Consensus, Error, Group, Lane, TcpOptions, TcpTransport, TokioRuntime,
};
use acquaint_storage::Store;
use tempfile::TempDir;

use crate::ledger::{entries, group, open, options, propose};
use crate::wires::eventually;

const GROUPS: u16 = 3;
const MINUTE: Duration = Duration::from_secs(60);

struct Node {
    consensus: Consensus<TokioRuntime>,
    transport: Arc<TcpTransport>,
    store: Store,
}

/// Nodes, and where they are. They stay there, and so do their stores.
#[derive(Default)]
struct Cluster {
    nodes: BTreeMap<u64, Node>,
    addresses: BTreeMap<u64, SocketAddr>,
    directories: BTreeMap<u64, TempDir>,
}

impl Cluster {
    /// A node that listens: where it did before, or anywhere.
    async fn listen(&mut self, id: u64) -> Arc<TcpTransport> {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let listen = *self.addresses.get(&id).unwrap_or(&any_port);
        let options = TcpOptions::new(listen, ClusterId([0xc1; 16]), id);
        let transport = TcpTransport::bind(options).await.unwrap();
        self.addresses.insert(id, transport.local_addr());
        transport
    }

    /// Runs a node that listens. Everybody learns where everybody is.
    async fn start(&mut self, id: u64, transport: Arc<TcpTransport>, form: Option<&[u64]>) {
        let new = || tempfile::tempdir().unwrap();
        let directory = self.directories.entry(id).or_insert_with(new);
        let store = open(directory.path());
        let mut options = options(&store, GROUPS);
        options.node_id = id;
        options.transport = transport.clone();
        options.form = form.map(|members| {
            let address = |id: &u64| (*id, self.addresses[id].to_string());
            members.iter().map(address).collect()
        });
        options.log_keep_entries = 10;
        let consensus = Consensus::start(options).await.unwrap();
        let node = Node {
            consensus,
            transport,
            store,
        };
        self.nodes.insert(id, node);
        for node in self.nodes.values() {
            let addresses = self.addresses.iter();
            let book = addresses.map(|(id, address)| (*id, address.to_string()));
            node.transport.set_peers(book.collect());
        }
    }

    async fn stop(&mut self, id: u64) {
        let node = self.nodes.remove(&id).unwrap();
        node.consensus.shutdown().await;
        node.transport.shutdown().await;
    }

    fn group(&self, id: u64, k: u16) -> Group<TokioRuntime> {
        self.nodes[&id].consensus.group(group(k)).unwrap().clone()
    }

    /// Proposes on every node to every group.
    /// Gives a learner its vote as soon as it has caught up.
    async fn promote(&self, node: u64, k: u16) {
        let promote = Change::Promote {
            nodes: BTreeSet::from([node]),
        };
        let began = Instant::now();
        while let Err(error) = self.group(3, k).change(promote.clone()).await {
            assert!(matches!(error, Error::NotNow { .. }), "{error}");
            assert!(began.elapsed() < MINUTE, "{error}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn propose_everywhere(&self) {
        for id in self.nodes.keys() {
            for k in 0..GROUPS {
                propose(&self.group(*id, k), b"command").await;
            }
        }
    }

    /// Waits until all have applied the same, so many commands in every group.
    async fn until_equal(&self, count: u64) {
        let equal = || {
            let of = |node: &Node, k| entries(&node.store, group(k));
            let all = |k| {
                let mut states = self.nodes.values().map(|node| of(node, k));
                let first = states.next().unwrap();
                first.count == count && states.all(|state| state == first)
            };
            (0..GROUPS).all(all).then_some(())
        };
        eventually("the ledgers are equal", equal).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_lives_over_tcp() {
    let mut cluster = Cluster::default();
    let members = [1, 2, 3];
    let mut listening = Vec::new();
    for id in members {
        listening.push((id, cluster.listen(id).await));
    }
    for (id, transport) in listening {
        cluster.start(id, transport, Some(&members)).await;
    }
    for _ in 0..10 {
        cluster.propose_everywhere().await;
    }
    cluster.until_equal(30).await;

    cluster.stop(2).await;
    for _ in 0..10 {
        cluster.propose_everywhere().await;
    }
    cluster.until_equal(50).await;
    let transport = cluster.listen(2).await;
    cluster.start(2, transport, None).await;
    cluster.group(2, 0).recovered(MINUTE).await.unwrap();
    cluster.until_equal(50).await;

    for k in 0..GROUPS {
        for id in members {
            cluster.group(id, k).purge().await.unwrap();
        }
    }
    let transport = cluster.listen(4).await;
    let address = transport.local_addr().to_string();
    cluster.start(4, transport, None).await;
    for k in 0..GROUPS {
        let address = address.clone();
        let learner = Change::AddLearner { node: 4, address };
        cluster.group(1, k).change(learner).await.unwrap();
        cluster.promote(4, k).await;
    }
    cluster.propose_everywhere().await;
    cluster.until_equal(54).await;
    let counters = cluster.nodes[&4].consensus.counters();
    assert_eq!(counters.snapshots_installed.get(), u64::from(GROUPS));
    for node in cluster.nodes.values() {
        assert_eq!(node.transport.callers_refused(), 0);
        assert!(node.transport.stats(Lane::Control).frames_sent() > 0);
    }
    for id in [1, 2, 3, 4] {
        cluster.stop(id).await;
    }
}
