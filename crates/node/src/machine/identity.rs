//! The machine of an identity group: the graphs of its workspaces, and how far it has taken each outbox.

use std::collections::BTreeMap;
use std::sync::Arc;

use acquaint_consensus::{At, Machine};
use acquaint_feed::Watermarks;
use acquaint_identity::{Effects, Evidence, Refusal, Resolver, Rules};
use acquaint_profile::WorkspaceId;
use acquaint_storage::command::{IdentityCommand, IdentityOutcome, ObserveRow};
use acquaint_storage::row::{FeedPosition, IdentityRow, ProfileChangeRow, WatermarkRow};
use acquaint_storage::{Batch, Error, Graph, GroupId, Key, KeyRange, Order, Read, Store, codec};
use bytes::Bytes;

use super::rules::{RulesCache, rules_key};

/// The machine of one identity group.
pub(crate) struct IdentityMachine {
    group: GroupId,
    store: Store,
    watermarks: Arc<Watermarks>,
    rules: RulesCache,
}

/// What one command does, beside its outcome.
struct Applied {
    workspace: WorkspaceId,
    effects: Effects,
}

impl IdentityMachine {
    /// The machine of `group`; it tells `watermarks` of what has been written.
    pub(crate) fn new(group: GroupId, store: Store, watermarks: Arc<Watermarks>) -> Self {
        Self {
            group,
            store,
            watermarks,
            rules: RulesCache::default(),
        }
    }

    /// Reads the watermark rows again: at the start, and whenever they may have changed.
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
        let outcome = match codec::decode::<IdentityCommand>(command)? {
            IdentityCommand::DefineWorkspace { workspace, rules } => {
                self.define(at, workspace, rules, batch)?
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
        };
        Ok(codec::encode(&outcome).into())
    }

    fn published(&self, _index: u64) {
        // A hint: whoever waits reads the rows again when this one was lost.
        if let Err(error) = self.reload() {
            tracing::error!(group = %self.group, %error, "cannot read the watermarks");
        }
    }

    fn restored(&self) {
        self.published(0);
    }
}

type Decision = Result<Result<Effects, Refusal>, Error>;

impl IdentityMachine {
    /// Rules are settled once; whoever defines again is told that it is done, and changes nothing.
    fn define(
        &self,
        at: At,
        workspace: WorkspaceId,
        new: Rules,
        batch: &mut Batch<'_>,
    ) -> Result<IdentityOutcome, Error> {
        if self.rules.get(at.group, workspace, batch)?.is_none() {
            let row = IdentityRow(new.into());
            batch.put(&rules_key(at.group, workspace), &row);
        }
        Ok(IdentityOutcome::Defined)
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
        let mut applied = Vec::with_capacity(by_workspace.len());
        for (workspace, evidence) in by_workspace {
            let Some(rules) = self.rules.get(at.group, workspace, batch)? else {
                return Ok(IdentityOutcome::UnknownWorkspace);
            };
            let graph = Graph::new(&*batch, at.group, workspace);
            let effects = Resolver::new(&graph, &rules).observe(&evidence)?;
            applied.push(Applied { workspace, effects });
        }
        let pending = applied.iter().any(|applied| applied.effects.pending);
        write(at, applied, batch);
        batch.put(
            &key,
            &WatermarkRow {
                position: watermark,
            },
        );
        Ok(IdentityOutcome::Observed { watermark, pending })
    }

    /// Does a piece of what other commands put off. A step takes up a bounded number of rows, so the rows say what is left.
    fn step(
        &self,
        at: At,
        workspace: WorkspaceId,
        batch: &mut Batch<'_>,
    ) -> Result<IdentityOutcome, Error> {
        let Some(rules) = self.rules.get(at.group, workspace, batch)? else {
            return Ok(IdentityOutcome::UnknownWorkspace);
        };
        let effects = {
            let graph = Graph::new(&*batch, at.group, workspace);
            Resolver::new(&graph, &rules).step()?
        };
        write(at, vec![Applied { workspace, effects }], batch);
        let graph = Graph::new(&*batch, at.group, workspace);
        let left = Resolver::new(&graph, &rules).pending(1)?;
        Ok(IdentityOutcome::Stepped {
            pending: !left.is_empty(),
        })
    }

    fn with_rules(
        &self,
        at: At,
        workspace: WorkspaceId,
        batch: &mut Batch<'_>,
        decide: impl FnOnce(&Resolver<'_, Graph<'_, Batch<'_>>>) -> Decision,
    ) -> Result<IdentityOutcome, Error> {
        let Some(rules) = self.rules.get(at.group, workspace, batch)? else {
            return Ok(IdentityOutcome::UnknownWorkspace);
        };
        let decision = {
            let graph = Graph::new(&*batch, at.group, workspace);
            decide(&Resolver::new(&graph, &rules))?
        };
        match decision {
            Ok(effects) => {
                let pending = effects.pending;
                write(at, vec![Applied { workspace, effects }], batch);
                Ok(IdentityOutcome::Taken { pending })
            }
            Err(refusal) => Ok(IdentityOutcome::Refused(refusal)),
        }
    }
}

fn write(at: At, applied: Vec<Applied>, batch: &mut Batch<'_>) {
    let mut seq = 0;
    for Applied { workspace, effects } in applied {
        for (row, value) in effects.writes {
            let key = Key::Identity {
                group: at.group,
                workspace,
                row,
            };
            match value {
                Some(value) => batch.put(&key, &IdentityRow(value)),
                None => batch.delete(&key),
            }
        }
        for change in effects.changes {
            let key = Key::ProfileChange {
                group: at.group,
                index: at.index,
                seq,
            };
            batch.put(&key, &ProfileChangeRow { workspace, change });
            seq += 1;
        }
    }
}
