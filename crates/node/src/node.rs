//! One node: its replica of the state, its configuration, and what every use case needs of both.
//!
//! ```text
//! open:  store ─► groups, loops ─► configuration brought into the registry ─► ready to serve
//! ```
//!
//! - Everything that changes state goes through a group's log; nothing here writes rows.
//! - A fatal error of any group ends `failed`, and the process then: nothing is served by half a node.
//! - One node is a cluster of one: no use case knows the difference.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use acquaint_api::profiles::{DiskBody, GroupBody, HealthBody};
use acquaint_api::{ErrorCode, Position};
use acquaint_consensus::{Group, TokioRuntime};
use acquaint_feed::{Outbox, Watermarks};
use acquaint_identity::Trust;
use acquaint_profile::WorkspaceId;
use acquaint_storage::row::FeedPosition;
use acquaint_storage::{GroupId, Read, SlotMap, Store, StoreOptions};

use crate::config::Scope;
use crate::epochs::{Epochs, Standing};
use crate::machine::members::FIRST_NODE;
use crate::metrics::Metrics;
use crate::replica::Replica;
use crate::setup;
use crate::stepper;
use crate::workspaces::{Workspace, Workspaces};
use crate::{Caller, Config, Error};

/// The name of the workspace that is there when none is configured.
pub(crate) const DEFAULT_WORKSPACE: &str = "default";

/// Applied entries that stay in the log of a group. No other node has to catch up from them: they are for whoever looks into
/// what happened last.
const LOG_KEEP_ENTRIES: u64 = 10_000;
/// The same in bytes: entries are up to a megabyte each.
const LOG_KEEP_BYTES_MAX: u64 = 32 << 20;

/// A running node.
pub struct Node {
    config: Config,
    replica: Replica<TokioRuntime>,
}

impl Node {
    /// Starts a node: when this returns, it serves.
    pub async fn open(config: Config) -> Result<Arc<Self>, Error> {
        let store = open_store(&config)?;
        let slot_map = setup::slot_map(&store, &config)?;
        let replica = Replica::start(FIRST_NODE, store, slot_map, |options| {
            options.log_keep_entries = LOG_KEEP_ENTRIES;
            options.log_keep_bytes_max = LOG_KEEP_BYTES_MAX;
        });
        let node = Self {
            config,
            replica: replica.await?,
        };
        if let Err(error) = setup::bring_in(&node).await {
            // Whoever asked may open the directory again, with what the error asks for.
            node.shutdown().await;
            return Err(error);
        }
        Ok(Arc::new(node))
    }

    /// Stops the loops, then the groups. What was acknowledged is on disk already.
    pub async fn shutdown(&self) {
        self.replica.shutdown().await;
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
            scopes: BTreeSet::from(Scope::ALL),
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
        let ready = self.replica.store.stopped().is_none() && led;
        if !space.is_enough() {
            problems.push(low(space.free_bytes, space.free_bytes_min).to_string());
        }
        Ok(HealthBody {
            ready,
            writable: ready && space.is_enough(),
            node_id: FIRST_NODE,
            problems,
            groups,
            disk: DiskBody {
                free_bytes: space.free_bytes,
                free_bytes_min: space.free_bytes_min,
            },
        })
    }

    /// The metrics, with the gauges read now.
    pub fn metrics(&self) -> &Metrics {
        for group in self.replica.consensus.groups() {
            let applied = i64::try_from(group.applied()).unwrap_or(i64::MAX);
            let label = group.id().to_string();
            self.replica
                .metrics
                .applied_index
                .with_label_values(&[label.as_str()])
                .set(applied);
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
            if let Some(place) = outbox.last_until(index)? {
                self.replica.watermarks.wait(anchors, place).await;
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

    /// Under which rules a workspace lives, as of a view.
    pub(crate) fn standing<R: Read>(
        &self,
        rows: &R,
        workspace: &Workspace,
    ) -> Result<Standing, Error> {
        let group = workspace.identity_group;
        let standing = self.replica.epochs.standing(rows, group, workspace.id)?;
        standing.ok_or_else(|| Error::Unavailable {
            message: "the identity group of this node does not know the workspace yet".to_owned(),
        })
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

/// Opens the store that is configured.
fn open_store(config: &Config) -> Result<Store, Error> {
    let store = Store::open(&StoreOptions {
        cache_bytes: usize::try_from(config.cache_bytes).unwrap_or(usize::MAX),
        free_bytes_min: config.disk_free_bytes_min,
        ..StoreOptions::new(&config.data_dir)
    });
    Ok(store?)
}

fn low(free_bytes: u64, free_bytes_min: u64) -> Error {
    Error::DiskLow {
        free_bytes,
        free_bytes_min,
    }
}
