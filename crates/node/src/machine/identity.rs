//! The machine of an identity group: the graphs of its workspaces, and how far it has taken each outbox.

use std::collections::BTreeMap;
use std::sync::Arc;

use acquaint_consensus::{At, Machine};
use acquaint_feed::Watermarks;
use acquaint_identity::{Effects, Evidence, Refusal, Resolver};
use acquaint_profile::WorkspaceId;
use acquaint_storage::command::{IdentityCommand, IdentityOutcome, ObserveRow};
use acquaint_storage::row::{FeedPosition, WatermarkRow};
use acquaint_storage::{Batch, Error, Graph, GroupId, Key, KeyRange, Order, Read, Store, codec};
use bytes::Bytes;
use parking_lot::Mutex;

use super::rules;
use super::writing::{Decided, Writing, follow};
use crate::epochs::{Epochs, Standing};

/// The machine of one identity group.
pub(crate) struct IdentityMachine {
    group: GroupId,
    store: Store,
    watermarks: Arc<Watermarks>,
    /// Watermarks that were applied and are not readable yet.
    raised: Mutex<Vec<(u16, FeedPosition)>>,
    epochs: Arc<Epochs>,
}

impl IdentityMachine {
    /// The machine of `group`; it tells `watermarks` of what has been written.
    pub(crate) fn new(
        group: GroupId,
        store: Store,
        watermarks: Arc<Watermarks>,
        epochs: Arc<Epochs>,
    ) -> Self {
        Self {
            group,
            store,
            watermarks,
            raised: Mutex::default(),
            epochs,
        }
    }

    /// Reads the watermark rows again: at the start, and when the whole state was replaced.
    pub(crate) fn reload(&self) -> Result<(), Error> {
        let range = KeyRange::watermarks(self.group);
        let limit = usize::from(GroupId::PER_KIND_MAX);
        let view = self.store.snapshot();
        for (key, row) in view.scan::<WatermarkRow>(&range, Order::Ascending, limit)? {
            if let Key::Watermark {
                from: GroupId::Anchors(number),
                ..
            } = key
            {
                self.watermarks.raise(number, row.position);
            }
        }
        Ok(())
    }
}

impl Machine for IdentityMachine {
    fn apply(&self, at: At, command: &[u8], batch: &mut Batch<'_>) -> Result<Bytes, Error> {
        let command = codec::decode::<IdentityCommand>(command)?;
        if !matches!(command, IdentityCommand::Observe { .. }) {
            // Rare ones: any of them may change the rules, or how much work waits.
            self.epochs.changing();
        }
        let outcome = match command {
            IdentityCommand::DefineWorkspace { workspace, rules } => {
                rules::define(at, workspace, rules, batch)?
            }
            IdentityCommand::Observe { from, rows } => self.observe(at, from, rows, batch)?,
            IdentityCommand::State { workspace, fact } => {
                self.with_rules(at, workspace, batch, |resolver| resolver.fact(&fact))?
            }
            IdentityCommand::UndoFact {
                workspace,
                fact,
                undo,
            } => self.with_rules(at, workspace, batch, |resolver| resolver.undo(fact, &undo))?,
            IdentityCommand::Step { workspace } => self.step(at, workspace, batch)?,
            IdentityCommand::BuildRules {
                workspace,
                rules: new,
            } => self.standing(at, workspace, batch, |standing, batch| {
                Ok(rules::build(standing, new, batch))
            })?,
            IdentityCommand::SwitchRules { workspace, epoch } => {
                self.standing(at, workspace, batch, |standing, batch| {
                    rules::switch(standing, epoch, &self.epochs, batch)
                })?
            }
            IdentityCommand::CancelRules { workspace, epoch } => {
                self.standing(at, workspace, batch, |standing, batch| {
                    Ok(rules::cancel(standing, epoch, batch))
                })?
            }
        };
        Ok(codec::encode(&outcome).into())
    }

    fn is_brief(&self, command: &[u8]) -> bool {
        IdentityCommand::is_observe(command)
    }

    fn published(&self, _index: u64) {
        self.epochs.changed();
        for (number, position) in std::mem::take(&mut *self.raised.lock()) {
            self.watermarks.raise(number, position);
        }
    }

    fn restored(&self) {
        self.epochs.changing();
        self.epochs.changed();
        self.raised.lock().clear();
        if let Err(error) = self.reload() {
            tracing::error!(group = %self.group, %error, "cannot read the watermarks");
        }
    }
}

type Decision = Result<Result<Effects, Refusal>, Error>;

impl IdentityMachine {
    /// Does something with a workspace that has to be known.
    fn standing<'a>(
        &self,
        at: At,
        workspace: WorkspaceId,
        batch: &mut Batch<'a>,
        act: impl FnOnce(Standing, &mut Batch<'a>) -> Result<IdentityOutcome, Error>,
    ) -> Result<IdentityOutcome, Error> {
        match self.epochs.standing(batch, at.group, workspace)? {
            Some(standing) => act(standing, batch),
            None => Ok(IdentityOutcome::UnknownWorkspace),
        }
    }

    /// Takes the rows after the watermark. A row of a workspace that is not known here stops the command before anything is
    /// taken, so that nothing is passed over; the pump tries again.
    fn observe(
        &self,
        at: At,
        from: GroupId,
        rows: Vec<ObserveRow>,
        batch: &mut Batch<'_>,
    ) -> Result<IdentityOutcome, Error> {
        let key = Key::Watermark {
            identity: at.group,
            from,
        };
        let mut watermark = batch
            .get::<WatermarkRow>(&key)?
            .map_or(FeedPosition::default(), |row| row.position);
        let mut by_workspace: BTreeMap<WorkspaceId, Vec<Evidence>> = BTreeMap::new();
        for row in rows {
            if row.position > watermark {
                watermark = row.position;
                by_workspace
                    .entry(row.workspace)
                    .or_default()
                    .push(row.evidence);
            }
        }
        let mut decisions: Vec<Decided> = Vec::with_capacity(by_workspace.len());
        for (workspace, evidence) in by_workspace {
            let Some(standing) = self.epochs.standing(batch, at.group, workspace)? else {
                return Ok(IdentityOutcome::UnknownWorkspace);
            };
            let effects = {
                let graph = Graph::new(&*batch, standing.place);
                Resolver::new(&graph, &standing.rules).observe(&evidence)?
            };
            decisions.push(follow(effects, &standing, &self.epochs, batch)?);
        }
        let pending = decisions.iter().any(Decided::is_pending);
        if decisions.iter().any(Decided::counts_pending) {
            self.epochs.changing();
        }
        let mut writing = Writing::new(at);
        for decided in decisions {
            writing.write(decided, batch);
        }
        writing.finish(batch)?;
        batch.put(
            &key,
            &WatermarkRow {
                position: watermark,
            },
        );
        if let GroupId::Anchors(number) = from {
            self.raised.lock().push((number, watermark));
        }
        Ok(IdentityOutcome::Observed { watermark, pending })
    }

    /// Takes a fact, or its withdrawal.
    fn with_rules(
        &self,
        at: At,
        workspace: WorkspaceId,
        batch: &mut Batch<'_>,
        fact: impl FnOnce(&Resolver<'_, Graph<'_, Batch<'_>>>) -> Decision,
    ) -> Result<IdentityOutcome, Error> {
        self.standing(at, workspace, batch, |standing, batch| {
            let decision = {
                let graph = Graph::new(&*batch, standing.place);
                fact(&Resolver::new(&graph, &standing.rules))?
            };
            let effects = match decision {
                Ok(effects) => effects,
                Err(refusal) => return Ok(IdentityOutcome::Refused(refusal)),
            };
            let decided = follow(effects, &standing, &self.epochs, batch)?;
            let pending = decided.is_pending();
            let mut writing = Writing::new(at);
            writing.write(decided, batch);
            writing.finish(batch)?;
            Ok(IdentityOutcome::Taken { pending })
        })
    }

    /// Does a piece of what other commands put off, of building the next epoch's partition, or of removing an old one. It
    /// takes up a bounded number of rows, so the rows say what is left.
    fn step(
        &self,
        at: At,
        workspace: WorkspaceId,
        batch: &mut Batch<'_>,
    ) -> Result<IdentityOutcome, Error> {
        self.standing(at, workspace, batch, |standing, batch| {
            let mut writing = Writing::new(at);
            let effects = {
                let graph = Graph::new(&*batch, standing.place);
                Resolver::new(&graph, &standing.rules).step()?
            };
            writing.write(follow(effects, &standing, &self.epochs, batch)?, batch);
            rules::advance(&standing, &self.epochs, &mut writing, batch)?;
            writing.finish(batch)?;
            let left = rules::left(batch, &self.epochs, at.group, workspace, 1)?;
            Ok(IdentityOutcome::Stepped {
                pending: !left.is_empty(),
            })
        })
    }
}
