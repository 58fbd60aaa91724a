//! The machine of an anchors group: interactions, rollups, strands, and what must be told of them.

use std::sync::Arc;

use acquaint_consensus::{At, Machine};
use acquaint_feed::Recent;
use acquaint_storage::command::{AnchorsCommand, AnchorsOutcome};
use acquaint_storage::row::{FeedPosition, OutboxRow};
use acquaint_storage::{Batch, Error, Key, KeyRange, Order, Read, codec};
use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::watch;

use super::ingest::Ingest;
use super::reemit::reemit;
use super::revoke::revoke;
use super::slots::Slots;
use crate::pump::CHANGE_ENTRIES_SLACK;

/// Rows that one trim forgets: a command must not hold its group up for long. The next trim goes on.
const TRIM_ROWS_MAX: usize = 10_000;

/// The machine of one anchors group.
pub(crate) struct AnchorsMachine {
    /// The applied index; it wakes the pump of the group.
    applied: watch::Sender<u64>,
    trimmed: Mutex<Trimmed>,
    slots: Slots,
    /// The last rows of the outbox, for the pump.
    recent: Arc<Recent>,
    written: Mutex<Written>,
}

/// What was applied and is not readable yet.
#[derive(Default)]
struct Written {
    /// The first command of it.
    first: Option<u64>,
    rows: Vec<(FeedPosition, OutboxRow)>,
}

/// The last rows that were trimmed. Not state: before them is nothing, and a scan that begins after them need not pass over
/// what the store keeps of deleted rows for a while.
#[derive(Default)]
struct Trimmed {
    outbox: Option<Key>,
    changes: Option<Key>,
}

impl AnchorsMachine {
    pub(crate) fn new() -> Self {
        Self {
            applied: watch::Sender::new(0),
            trimmed: Mutex::default(),
            slots: Slots::default(),
            recent: Arc::default(),
            written: Mutex::default(),
        }
    }

    /// The last rows of the outbox.
    pub(crate) fn recent(&self) -> Arc<Recent> {
        Arc::clone(&self.recent)
    }

    /// Is told after every write of the group that there may be new outbox rows.
    pub(crate) fn hints(&self) -> watch::Receiver<u64> {
        self.applied.subscribe()
    }
}

impl Machine for AnchorsMachine {
    fn apply(&self, at: At, command: &[u8], batch: &mut Batch<'_>) -> Result<Bytes, Error> {
        let mut rows = Vec::new();
        let outcome = match codec::decode::<AnchorsCommand>(command)? {
            AnchorsCommand::Ingest(messages) => match self.slots.not_owned(at, &messages, batch)? {
                Some(version) => AnchorsOutcome::NotOwner { version },
                None => {
                    let ingest = Ingest::new(at, messages.workspace);
                    let (outcomes, written) = ingest.run(messages, batch)?;
                    rows = written;
                    AnchorsOutcome::Ingested(outcomes)
                }
            },
            AnchorsCommand::SetSlots(map) => self.slots.set(at, map, batch)?,
            AnchorsCommand::TrimOutbox { through } => {
                let last = position_key(at, through, |group, index, seq| Key::Outbox {
                    group,
                    index,
                    seq,
                });
                trim(
                    batch,
                    KeyRange::outbox(at.group),
                    &last,
                    &mut self.trimmed.lock().outbox,
                )?
            }
            AnchorsCommand::TrimChanges { through } => {
                let last = position_key(at, through, |group, index, seq| Key::Change {
                    group,
                    index,
                    seq,
                });
                trim(
                    batch,
                    KeyRange::changes(at.group),
                    &last,
                    &mut self.trimmed.lock().changes,
                )?
            }
            AnchorsCommand::Revoke(message) => revoke(at, &message, &mut rows, batch)?,
            AnchorsCommand::Reemit(page) => reemit(at, page, &mut rows, batch)?,
        };
        self.written(at, rows);
        Ok(codec::encode(&outcome).into())
    }

    fn is_brief(&self, command: &[u8]) -> bool {
        AnchorsCommand::is_ingest(command)
    }

    fn published(&self, index: u64) {
        let Written { first, rows } = std::mem::take(&mut *self.written.lock());
        let is_news = !rows.is_empty();
        if let Some(first) = first {
            self.recent.publish(first, rows);
        }
        // Where nothing waits for identity, the pump only tidies up, now and then.
        self.applied.send_if_modified(|told| {
            let is_due = is_news || index >= told.saturating_add(CHANGE_ENTRIES_SLACK);
            if is_due {
                *told = index;
            }
            is_due
        });
    }

    fn restored(&self) {
        *self.trimmed.lock() = Trimmed::default();
        *self.written.lock() = Written::default();
        self.slots.forget();
        self.recent.forget();
        self.applied.send_modify(|_| ());
    }
}

impl AnchorsMachine {
    /// Keeps what a command has put into the outbox until it is readable.
    fn written(&self, at: At, mut rows: Vec<(FeedPosition, OutboxRow)>) {
        rows.sort_unstable_by_key(|(position, _)| *position);
        let mut written = self.written.lock();
        written.first.get_or_insert(at.index);
        written.rows.append(&mut rows);
    }
}

/// The first key after `through`.
fn position_key(
    at: At,
    through: FeedPosition,
    key: impl Fn(acquaint_storage::GroupId, u64, u32) -> Key,
) -> Key {
    match through.seq.checked_add(1) {
        Some(seq) => key(at.group, through.index, seq),
        None => key(at.group, through.index.saturating_add(1), 0),
    }
}

fn trim(
    batch: &mut Batch<'_>,
    mut range: KeyRange,
    end: &Key,
    trimmed: &mut Option<Key>,
) -> Result<AnchorsOutcome, Error> {
    if let Some(last) = trimmed.as_ref() {
        range = range.after(last);
    }
    let rows = batch.scan_bytes(&range.before(end), Order::Ascending, TRIM_ROWS_MAX)?;
    for (key, _) in rows {
        let key = Key::decode(&key)?;
        batch.delete(&key);
        *trimmed = Some(key);
    }
    Ok(AnchorsOutcome::Trimmed)
}
