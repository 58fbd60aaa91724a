//! Clients that write and read through any node, at every level of consistency, and write down what they see.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use acquaint_consensus::{Applied, At, Error, Runtime};
use acquaint_history::{
    Clock, NumberSet, Outcome, Position, Recorder, SetInput, SetOutput, Step, Stepped,
};
use acquaint_storage::GroupId;
use bytes::Bytes;
use parking_lot::Mutex;

use crate::audit::Event;
use crate::cluster::{Cluster, Running};
use crate::dice::Dice;
use crate::runtime::{self, HostRuntime};
use crate::settings::KEYS;
use crate::world::World;

/// How long a client waits for one answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(4);
/// How long it tries the same request again.
const TRY: Duration = Duration::from_secs(15);
/// How long a node waits for what a session has seen.
const SESSION_WAIT: Duration = Duration::from_secs(2);

/// A key of a board.
pub(crate) type Place = (GroupId, u8);

/// What all clients share.
#[derive(Clone)]
pub(crate) struct Notes {
    pub(crate) strong: Recorder<Place, SetInput, SetOutput>,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    /// The next message of each key.
    next: BTreeMap<Place, u32>,
    steps: Vec<Step<Place>>,
    acknowledged: BTreeMap<Place, NumberSet>,
    operations: Operations,
    is_over: bool,
    at_work: u64,
}

/// What clients did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Operations {
    /// Messages that were acknowledged.
    pub writes: u64,
    /// Messages that may or may not be there.
    pub unknown: u64,
    /// Reads that were answered.
    pub reads: u64,
    /// Requests that were not answered, or refused.
    pub refused: u64,
}

/// How much a read has to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    /// All that was acknowledged before it began.
    Strong,
    /// All that the session has seen or written.
    Session,
    /// What this replica has.
    Local,
}

/// What came of asking a node.
enum Asked<T> {
    Answered(T),
    /// It may have done what it was asked for.
    Unanswered,
    /// It does not run, so it has not.
    NobodyThere,
}

struct Client {
    id: u64,
    dice: Dice,
    cluster: Cluster,
    notes: Notes,
    /// The node that it likes best.
    node: u64,
    seen: Position,
}

impl Notes {
    pub(crate) fn new() -> Self {
        Notes {
            strong: Recorder::new(Clock::default()),
            inner: Arc::default(),
        }
    }

    pub(crate) fn operations(&self) -> Operations {
        self.inner.lock().operations
    }

    pub(crate) fn steps(&self) -> Vec<Step<Place>> {
        self.inner.lock().steps.clone()
    }

    pub(crate) fn acknowledged(&self) -> BTreeMap<Place, NumberSet> {
        self.inner.lock().acknowledged.clone()
    }

    /// Has the clients finish what they are at.
    pub(crate) fn end(&self) {
        self.inner.lock().is_over = true;
    }

    /// How many have not finished.
    pub(crate) fn at_work(&self) -> u64 {
        self.inner.lock().at_work
    }

    fn next_message(&self, place: Place) -> u32 {
        let mut inner = self.inner.lock();
        let next = inner.next.entry(place).or_default();
        *next += 1;
        *next - 1
    }
}

/// Starts the clients of a run.
pub(crate) fn start(cluster: &Cluster, notes: &Notes, dice: &mut Dice) {
    for id in 1..=cluster.settings.clients {
        let mut client = Client {
            id,
            dice: dice.split(),
            cluster: cluster.clone(),
            notes: notes.clone(),
            node: 1,
            seen: Position::default(),
        };
        notes.inner.lock().at_work += 1;
        runtime::spawn_outside(async move { client.run().await });
    }
}

impl Client {
    async fn run(&mut self) {
        while !self.notes.inner.lock().is_over {
            let think = self.cluster.settings.think;
            runtime::wait(self.dice.time(Duration::ZERO..think)).await;
            if self.dice.happens(200) {
                self.go_elsewhere();
            }
            let boards: Vec<_> = self.cluster.settings.boards().collect();
            let Some(&board) = self.dice.pick(&boards) else {
                break;
            };
            let key = u8::try_from(self.dice.roll(u64::from(KEYS))).unwrap_or(0);
            match self.dice.roll(10) {
                0..5 => self.write((board, key)).await,
                5..8 => self.read((board, key), Level::Strong).await,
                8 => self.read((board, key), Level::Session).await,
                _ => self.read((board, key), Level::Local).await,
            }
        }
        self.notes.inner.lock().at_work -= 1;
    }

    fn go_elsewhere(&mut self) {
        let nodes = self.cluster.nodes();
        self.node = self.dice.pick(&nodes).copied().unwrap_or(self.node);
    }

    async fn write(&mut self, place: Place) {
        let message = self.notes.next_message(place);
        let ballast = self.dice.roll(self.cluster.settings.ballast_bytes);
        let settings = self.cluster.settings.clone();
        let ballast = usize::try_from(ballast).unwrap_or(0);
        let command = settings
            .world
            .pin(settings.slot_map(), place, message, ballast);
        let command = Bytes::from(command);
        let begun = runtime::virtual_time();
        let operation = self
            .notes
            .strong
            .begin(self.id, place, SetInput::Add(message));
        let mut may_be_there = false;
        let outcome = loop {
            match self.propose(place.0, command.clone()).await {
                Asked::Answered(Ok(applied)) => {
                    if !settings.world.is_pinned(&applied.outcome) {
                        let outcome = &applied.outcome;
                        let what = format!("{message} of {place:?} was answered with {outcome:?}");
                        self.cluster.break_off(what);
                    }
                    self.note_written(place, message, applied.index);
                    break Outcome::Done(SetOutput::Added);
                }
                Asked::Answered(Err(error)) => may_be_there |= error.outcome_unknown(),
                Asked::Unanswered => may_be_there = true,
                Asked::NobodyThere => {}
            }
            let is_time_up = runtime::virtual_time() - begun > TRY;
            self.note_refused(is_time_up && may_be_there);
            if is_time_up {
                break match may_be_there {
                    true => Outcome::Unknown,
                    // Every refusal said that nothing was changed.
                    false => Outcome::Failed,
                };
            }
            runtime::wait(self.dice.time(Duration::ZERO..Duration::from_millis(300))).await;
            self.go_elsewhere();
        };
        self.notes.strong.end(operation, outcome);
    }

    fn note_refused(&self, is_unknown: bool) {
        let operations = &mut self.notes.inner.lock().operations;
        operations.refused += 1;
        operations.unknown += u64::from(is_unknown);
    }

    async fn propose(&mut self, board: GroupId, command: Bytes) -> Asked<Result<Applied, Error>> {
        let is_repeatable = self.dice.happens(500);
        self.ask(move |node| async move {
            let Some(group) = node.group(board) else {
                return Err(Error::NotLeader {
                    group: board,
                    leader: None,
                });
            };
            match is_repeatable {
                true => group.propose_repeatable(command).await,
                false => group.propose(command).await,
            }
        })
        .await
    }

    fn note_written(&mut self, (board, key): Place, message: u32, index: u64) {
        let position = Position::at(u64::from(board.number()), index);
        self.seen.raise(&position);
        {
            let mut inner = self.notes.inner.lock();
            inner.operations.writes += 1;
            let acknowledged = inner.acknowledged.entry((board, key)).or_default();
            acknowledged.insert(message);
            inner.steps.push(Step {
                session: self.id,
                key: (board, key),
                stepped: Stepped::Wrote(message),
                position,
            });
        }
        let at = At {
            group: board,
            index,
        };
        self.cluster.acknowledged(at);
    }

    async fn read(&mut self, place: Place, level: Level) {
        let (board, key) = place;
        let pending = (level == Level::Strong)
            .then(|| self.notes.strong.begin(self.id, place, SetInput::Read));
        let after = self.seen.of(u64::from(board.number()));
        let (world, map) = (
            self.cluster.settings.world,
            self.cluster.settings.slot_map(),
        );
        let read = move |node: Running| async move {
            let group = node.group(board).ok_or("no such group")?;
            let told = |error: &dyn std::error::Error| error.to_string();
            match level {
                Level::Strong => drop(node.consensus().barrier().await.map_err(|e| told(&*e))?),
                Level::Session => drop(
                    group
                        .wait_applied(after, SESSION_WAIT)
                        .await
                        .map_err(|e| told(&e))?,
                ),
                Level::Local => {}
            }
            // Nothing is waited for between these two, so they are of one moment.
            let index = node.applied(board).map_err(|e| told(&e))?;
            let seen = world
                .pinned(&node.store, map, place)
                .map_err(|e| told(&e))?;
            Ok::<_, String>((index, seen))
        };
        let Asked::Answered(Ok((index, seen))) = self.ask(read).await else {
            self.note_refused(false);
            // A read that was never ended is one whose answer nobody got.
            self.go_elsewhere();
            return;
        };
        let at = At {
            group: board,
            index,
        };
        let event = Event::Read {
            at,
            key,
            seen: &seen,
        };
        // Only applies that were seen tell what a position shows.
        if world == World::Boards {
            self.cluster.audit.tell(&event);
        }
        if let Some(pending) = pending {
            let output = SetOutput::Seen(seen.clone());
            self.notes.strong.end(pending, Outcome::Done(output));
        }
        let mut inner = self.notes.inner.lock();
        inner.operations.reads += 1;
        if level != Level::Local {
            let position = Position::at(u64::from(board.number()), index);
            self.seen.raise(&position);
            inner.steps.push(Step {
                session: self.id,
                key: place,
                stepped: Stepped::Read(seen),
                position,
            });
        }
    }

    /// Asks the node that it likes best, over a way that takes time, and waits for the answer for a while.
    async fn ask<T, F>(&mut self, work: impl FnOnce(Running) -> F + Send) -> Asked<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let way = Duration::from_micros(100)..Duration::from_millis(2);
        runtime::wait(self.dice.time(way.clone())).await;
        if self.cluster.running(self.node).is_none() {
            return Asked::NobodyThere;
        }
        let answer = self.cluster.at(self.node, work);
        let answer = HostRuntime::timeout(ANSWER_TIMEOUT, answer).await;
        runtime::wait(self.dice.time(way)).await;
        match answer.ok().flatten() {
            Some(answer) => Asked::Answered(answer),
            None => Asked::Unanswered,
        }
    }
}
