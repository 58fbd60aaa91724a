//! The write path: from messages to verdicts.
//!
//! ```text
//! messages ─► settle ─► entries, one per group and bound ─► gathered with others, proposed in parallel ─► outcomes
//!                └► rejected, no-op                                       identity watermark ─┘─► verdicts, position
//! ```
//!
//! - A request is answered with one verdict per message, in their order, or not at all: when the fate of any message is not
//!   known in time, the answer is `Unavailable`, and the same request again is safe.
//! - An answer is given once every entry is durable on a majority and, unless the caller asked for less, the identity group has
//!   taken the last evidence of every strand of the request. A duplicate waits like the original.
//! - Writes are refused before anything is proposed when the disk is nearly full.

mod candidates;
mod entries;
mod gather;
mod message_id;
mod settle;
mod testimony;
mod time;

use std::collections::BTreeMap;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use acquaint_api::Position;
use acquaint_api::tracking::{Message, Note, Rejection, Report, Verdict, VerdictKind};
use acquaint_profile::{Interaction, Timestamp};
use acquaint_storage::command::MessageOutcome;
use acquaint_storage::row::FeedPosition;
use futures::future::try_join_all;

use crate::replica::IDENTITY;
use crate::{Caller, Error, Node};
use entries::{Entries, Entry};
pub(crate) use gather::Gather;
use settle::Settler;

/// What an answer waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ack {
    /// Durable, and visible to every lookup.
    #[default]
    Identified,
    /// Durable; the position says that identity may still be working.
    Durable,
}

/// How a request is taken in.
#[derive(Clone, Debug, Default)]
pub struct IngestOptions {
    /// What the answer waits for.
    pub ack: Ack,
    /// The name of an import, when this is part of one; else the source is the key.
    pub source: Option<String>,
}

/// An entry that has been applied.
struct Done {
    places: Vec<usize>,
    outcomes: Vec<MessageOutcome>,
    number: u16,
    group: u16,
    index: u64,
}

impl Node {
    /// Takes messages in and says what became of each.
    pub async fn ingest(
        &self,
        caller: &Caller,
        messages: Vec<Result<Message, Rejection>>,
        options: &IngestOptions,
    ) -> Result<Report, Error> {
        self.check_space()?;
        let workspace = self.workspace(caller.workspace)?;
        let source = options.source.as_deref().unwrap_or(&caller.source);
        let settler = Settler {
            workspace: &workspace,
            source: bounded(source),
            trust: caller.trust,
            received: now(),
        };
        let limit = self.config().ingest.entry_messages_max;
        let mut entries = Entries::new(workspace.id, *self.slot_map(), limit);
        let mut verdicts = Vec::with_capacity(messages.len());
        for (place, message) in messages.into_iter().enumerate() {
            verdicts.push(settle(&settler, message, place, &mut entries));
        }
        let entries = entries.finish();
        self.check_backlogs(&entries)?;
        let taken = tokio::time::timeout(self.wait_ms_max(), self.take(entries, options));
        let (done, position) = match taken.await {
            Ok(Ok(taken)) => taken,
            Ok(Err(error)) => return Err(self.undetermined(error)),
            Err(_) => {
                return Err(self.undetermined(Error::Unavailable {
                    message: "the messages did not become durable and visible in time".to_owned(),
                }));
            }
        };
        for entry in done {
            for (place, outcome) in entry.places.into_iter().zip(entry.outcomes) {
                conclude(&mut verdicts[place], outcome);
            }
        }
        self.count(&verdicts);
        Ok(Report { verdicts, position })
    }

    /// Refuses messages of groups whose evidence the identity group does not keep up with: what waits there must not grow
    /// without end.
    fn check_backlogs(&self, entries: &[Entry]) -> Result<(), Error> {
        let rows_max = self.config().ingest.outbox_rows_max;
        for entry in entries {
            let rows = self.replica().waiting_rows(entry.number)?;
            if rows >= rows_max {
                return Err(Error::Overloaded {
                    message: format!(
                        "{rows} rows of {} wait for identity, and at most {rows_max} may (ingest.outbox_rows_max)",
                        entry.group
                    ),
                });
            }
        }
        Ok(())
    }

    /// Proposes every entry, and waits for what the answer promises.
    async fn take(
        &self,
        entries: Vec<Entry>,
        options: &IngestOptions,
    ) -> Result<(Vec<Done>, Position), Error> {
        let start = Instant::now();
        let any = !entries.is_empty();
        let done = try_join_all(entries.into_iter().map(|entry| self.propose(entry))).await?;
        let mut position = Position {
            slot_map: self.slot_map().version,
            identified: true,
            groups: BTreeMap::new(),
        };
        for entry in &done {
            let index = position.groups.entry(entry.group).or_default();
            *index = entry.index.max(*index);
        }
        if !any {
            return Ok((done, position));
        }
        let durable = Instant::now();
        let metrics = self.counters();
        metrics
            .durable_seconds
            .observe(durable.duration_since(start).as_secs_f64());
        if options.ack == Ack::Durable {
            position.identified = false;
            return Ok((done, position));
        }
        self.wait_identified(&done).await;
        metrics
            .identity_seconds
            .observe(durable.elapsed().as_secs_f64());
        let identity = self.group(IDENTITY)?;
        position
            .groups
            .insert(IDENTITY.number(), identity.applied());
        Ok((done, position))
    }

    async fn propose(&self, entry: Entry) -> Result<Done, Error> {
        let gather = self.gathers.get(usize::from(entry.number));
        let missing = || Error::Inconsistent(format!("{} is not on this node", entry.group));
        let committed = gather.ok_or_else(missing)?.propose(entry.batch);
        let (index, outcomes) = committed.await?;
        // Applied where the group is led; reads of this node see it once it is applied here.
        let group = self.group(entry.group)?;
        if group.applied() < index {
            group.wait_applied(index, self.wait_ms_max()).await?;
        }
        Ok(Done {
            places: entry.places,
            outcomes,
            number: entry.number,
            group: entry.group.number(),
            index,
        })
    }

    /// Waits until identity has taken the last row of every strand, one wait per group.
    async fn wait_identified(&self, done: &[Done]) {
        let mut last: BTreeMap<u16, FeedPosition> = BTreeMap::new();
        for entry in done {
            let places = entry.outcomes.iter().filter_map(|outcome| outcome.outbox);
            if let Some(place) = places.max() {
                let known = last.entry(entry.number).or_default();
                *known = place.max(*known);
            }
        }
        for (number, place) in last {
            self.watermarks().wait(number, place).await;
        }
    }

    fn undetermined(&self, error: Error) -> Error {
        self.counters().undetermined.inc();
        error
    }

    fn count(&self, verdicts: &[Verdict]) {
        let metrics = self.counters();
        for verdict in verdicts {
            let label = match verdict.verdict {
                VerdictKind::Accepted => "accepted",
                VerdictKind::Duplicate => "duplicate",
                VerdictKind::Rejected => "rejected",
            };
            metrics.messages.with_label_values(&[label]).inc();
            if let Some(reason) = verdict.reason {
                metrics
                    .rejections
                    .with_label_values(&[reason.as_str()])
                    .inc();
            }
        }
    }
}

/// The verdict on a message as far as it is known before anything is proposed.
fn settle(
    settler: &Settler<'_>,
    message: Result<Message, Rejection>,
    place: usize,
    entries: &mut Entries,
) -> Verdict {
    let message = match message {
        Ok(message) => message,
        Err(rejection) => return rejection.into(),
    };
    if message.is_no_op() {
        let id = match &message.message_id {
            Some(given) => given.clone(),
            None => message_id::derive(&message, place).to_string(),
        };
        let mut verdict = Verdict::accepted(id);
        verdict.notes.push(Note::NoOp);
        return verdict;
    }
    match settler.settle(message, place) {
        Ok(settled) => {
            let id = settled.message.interaction.message_id.as_str();
            let mut verdict = Verdict::accepted(id);
            verdict.notes = settled.notes;
            entries.push(place, settled.message);
            verdict
        }
        Err(rejection) => rejection.into(),
    }
}

fn conclude(verdict: &mut Verdict, outcome: MessageOutcome) {
    if outcome.duplicate {
        verdict.verdict = VerdictKind::Duplicate;
    }
    if outcome.id_reused {
        verdict.notes.push(Note::IdReused);
    }
}

/// The only clock of the use cases. A write reads it once, and from there on time travels in the command; a read asks it which
/// preferences have expired.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A source within its bound, cut where a character ends.
fn bounded(source: &str) -> &str {
    let mut end = source.len().min(Interaction::SOURCE_BYTES_MAX);
    while !source.is_char_boundary(end) {
        end -= 1;
    }
    &source[..end]
}
