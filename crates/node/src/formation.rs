//! Which node of which cluster a data directory is that of, and how it comes to be one.
//!
//! ```text
//! alone (no peer_listen)   first start ─► node 1 of a cluster of its own
//! configured for a cluster first start ─► unformed ─┬─ init ─► node 1 of a new cluster
//!                                                   └─ join, with what a member has admitted it as ─► that node
//! ```
//!
//! - It is written once, synced, before any group starts, and never changes. A directory that was wiped is another node.
//! - The id of the cluster is random, so that nodes of two clusters that meet by a wrong address refuse each other.

use std::collections::BTreeMap;
use std::net::TcpListener;

use acquaint_api::cluster::{AdmissionBody, ClusterBody};
use acquaint_storage::command::COMMANDS;
use acquaint_storage::row::NodeRow;
use acquaint_storage::{SlotMap, Store};
use data_encoding::HEXLOWER;
use rand::Rng;

use crate::config::ClusterConfig;
use crate::machine::members::{FIRST_NODE, members};
use crate::opening::open_store;
use crate::{Config, Error};

/// The version of this program, as other nodes and people see it.
pub(crate) const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// A data directory that belongs to no cluster yet, of a node that is configured for one.
pub struct Unformed {
    store: Store,
    cluster: ClusterConfig,
    anchors_groups: u16,
}

impl Unformed {
    /// Opens the data directory if it belongs to no cluster yet and the configuration does not say that the node is alone.
    pub fn open(config: &Config) -> Result<Option<Self>, Error> {
        if config.cluster.is_alone() {
            return Ok(None);
        }
        let store = open_store(config)?;
        if store.node()?.is_some() {
            return Ok(None);
        }
        can_listen(config)?;
        Ok(Some(Self {
            store,
            cluster: config.cluster.clone(),
            anchors_groups: config.anchors_groups,
        }))
    }

    /// What the node says of itself.
    pub fn describe(&self) -> ClusterBody {
        let hint = "this node belongs to no cluster yet: `acquaint cluster init` forms one of it, `acquaint cluster join` adds it to one";
        ClusterBody {
            cluster: None,
            node: None,
            peer_address: Some(self.cluster.peer_address.clone()),
            http_address: Some(self.cluster.http_address.clone()),
            program: PROGRAM.to_owned(),
            formed: false,
            ready: false,
            commands: COMMANDS,
            problems: vec![hint.to_owned()],
            nodes: Vec::new(),
            groups: Vec::new(),
        }
    }

    /// Makes it the first node of a new cluster.
    pub fn init(self) -> Result<(), Error> {
        let row = first(self.anchors_groups);
        Ok(self.store.set_node(&row)?)
    }

    /// Makes it the node that a member has admitted.
    pub fn join(self, admission: &AdmissionBody) -> Result<(), Error> {
        let refused = |message: String| Err(Error::conflict(message));
        let cluster = HEXLOWER.decode(admission.cluster.as_bytes());
        let Some(cluster) = cluster.ok().and_then(|bytes| bytes.try_into().ok()) else {
            return refused("the id of a cluster has 32 hexadecimal digits".to_owned());
        };
        if admission.anchors_groups != self.anchors_groups {
            return refused(format!(
                "the cluster has anchors_groups = {}, and this node is configured with {}: set it to the same and start it again",
                admission.anchors_groups, self.anchors_groups
            ));
        }
        if admission.node == FIRST_NODE || admission.peers.is_empty() {
            return refused("the admission is not one that a member has given".to_owned());
        }
        let row = NodeRow {
            cluster,
            node: admission.node,
            slot_map: SlotMap::new(admission.anchors_groups),
            peers: admission.peers.clone(),
            is_first: false,
        };
        Ok(self.store.set_node(&row)?)
    }
}

/// The address for other nodes is taken once the node belongs to a cluster. Whether it can be has to be known before.
fn can_listen(config: &Config) -> Result<(), Error> {
    let Some(listen) = config.cluster.peer_listen() else {
        return Ok(());
    };
    match TcpListener::bind(listen) {
        Ok(_freed_at_once) => Ok(()),
        Err(source) => Err(Error::PeerListen { listen, source }),
    }
}

/// Which node this is; a node that is alone forms a cluster of its own the first time.
pub(crate) fn node_row(store: &Store, config: &Config) -> Result<NodeRow, Error> {
    let row = match store.node()? {
        Some(row) => row,
        None if config.cluster.is_alone() => {
            let row = first(config.anchors_groups);
            store.set_node(&row)?;
            row
        }
        None => {
            return Err(Error::Configuration(
                "the data directory belongs to no cluster yet".to_owned(),
            ));
        }
    };
    let made = row.slot_map.anchors_groups;
    if made != config.anchors_groups {
        return Err(Error::FrozenSetting {
            setting: "anchors_groups",
            detail: format!(
                "this data directory was made with {made}, and {} are configured: set anchors_groups = {made}, or import into a new data_dir",
                config.anchors_groups
            ),
        });
    }
    let others = members(&store.snapshot())?.len() > 1 || !row.peers.is_empty();
    if others && config.cluster.is_alone() {
        return Err(Error::FrozenSetting {
            setting: "cluster.peer_listen",
            detail: format!(
                "this data directory is that of node {} of cluster {}, which has other nodes: configure where they reach it",
                row.node,
                HEXLOWER.encode(&row.cluster)
            ),
        });
    }
    Ok(row)
}

fn first(anchors_groups: u16) -> NodeRow {
    NodeRow {
        cluster: rand::rng().random(),
        node: FIRST_NODE,
        slot_map: SlotMap::new(anchors_groups),
        peers: BTreeMap::new(),
        is_first: true,
    }
}
