//! One node: its replica of the state, its configuration, and what every use case needs of both.
//!
//! ```text
//! open:  store ─► groups, loops ─► configuration brought into the registry ─► ready to serve
//! ```
//!
//! - Everything that changes state goes through a group's log; nothing here writes rows.
//! - A fatal error of any group ends `failed`, and the process then: nothing is served by half a node.
//! - One node is a cluster of one: no use case knows the difference.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use acquaint_api::profiles::{DiskBody, GroupBody, HealthBody};
use acquaint_api::{ErrorCode, Position};
use acquaint_consensus::runtime::Instant as _;
use acquaint_consensus::{Group, PeerStatus, RefusalCode, TcpTransport, TokioRuntime};
use acquaint_feed::{Outbox, Watermarks};
use acquaint_identity::Trust;
use acquaint_profile::WorkspaceId;
use acquaint_storage::row::{FeedPosition, MemberRow, NodeRow};
use acquaint_storage::{GroupId, SlotMap, Store, View};
use prometheus::IntGaugeVec;
use tokio::task::JoinHandle;

use crate::config::Scope;
use crate::epochs::{Epochs, Serving};
use crate::formation::node_row;
use crate::ingest::Gather;
use crate::keeper::{self, Keeper};
use crate::metrics::Metrics;
use crate::opening::{adjust, bind, open_store, opening};
use crate::replica::Replica;
use crate::setup;
use crate::stepper;
use crate::workspaces::{Workspace, Workspaces};
use crate::{Caller, Config, Error};

/// The name of the workspace that is there when none is configured.
pub(crate) const DEFAULT_WORKSPACE: &str = "default";

/// Why a node does not serve though it runs.
const NOT_READY: &str =
    "the node is not ready: it waits for a majority of its groups, to learn how far they are";
/// Why a node that is about to stop wants no more requests.
const LEAVING: &str = "the node is about to stop: send requests to another one";

/// Why a node that the others refuse serves no more.
const REMOVED: &str = "the other nodes refuse this one, because it is no member of the cluster any more: stop it; to take part \
                       again it joins with an empty data_dir";
/// How long a node that could not make sure how far the groups are still counts as one of the others. An election and the round
/// that failed meanwhile are over by then.
const APART_AFTER: Duration = Duration::from_secs(15);

/// How long one attempt to bring the configuration in waits for others.
const OPENING_TIMEOUT: Duration = Duration::from_secs(5);

/// A running node.
pub struct Node {
    config: Config,
    row: NodeRow,
    replica: Replica<TokioRuntime>,
    /// Messages on their way into each anchors group.
    pub(crate) gathers: Vec<Gather>,
    /// None of a node that is alone.
    transport: Option<Arc<TcpTransport>>,
    /// Whether everything that was known to be committed before the start is applied, and the configuration is brought in.
    ready: AtomicBool,
    /// Whether it is about to stop, and should lead nothing.
    leaving: AtomicBool,
    keeper: OnceLock<Keeper>,
    opening: parking_lot::Mutex<Option<JoinHandle<()>>>,
}

impl Node {
    /// Starts a node. A node that is alone serves when this returns; one of several runs then, and serves as soon as it knows
    /// that it is up to date ([`Node::is_ready`]), which takes a majority.
    pub async fn open(config: Config) -> Result<Arc<Self>, Error> {
        let store = open_store(&config)?;
        let row = node_row(&store, &config)?;
        let slot_map = setup::slot_map(&store, &row)?;
        let transport = bind(&config, &row).await?;
        let started = Replica::start(row.node, store, slot_map, |options| {
            adjust(options, &config, &row, transport.clone());
        });
        let replica = match started.await {
            Ok(replica) => replica,
            Err(error) => {
                if let Some(transport) = &transport {
                    transport.shutdown().await;
                }
                return Err(error);
            }
        };
        let gathers = Gather::of_groups(&replica, config.ingest.entry_messages_max)?;
        let node = Arc::new(Self {
            config,
            row,
            replica,
            gathers,
            transport,
            ready: AtomicBool::new(false),
            leaving: AtomicBool::new(false),
            keeper: OnceLock::new(),
            opening: parking_lot::Mutex::default(),
        });
        if let Err(error) = Self::begin(&node).await {
            // Whoever asked may open the directory again, with what the error asks for.
            node.shutdown().await;
            return Err(error);
        }
        Ok(node)
    }

    async fn begin(node: &Arc<Self>) -> Result<(), Error> {
        if node.is_only_voter() {
            node.bring_in().await?;
        } else {
            let opening = tokio::spawn(opening(Arc::downgrade(node)));
            *node.opening.lock() = Some(opening);
        }
        if node.transport.is_some() {
            // Nobody else sets it.
            let _ = node.keeper.set(Keeper::start(node));
        }
        Ok(())
    }

    /// Whether no other node takes part in any decision.
    fn is_only_voter(&self) -> bool {
        let me = BTreeSet::from([self.row.node]);
        self.groups().all(|group| group.members().voters == me)
    }

    pub(crate) async fn bring_in(&self) -> Result<(), Error> {
        for group in self.groups() {
            group.recovered(OPENING_TIMEOUT).await?;
        }
        self.replica.workspaces.reload()?;
        setup::bring_in(self).await?;
        if self.transport.is_some() {
            // Before it serves: a node that is admitted then finds this one in the registry, and lets it call.
            keeper::announce(self).await?;
        }
        self.ready.store(true, Ordering::Release);
        Ok(())
    }

    /// Whether the node is up to date with what it knew before its start, and has brought its configuration in. Until then it
    /// serves nothing.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    pub(crate) fn set_leaving(&self) {
        self.leaving.store(true, Ordering::Release);
        let consensus = &self.replica.consensus;
        consensus.set_unwilling(Some(keeper::STOPPING));
    }

    pub(crate) fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Acquire)
    }

    /// Stops the loops, then the groups. What was acknowledged is on disk already.
    pub async fn shutdown(&self) {
        let opening = self.opening.lock().take();
        if let Some(opening) = opening {
            opening.abort();
            // It was told to end.
            let _ = opening.await;
        }
        if let Some(keeper) = self.keeper.get() {
            keeper.stop().await;
        }
        self.replica.shutdown().await;
        if let Some(transport) = &self.transport {
            transport.shutdown().await;
        }
    }

    /// Ends with the reason when a group can go on no longer. The node must be stopped then.
    pub async fn failed(&self) -> String {
        self.replica.consensus.failed().await
    }

    /// Who holds this write key.
    pub fn authenticate_write(&self, key: &str) -> Option<Caller> {
        self.replica.workspaces.holder_of_write_key(key)
    }

    /// Who holds this token.
    pub fn authenticate_token(&self, token: &str) -> Option<Caller> {
        self.replica.workspaces.holder_of_token(token)
    }

    /// Who calls without a key: everybody may do everything while no key is configured, and nobody anything once one is.
    pub fn anonymous(&self) -> Option<Caller> {
        if !self.config.is_open() {
            return None;
        }
        let configured = self.config.workspaces.first();
        let name = configured.map_or(DEFAULT_WORKSPACE, |workspace| workspace.name.as_str());
        Some(Caller {
            workspace: self.replica.workspaces.by_name(name)?.id,
            source: "anonymous".to_owned(),
            trust: Trust::Server,
            scopes: Arc::new(BTreeSet::from(Scope::ALL)),
        })
    }

    /// Whether the node is fit to serve.
    pub fn health(&self) -> Result<HealthBody, Error> {
        let space = self.replica.store.space()?;
        let mut problems = Vec::new();
        if let Some(cause) = self.replica.store.stopped() {
            problems.push(cause.to_owned());
        }
        let mut groups = Vec::new();
        let mut led = true;
        for group in self.replica.consensus.groups() {
            let status = group.status();
            led &= status.leader.is_some();
            if status.leader.is_none() {
                problems.push(format!("{} has no leader", status.group));
            }
            groups.push(GroupBody {
                group: status.group.to_string(),
                leader: status.leader,
                applied: group.applied(),
            });
        }
        if !self.is_ready() {
            problems.push(NOT_READY.to_owned());
        }
        let apart = self.separation();
        let serves =
            self.replica.store.stopped().is_none() && led && self.is_ready() && apart.is_none();
        problems.extend(apart);
        if self.is_leaving() {
            problems.push(LEAVING.to_owned());
        }
        if !space.is_enough() {
            problems.push(low(space.free_bytes, space.free_bytes_min).to_string());
        }
        Ok(HealthBody {
            ready: serves && !self.is_leaving(),
            writable: serves && space.is_enough(),
            node_id: self.row.node,
            problems,
            groups,
            disk: DiskBody {
                free_bytes: space.free_bytes,
                free_bytes_min: space.free_bytes_min,
            },
        })
    }

    /// Why this node is not with the others, if so.
    fn separation(&self) -> Option<String> {
        let transport = self.transport.as_ref()?;
        let peers = transport.peers();
        let refused = |peer: &PeerStatus| {
            let error = peer.last_error.as_ref();
            error.and_then(|error| error.refusal) == Some(RefusalCode::NotMember)
        };
        if peers.iter().any(refused) && peers.iter().all(|peer| peer.connected.is_empty()) {
            return Some(REMOVED.to_owned());
        }
        let reached = self.replica.consensus.reached()?;
        let age = reached.began.elapsed();
        (age > APART_AFTER).then(|| {
            format!(
                "for {} s this node could not make sure how far every group is: a majority is gone, or this node is cut off; \
                 local reads go on, with ever older data",
                age.as_secs()
            )
        })
    }

    /// The metrics, with the gauges read now.
    pub fn metrics(&self) -> &Metrics {
        self.replica.metrics.cluster.read(&self.replica.consensus);
        if let Some(transport) = &self.transport {
            self.replica.metrics.cluster.read_transport(transport);
        }
        for group in self.replica.consensus.groups() {
            let (label, metrics) = (group.id().to_string(), &self.replica.metrics);
            let label = [label.as_str()];
            let gauge = |metric: &IntGaugeVec, value: u64| {
                let value = i64::try_from(value).unwrap_or(i64::MAX);
                metric.with_label_values(&label).set(value);
            };
            gauge(&metrics.applied_index, group.applied());
            if let GroupId::Anchors(number) = group.id()
                && let Ok(rows) = self.replica.waiting_rows(number)
            {
                gauge(&metrics.outbox_waiting_rows, rows);
            }
        }
        if let Ok(space) = self.replica.store.space() {
            let free = i64::try_from(space.free_bytes).unwrap_or(i64::MAX);
            self.replica.metrics.disk_free_bytes.set(free);
        }
        if let Ok(pending) = stepper::pending_of_all(
            &self.replica.store,
            &self.replica.workspaces,
            &self.replica.epochs,
        ) {
            let pending = i64::try_from(pending).unwrap_or(i64::MAX);
            self.replica.metrics.identity_pending.set(pending);
        }
        &self.replica.metrics
    }

    /// Waits until everything in `position` can be read here.
    pub(crate) async fn wait_position(&self, position: &Position) -> Result<(), Error> {
        let wait = self.wait_ms_max();
        let waited = async {
            for (&number, &index) in &position.groups {
                self.wait_group(number, index, position.identified, wait)
                    .await?;
            }
            Ok(())
        };
        match tokio::time::timeout(wait, waited).await {
            Ok(waited) => waited,
            Err(_) => Err(Error::Unavailable {
                message: "what `after` names is not here yet".to_owned(),
            }),
        }
    }

    async fn wait_group(
        &self,
        number: u16,
        index: u64,
        identified: bool,
        wait: Duration,
    ) -> Result<(), Error> {
        let group = GroupId::from_number(number)
            .and_then(|id| self.replica.consensus.group(id))
            .ok_or_else(|| {
                let message = "the position names a group that this cluster does not have; was it given by another one?";
                Error::refused(ErrorCode::InvalidToken, message)
            })?;
        group.wait_applied(index, wait).await?;
        // Given before identity had the evidence: wait for the last row that the write can have put into the outbox. One
        // that is gone was taken.
        if let (GroupId::Anchors(anchors), false) = (group.id(), identified) {
            let outbox = Outbox::new(self.replica.store.clone(), group.id());
            match outbox.last_until(index)? {
                Some(place) => self.replica.watermarks.wait(anchors, place).await,
                // Taken by the identity group, which is not to say that this node has applied it.
                None => self.barrier().await.map(drop)?,
            }
        }
        Ok(())
    }

    /// Waits until the identity group has taken a row of an outbox.
    pub(crate) async fn wait_identity(
        &self,
        number: u16,
        place: FeedPosition,
    ) -> Result<(), Error> {
        let waited = tokio::time::timeout(
            self.wait_ms_max(),
            self.replica.watermarks.wait(number, place),
        );
        waited.await.map_err(|_| Error::Unavailable {
            message: "identity did not take the evidence in time".to_owned(),
        })
    }

    /// What is not as it should be, for people.
    pub(crate) fn problems(&self) -> Result<Vec<String>, Error> {
        Ok(self.health()?.problems)
    }

    /// Which node of which cluster this is.
    pub(crate) fn row(&self) -> &NodeRow {
        &self.row
    }

    pub(crate) fn replica(&self) -> &Replica<TokioRuntime> {
        &self.replica
    }

    /// The replicas of all groups on this node.
    pub(crate) fn groups(&self) -> impl Iterator<Item = &Group<TokioRuntime>> {
        self.replica.consensus.groups()
    }

    /// Tells the transport where the others are, and who they are.
    pub(crate) fn reach(&self, known: &BTreeMap<u64, MemberRow>) -> Result<(), Error> {
        let Some(transport) = &self.transport else {
            return Ok(());
        };
        transport.set_peers(self.addresses()?);
        // A node that has not got the registry yet knows its peers from its admission only, and lets every node of the cluster call.
        let is_known = known.contains_key(&self.row.node);
        transport.allow(is_known.then(|| known.keys().copied().collect()));
        Ok(())
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn store(&self) -> &Store {
        &self.replica.store
    }

    pub(crate) fn slot_map(&self) -> &SlotMap {
        &self.replica.slot_map
    }

    pub(crate) fn workspaces(&self) -> &Workspaces {
        &self.replica.workspaces
    }

    /// A view of the store, and the serving rules of a workspace in it.
    pub(crate) fn serving(&self, workspace: &Workspace) -> Result<(View<'_>, Arc<Serving>), Error> {
        let (store, group) = (self.store(), workspace.identity_group);
        let (view, serving) = self.replica.epochs.serving(store, group, workspace.id)?;
        let serving = serving.ok_or_else(|| Error::Unavailable {
            message: "the identity group of this node does not know the workspace yet".to_owned(),
        })?;
        Ok((view, serving))
    }

    pub(crate) fn epochs(&self) -> &Epochs {
        &self.replica.epochs
    }

    pub(crate) fn watermarks(&self) -> &Watermarks {
        &self.replica.watermarks
    }

    /// Has the work done that the identity group has put off.
    pub(crate) fn wake_stepper(&self) {
        self.replica.steps.notify_one();
    }

    pub(crate) fn counters(&self) -> &Metrics {
        &self.replica.metrics
    }

    /// How long an answer waits for what it depends on.
    pub(crate) fn wait_ms_max(&self) -> Duration {
        Duration::from_millis(self.config.ingest.wait_ms_max)
    }

    /// The workspace of a caller.
    pub(crate) fn workspace(&self, id: WorkspaceId) -> Result<Arc<Workspace>, Error> {
        self.replica.workspaces.get(id).ok_or_else(|| {
            Error::Inconsistent(format!(
                "a key opens workspace {}, which is not there",
                id.0
            ))
        })
    }

    /// The replica of a group on this node.
    pub(crate) fn group(&self, id: GroupId) -> Result<&Group<TokioRuntime>, Error> {
        self.replica.group(id)
    }

    /// Refuses new writes while the disk is nearly full, before anything is proposed.
    pub(crate) fn check_space(&self) -> Result<(), Error> {
        self.replica
            .store
            .check_space()
            .map_err(|error| match error {
                acquaint_storage::Error::DiskLow {
                    free_bytes,
                    free_bytes_min,
                } => {
                    self.replica.metrics.disk_refusals.inc();
                    low(free_bytes, free_bytes_min)
                }
                other => Error::Storage(other),
            })
    }
}

fn low(free_bytes: u64, free_bytes_min: u64) -> Error {
    Error::DiskLow {
        free_bytes,
        free_bytes_min,
    }
}
