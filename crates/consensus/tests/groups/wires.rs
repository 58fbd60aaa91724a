//! A transport within the process, and clusters of nodes over it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use acquaint_consensus::{CallError, Consensus, Handler, Lane, TokioRuntime, Transport};
use acquaint_storage::Store;
use bytes::Bytes;
use futures::future::BoxFuture;
use tempfile::TempDir;

use crate::ledger::{open, options};

/// Who answers, and who cannot be reached.
#[derive(Default)]
struct Plugs {
    handlers: BTreeMap<u64, Arc<dyn Handler>>,
    unplugged: BTreeSet<u64>,
}

/// The wires between the nodes of a cluster.
#[derive(Clone, Default)]
pub(crate) struct Wires {
    plugs: Arc<Mutex<Plugs>>,
}

/// One node's end of them.
struct Plug {
    wires: Wires,
    node: u64,
}

impl Wires {
    pub(crate) fn unplug(&self, node: u64) {
        self.plugs.lock().unwrap().unplugged.insert(node);
    }

    pub(crate) fn plug_in(&self, node: u64) {
        self.plugs.lock().unwrap().unplugged.remove(&node);
    }

    fn handler(&self, from: u64, to: u64) -> Option<Arc<dyn Handler>> {
        let plugs = self.plugs.lock().unwrap();
        let cut = plugs.unplugged.contains(&from) || plugs.unplugged.contains(&to);
        plugs.handlers.get(&to).filter(|_| !cut).cloned()
    }
}

impl Transport for Plug {
    fn serve(&self, handler: Arc<dyn Handler>) {
        let mut plugs = self.wires.plugs.lock().unwrap();
        plugs.handlers.insert(self.node, handler);
    }

    fn call(
        &self,
        to: u64,
        lane: Lane,
        request: Bytes,
        within: Duration,
    ) -> BoxFuture<'static, Result<Bytes, CallError>> {
        let from = self.node;
        let Some(handler) = self.wires.handler(from, to) else {
            let reason = "unplugged".to_string();
            return Box::pin(async move { Err(CallError::Unreachable { to, reason }) });
        };
        let wires = self.wires.clone();
        let answer = handler.handle(from, lane, request);
        Box::pin(async move {
            let timed_out = CallError::TimedOut { to, after: within };
            let answer = tokio::time::timeout(within, answer).await;
            let answer = answer.map_err(|_| timed_out.clone())?;
            wires.handler(from, to).ok_or(timed_out)?;
            Ok(answer)
        })
    }
}

/// Some nodes, their stores and the wires between them.
pub(crate) struct Cluster {
    pub(crate) wires: Wires,
    pub(crate) nodes: BTreeMap<u64, Consensus<TokioRuntime>>,
    pub(crate) stores: BTreeMap<u64, Store>,
    directories: BTreeMap<u64, TempDir>,
    groups: u16,
}

impl Cluster {
    /// A cluster of these nodes, all of them voters.
    pub(crate) async fn form(members: &[u64], groups: u16) -> Self {
        let mut cluster = Cluster {
            wires: Wires::default(),
            nodes: BTreeMap::new(),
            stores: BTreeMap::new(),
            directories: BTreeMap::new(),
            groups,
        };
        for &node in members {
            cluster.start(node, Some(members)).await;
        }
        cluster
    }

    /// Starts a node: on the store it had, or on an empty one.
    pub(crate) async fn start(&mut self, node: u64, form: Option<&[u64]>) {
        let new = || tempfile::tempdir().unwrap();
        let directory = self.directories.entry(node).or_insert_with(new);
        let store = open(directory.path());
        let mut options = options(&store, self.groups);
        options.node_id = node;
        options.transport = Arc::new(Plug {
            wires: self.wires.clone(),
            node,
        });
        options.form = form.map(|members| {
            let address = |node: &u64| (*node, format!("node-{node}"));
            members.iter().map(address).collect()
        });
        options.heartbeat_interval = Duration::from_millis(100);
        options.election_timeout_min = Duration::from_millis(1_000);
        options.election_timeout_max = Duration::from_millis(2_000);
        options.log_keep_entries = 10;
        let consensus = Consensus::start(options).await.unwrap();
        self.nodes.insert(node, consensus);
        self.stores.insert(node, store);
    }

    /// Stops a node; its store stays.
    pub(crate) async fn stop(&mut self, node: u64) {
        let consensus = self.nodes.remove(&node).unwrap();
        self.stores.remove(&node);
        consensus.shutdown().await;
    }

    pub(crate) fn group(&self, node: u64, k: u16) -> acquaint_consensus::Group<TokioRuntime> {
        self.nodes[&node]
            .group(crate::ledger::group(k))
            .unwrap()
            .clone()
    }

    /// Waits until a node knows who leads a group.
    pub(crate) async fn leader(&self, asked: u64, k: u16) -> u64 {
        let group = self.group(asked, k);
        eventually("somebody leads", || {
            group
                .leader()
                .filter(|leader| self.nodes.contains_key(leader))
        })
        .await
    }
}

/// Waits until `found` has something.
pub(crate) async fn eventually<T>(what: &str, found: impl Fn() -> Option<T>) -> T {
    for _ in 0..2_000 {
        if let Some(found) = found() {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited in vain: {what}");
}
