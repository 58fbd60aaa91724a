//! Messages of concurrent requests as one command.
//!
//! ```text
//! request ─► nothing is being proposed ─► its own command ───────────────────────────► its outcomes
//!        └─► waits ─► what came meanwhile, of one workspace, as one command ─► split ─► outcomes of each
//! ```
//!
//! - A request that comes alone waits for nobody: it proposes its own messages itself.
//! - While a command of a group is being proposed, what comes for the group gathers. A task proposes it next, bounded in messages
//!   and bytes, workspaces in the order in which they came.
//! - When a command fails, every request with messages in it fails with the same error: the fate of all is equally unknown.
//! - A request that gives up waiting takes nothing back: its messages are proposed all the same.

use std::collections::VecDeque;
use std::sync::Arc;

use acquaint_consensus::Group;
use acquaint_consensus::runtime::TokioRuntime;
use acquaint_profile::WorkspaceId;
use acquaint_storage::command::{AnchorsCommand, AnchorsOutcome, IngestBatch, MessageOutcome};
use acquaint_storage::{GroupId, Store};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::entries::ENTRY_BYTES_MAX;
use crate::Error;
use crate::metrics::Metrics;
use crate::proposing::propose_repeatable;
use crate::replica::Replica;

/// What became of messages: the index of their command in the log, and one outcome each.
pub(super) type Committed = (u64, Vec<MessageOutcome>);

/// Bytes of messages that wait for one group, about.
const WAITING_BYTES_MAX: usize = 32 << 20;

type Answer = Result<Committed, Arc<Error>>;

/// The messages of a request for one group.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) messages: IngestBatch,
    /// About how many bytes they have.
    pub(super) bytes: usize,
}

/// Proposes the messages for one anchors group.
#[derive(Clone)]
pub(crate) struct Gather {
    shared: Arc<Shared>,
}

struct Shared {
    store: Store,
    group: Group<TokioRuntime>,
    /// Messages of one command.
    messages_max: usize,
    metrics: Arc<Metrics>,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    /// Whether somebody proposes, who sees to what waits afterwards.
    is_busy: bool,
    waiting: VecDeque<Waiting>,
    /// About how many bytes wait.
    bytes: usize,
}

struct Waiting {
    batch: Batch,
    answer: oneshot::Sender<Answer>,
}

/// The turn of whoever proposes. When it is over, however it ends, the next one sees to what waits.
struct Turn(Gather);

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.0.shared.is_done() {
            tokio::spawn(Self(self.0.clone()).drain());
        }
    }
}

impl Turn {
    /// Proposes what waits until nothing does.
    async fn drain(self) {
        let shared = &self.0.shared;
        loop {
            let next = shared.next();
            if next.is_empty() {
                return;
            }
            let (messages, parts) = join(next);
            let done = shared.propose(messages).await;
            answer(parts, done);
        }
    }
}

impl Gather {
    /// One for each anchors group, in the order of their numbers.
    pub(crate) fn of_groups(
        replica: &Replica<TokioRuntime>,
        messages_max: usize,
    ) -> Result<Vec<Self>, Error> {
        let of_group = |number| {
            let shared = Shared {
                store: replica.store.clone(),
                group: replica.group(GroupId::Anchors(number))?.clone(),
                messages_max,
                metrics: Arc::clone(&replica.metrics),
                queue: Mutex::default(),
            };
            Ok(Self {
                shared: Arc::new(shared),
            })
        };
        (0..replica.slot_map.anchors_groups).map(of_group).collect()
    }

    /// Proposes messages, alone or with those of other requests, and waits until they are applied.
    pub(super) async fn propose(&self, batch: Batch) -> Result<Committed, Error> {
        let waiting = {
            let mut queue = self.shared.queue.lock();
            if queue.is_busy {
                queue.bytes += batch.bytes;
                if queue.bytes > WAITING_BYTES_MAX {
                    let bytes = queue.bytes;
                    queue.bytes -= batch.bytes;
                    return Err(self.shared.overloaded(bytes));
                }
                let (answer, answered) = oneshot::channel();
                queue.waiting.push_back(Waiting { batch, answer });
                Ok(answered)
            } else {
                queue.is_busy = true;
                Err(batch)
            }
        };
        match waiting {
            Err(batch) => {
                let _turn = Turn(self.clone());
                self.shared.propose(batch.messages).await
            }
            Ok(answered) => match answered.await {
                Ok(answer) => answer.map_err(Error::Together),
                Err(_gone) => Err(Error::Unavailable {
                    message: "the node is stopping".to_owned(),
                }),
            },
        }
    }
}

impl Shared {
    async fn propose(&self, messages: IngestBatch) -> Result<Committed, Error> {
        self.metrics.entries.inc();
        // Their ids make it safe to propose messages twice.
        let command = AnchorsCommand::Ingest(messages);
        let settled = propose_repeatable(&self.store, &self.group, &command).await?;
        let group = self.group.id();
        match settled.outcome {
            AnchorsOutcome::Ingested(outcomes) => Ok((settled.index, outcomes)),
            AnchorsOutcome::NotOwner { version } => Err(Error::Unavailable {
                message: format!(
                    "{group} goes by version {version} of the division of the slots, and this node by another one"
                ),
            }),
            other => Err(Error::Inconsistent(format!(
                "{group} answered messages with {other:?}"
            ))),
        }
    }

    fn overloaded(&self, bytes: usize) -> Error {
        let group = self.group.id();
        Error::Overloaded {
            message: format!(
                "{bytes} bytes of messages wait for {group}, and at most {WAITING_BYTES_MAX} may"
            ),
        }
    }

    /// Ends the turns if nobody waits.
    fn is_done(&self) -> bool {
        let mut queue = self.queue.lock();
        queue.is_busy = !queue.waiting.is_empty();
        !queue.is_busy
    }

    /// The requests that go into the next command: of the workspace that has waited longest, as many as fit.
    fn next(&self) -> Vec<Waiting> {
        let mut queue = self.queue.lock();
        let Some(first) = queue.waiting.pop_front() else {
            return Vec::new();
        };
        let workspace = first.batch.messages.workspace;
        let mut count = first.batch.messages.messages.len();
        let mut bytes = first.batch.bytes;
        let mut next = vec![first];
        let mut others = VecDeque::new();
        while let Some(waiting) = queue.waiting.pop_front() {
            let more = waiting.batch.messages.messages.len();
            let is_same = waiting.batch.messages.workspace == workspace;
            let fits = count.saturating_add(more) <= self.messages_max
                && bytes.saturating_add(waiting.batch.bytes) <= ENTRY_BYTES_MAX;
            if is_same && fits {
                count += more;
                bytes += waiting.batch.bytes;
                next.push(waiting);
            } else {
                others.push_back(waiting);
            }
        }
        queue.waiting = others;
        queue.bytes -= bytes;
        next
    }
}

/// The messages of a command, with how many are each request's.
fn join(requests: Vec<Waiting>) -> (IngestBatch, Vec<(usize, oneshot::Sender<Answer>)>) {
    let mut workspace = WorkspaceId(0);
    let mut messages = Vec::new();
    let mut parts = Vec::with_capacity(requests.len());
    for Waiting { batch, answer } in requests {
        workspace = batch.messages.workspace;
        parts.push((batch.messages.messages.len(), answer));
        messages.extend(batch.messages.messages);
    }
    let messages = IngestBatch {
        workspace,
        messages,
    };
    (messages, parts)
}

/// Gives every request what became of its messages. One that has given up is not there any more.
fn answer(parts: Vec<(usize, oneshot::Sender<Answer>)>, done: Result<Committed, Error>) {
    match done {
        Ok((index, outcomes)) => {
            let mut outcomes = outcomes.into_iter();
            for (count, answer) in parts {
                let own = outcomes.by_ref().take(count).collect();
                let _ = answer.send(Ok((index, own)));
            }
        }
        Err(error) => {
            let error = Arc::new(error);
            for (_, answer) in parts {
                let _ = answer.send(Err(Arc::clone(&error)));
            }
        }
    }
}
