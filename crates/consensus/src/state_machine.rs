//! The state of one group, as openraft wants it: a [`Machine`] over rows of the store.
//!
//! - Effects, applied position and membership of a run of entries go to the store in one write.
//!   It is not synced, and need not be: it shares the write-ahead log with the group's log, and
//!   recovery keeps a prefix of that.
//! - Then readers see the position, then proposers get their outcomes, then hints go out.
//! - A command of no bytes is a mark for a digest of the state: see `digest`.
//! - An entry that cannot be applied stops the node. It is never skipped.

use std::io;
use std::sync::Arc;

use acquaint_storage::{GroupId, SlotMap, StateMeta, Store};
use futures::{Stream, StreamExt};
use openraft::OptionalSend;
use openraft::storage::{ApplyResponder, EntryResponder, RaftStateMachine};
use parking_lot::Mutex;

use crate::counters::Counters;
use crate::digest::{self, Digests};
use crate::failure::Report;
use crate::machine::{At, Machine};
use crate::options::Threading;
use crate::rows;
use crate::runtime::{Instant, Runtime, Watch, WatchReceiverOf, WatchSender, WatchSenderOf};
use crate::snapshot::{Exports, Marker, Snapshot, SnapshotData};
use crate::type_config::{
    LogEntry, LogId, Outcome, Payload, SnapshotMeta, StoredMembership, Types,
};
use crate::worker::Worker;

/// Bytes of entries that the task of the group applies itself.
const BRIEF_BYTES_MAX: u64 = 32 << 10;

/// The state of a group and the machine that changes it.
pub(crate) struct State {
    pub(crate) group: GroupId,
    pub(crate) store: Store,
    pub(crate) slot_map: SlotMap,
    pub(crate) exports: Arc<Exports>,
    pub(crate) digests: Digests,
    pub(crate) counters: Arc<Counters>,
    machine: Arc<dyn Machine>,
}

/// The adapter that openraft drives.
pub(crate) struct StateMachine<R: Runtime> {
    state: Arc<State>,
    worker: Worker,
    apply_batch_bytes_max: u64,
    /// The index that is applied. The runtimes' senders are `Send` but need not be `Sync`.
    applied: Mutex<WatchSenderOf<R, u64>>,
    /// Whether there is a snapshot to speak of. See [`Marker`].
    marked: bool,
    report: Report,
}

/// Entries that are applied in one write, with those who wait for the outcomes.
struct Run<R: Runtime> {
    entries: Vec<LogEntry>,
    responders: Vec<Option<ApplyResponder<Types<R>>>>,
    bytes: u64,
}

impl State {
    pub(crate) fn new(
        group: GroupId,
        store: Store,
        slot_map: SlotMap,
        machine: Arc<dyn Machine>,
        threading: Threading,
    ) -> Self {
        State {
            group,
            store,
            slot_map,
            exports: Arc::default(),
            digests: Digests::new(threading),
            counters: Arc::default(),
            machine,
        }
    }

    pub(crate) fn applied(&self) -> io::Result<Option<LogId>> {
        let bytes = self.store.state_meta(self.group, StateMeta::Applied);
        let bytes = bytes.map_err(rows::damaged)?;
        bytes.map(|bytes| rows::decode_log_id(&bytes)).transpose()
    }

    pub(crate) fn membership(&self) -> io::Result<StoredMembership> {
        let bytes = self.store.state_meta(self.group, StateMeta::Membership);
        match bytes.map_err(rows::damaged)? {
            Some(bytes) => rows::decode_membership(&bytes),
            None => Ok(StoredMembership::default()),
        }
    }

    pub(crate) fn meta(&self) -> io::Result<SnapshotMeta> {
        Ok(SnapshotMeta {
            last_log_id: self.applied()?,
            last_membership: self.membership()?,
        })
    }

    /// Applies entries in order, and commits them in one write; in several, if there is a mark for a digest among them.
    fn apply(&self, entries: &[LogEntry]) -> Result<Vec<Outcome>, acquaint_storage::Error> {
        let mut outcomes = Vec::with_capacity(entries.len());
        for run in entries.split_inclusive(digest::is_mark) {
            self.apply_run(run, &mut outcomes)?;
            if let Some(mark) = run.last().filter(|last| digest::is_mark(last)) {
                self.digests.take(self, mark.log_id.index);
            }
        }
        Ok(outcomes)
    }

    fn apply_run(
        &self,
        entries: &[LogEntry],
        outcomes: &mut Vec<Outcome>,
    ) -> Result<(), acquaint_storage::Error> {
        let Some(last) = entries.last() else {
            return Ok(());
        };
        let mut batch = self.store.batch(self.group);
        for entry in entries {
            let at = At {
                group: self.group,
                index: entry.log_id.index,
            };
            outcomes.push(match &entry.payload {
                Payload::Normal(command) if !digest::is_mark(entry) => {
                    Outcome(self.machine.apply(at, &command.0, &mut batch)?)
                }
                Payload::Blank | Payload::Normal(_) => Outcome::default(),
                Payload::Membership(new) => {
                    let stored = StoredMembership::new(Some(entry.log_id), new.clone());
                    batch.put_meta(StateMeta::Membership, rows::encode_membership(&stored));
                    Outcome::default()
                }
            });
        }
        batch.put_meta(StateMeta::Applied, rows::encode_log_id(last.log_id));
        batch.commit()
    }
}

impl<R: Runtime> StateMachine<R> {
    /// The adapter of a state that is applied up to `applied`, and the index to watch.
    pub(crate) fn new(
        state: Arc<State>,
        applied: Option<LogId>,
        worker: Worker,
        apply_batch_bytes_max: u64,
        report: Report,
    ) -> (Self, WatchReceiverOf<R, u64>) {
        let index = applied.map_or(0, |id| id.index);
        let (applied, receiver) = <R::Watch as Watch>::channel(index);
        let state_machine = StateMachine {
            state,
            worker,
            apply_batch_bytes_max,
            applied: Mutex::new(applied),
            marked: false,
            report,
        };
        (state_machine, receiver)
    }

    async fn apply_run(&self, run: Run<R>) -> io::Result<()> {
        let Some(last) = run.entries.last().map(|entry| entry.log_id.index) else {
            return Ok(());
        };
        let (began, count) = (R::Instant::now(), run.entries.len() as u64);
        let applied = if self.is_brief(&run) {
            self.state.apply(&run.entries)
        } else {
            let state = self.state.clone();
            self.worker
                .run::<R, _>(move || state.apply(&run.entries))
                .await
                .map_err(|error| self.fatal(error))?
        };
        let outcomes = applied.map_err(|error| self.fatal(error))?;
        self.state.counters.applied_entries.add_many(count);
        self.state.counters.apply_micros.add_micros(began.elapsed());
        self.publish(last);
        for (responder, outcome) in run.responders.into_iter().zip(outcomes) {
            if let Some(responder) = responder {
                responder.send(outcome);
            }
        }
        self.state.machine.published(last);
        Ok(())
    }

    /// Whether the task itself applies the run: a hand-over to the thread and back would cost more than a small one.
    fn is_brief(&self, run: &Run<R>) -> bool {
        run.bytes <= BRIEF_BYTES_MAX
            && run.entries.iter().all(|entry| match &entry.payload {
                Payload::Normal(_) if digest::is_mark(entry) => false,
                Payload::Normal(command) => self.state.machine.is_brief(&command.0),
                Payload::Blank | Payload::Membership(_) => true,
            })
    }

    fn publish(&self, index: u64) {
        // Nobody may be listening, which is fine.
        let _ = self.applied.lock().send(index);
    }

    /// Stops the node, saying more than openraft's own error does.
    fn fatal(&self, error: impl std::error::Error + Send + Sync + 'static) -> io::Error {
        (self.report)(format!("{} could not apply: {error}", self.state.group));
        io::Error::other(error)
    }
}

impl<R: Runtime> Run<R> {
    fn new() -> Self {
        Run {
            entries: Vec::new(),
            responders: Vec::new(),
            bytes: 0,
        }
    }

    fn push(&mut self, (entry, responder): EntryResponder<Types<R>>) {
        self.bytes += rows::entry_bytes(&entry);
        self.entries.push(entry);
        self.responders.push(responder);
    }
}

impl<R: Runtime> RaftStateMachine<Types<R>> for StateMachine<R> {
    type SnapshotData = SnapshotData;
    type SnapshotBuilder = Marker;

    async fn applied_state(&mut self) -> io::Result<(Option<LogId>, StoredMembership)> {
        Ok((self.state.applied()?, self.state.membership()?))
    }

    async fn apply<S>(&mut self, mut entries: S) -> io::Result<()>
    where
        S: Stream<Item = io::Result<EntryResponder<Types<R>>>> + Unpin + OptionalSend,
    {
        let mut run = Run::new();
        while let Some(entry) = entries.next().await {
            run.push(entry?);
            if run.bytes >= self.apply_batch_bytes_max {
                self.apply_run(std::mem::replace(&mut run, Run::new()))
                    .await?;
            }
        }
        self.apply_run(run).await
    }

    async fn get_snapshot_builder(&mut self) -> Marker {
        self.marked = true;
        Marker::new(self.state.clone(), self.state.meta())
    }

    async fn install_snapshot(
        &mut self,
        meta: &SnapshotMeta,
        snapshot: SnapshotData,
    ) -> io::Result<()> {
        let state = self.state.clone();
        let wanted = meta.clone();
        self.worker
            .run::<R, _>(move || snapshot.install(&state, &wanted))
            .await?
            .map_err(|error| self.fatal(error))?;
        self.marked = true;
        self.publish(meta.last_log_id.map_or(0, |id| id.index));
        self.state.machine.restored();
        Ok(())
    }

    async fn get_current_snapshot(&mut self) -> io::Result<Option<Snapshot>> {
        if !self.marked {
            return Ok(None);
        }
        Ok(Some(Snapshot {
            meta: self.state.meta_to_send()?,
            snapshot: SnapshotData::Own(self.state.clone()),
        }))
    }
}
