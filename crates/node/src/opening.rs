//! How a node is opened: its store, its transport, what the configuration says about its groups, and the loop that brings the
//! configuration in.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use acquaint_consensus::{ClusterId, Options, TcpOptions, TcpTransport};
use acquaint_storage::row::NodeRow;
use acquaint_storage::{Store, StoreOptions};

use crate::formation::PROGRAM;
use crate::{Config, Error, Node};

/// Applied entries that stay in the log of a group of a node that is alone. No other node has to catch up from them: they are for whoever looks into
/// what happened last.
const ALONE_LOG_KEEP_ENTRIES: u64 = 10_000;
/// The same in bytes: entries are up to a megabyte each.
const ALONE_LOG_KEEP_BYTES_MAX: u64 = 32 << 20;

/// The pause before the configuration is brought in again, where that takes others that are not there yet.
const OPENING_PAUSE: Duration = Duration::from_millis(200);

/// Brings the configuration in as soon as that is possible, and has the node serve then.
pub(crate) async fn opening(node: Weak<Node>) {
    let mut was_told = false;
    loop {
        let Some(node) = node.upgrade() else {
            return;
        };
        match node.bring_in().await {
            Ok(()) => {
                tracing::info!(node = node.row().node, "the node is ready");
                return;
            }
            Err(error) if !was_told => {
                tracing::info!(%error, "the node is not ready yet");
                was_told = true;
            }
            Err(error) => tracing::debug!(%error, "the node is not ready yet"),
        }
        drop(node);
        tokio::time::sleep(OPENING_PAUSE).await;
    }
}

/// Listens to other nodes, if there are to be any.
pub(crate) async fn bind(
    config: &Config,
    row: &NodeRow,
) -> Result<Option<Arc<TcpTransport>>, Error> {
    let Some(listen) = config.cluster.peer_listen() else {
        return Ok(None);
    };
    let mut options = TcpOptions::new(listen, ClusterId(row.cluster), row.node);
    options.advertise.clone_from(&config.cluster.peer_address);
    PROGRAM.clone_into(&mut options.program);
    let bound = TcpTransport::bind(options).await;
    let transport = bound.map_err(|source| Error::PeerListen { listen, source })?;
    transport.set_peers(row.peers.clone());
    Ok(Some(transport))
}

/// What the configuration says about the groups.
pub(crate) fn adjust(
    options: &mut Options,
    config: &Config,
    row: &NodeRow,
    transport: Option<Arc<TcpTransport>>,
) {
    let cluster = &config.cluster;
    options.heartbeat_interval = Duration::from_millis(cluster.heartbeat_ms);
    options.election_timeout_min = Duration::from_millis(cluster.election_ms_min);
    options.election_timeout_max = options.election_timeout_min * 2;
    options.snapshot_bytes_per_second_max = cluster.snapshot_bytes_per_second_max;
    let address = cluster.peer_address.clone();
    options.form = row.is_first.then(|| BTreeMap::from([(row.node, address)]));
    match transport {
        Some(transport) => options.transport = transport,
        None => {
            options.log_keep_entries = ALONE_LOG_KEEP_ENTRIES;
            options.log_keep_bytes_max = ALONE_LOG_KEEP_BYTES_MAX;
        }
    }
}

/// Opens the store that is configured.
pub(crate) fn open_store(config: &Config) -> Result<Store, Error> {
    let store = Store::open(&StoreOptions {
        cache_bytes: usize::try_from(config.cache_bytes).unwrap_or(usize::MAX),
        free_bytes_min: config.disk_free_bytes_min,
        ..StoreOptions::new(&config.data_dir)
    });
    Ok(store?)
}
