//! Proposing to a group from any node: here if this node leads it, else in one hop at the node that does.
//!
//! - What was refused has changed nothing, and is tried again at the leader that is known by then, until the time of a proposal
//!   is over.
//! - What may have been proposed is tried again only if the caller says that applying it twice does no harm.
//! - A node never passes on what was passed to it.

use std::time::Duration;

use bytes::Bytes;
use openraft::errors::Fatal;
use openraft::raft::ClientWriteResult;

use crate::error::Error;
use crate::group::{Applied, Group};
use crate::network::ask;
use crate::peer::{CallError, Lane};
use crate::reply::Reply;
use crate::runtime::{Instant, Runtime, WatchReceiver};
use crate::type_config::{Command, Types};
use crate::wire::{Answer, Refusal, Request};

/// The pause before a proposal is tried again, doubled up to the second one; a change of the leader ends it.
const PAUSE_MIN: Duration = Duration::from_millis(10);
const PAUSE_MAX: Duration = Duration::from_millis(200);

/// What may be done again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// What has certainly changed nothing.
    Refused,
    /// That, and what may have been applied.
    Unknown,
}

impl<R: Runtime> Group<R> {
    /// Proposes a command, and waits until it is on disk at a majority and applied at the leader.
    ///
    /// Proposals that come while an append is in flight share the next one. Which node this is makes no difference.
    pub async fn propose(&self, command: Bytes) -> Result<Applied, Error> {
        self.propose_until(command, Repeat::Refused).await
    }

    /// The same for a command that may be applied twice without harm: it is proposed again when its fate is not known.
    pub async fn propose_repeatable(&self, command: Bytes) -> Result<Applied, Error> {
        self.propose_until(command, Repeat::Unknown).await
    }

    async fn propose_until(&self, command: Bytes, repeat: Repeat) -> Result<Applied, Error> {
        if command.is_empty() {
            return Err(Error::EmptyCommand);
        }
        let attempt = |within| self.propose_once(command.clone(), within);
        self.repeated(attempt, repeat).await
    }

    async fn propose_once(&self, command: Bytes, within: Duration) -> Result<Applied, Error> {
        let Some(leader) = self.elsewhere()? else {
            return self.propose_here(command, within).await;
        };
        // It counts here as well: what waits for other nodes is bounded too.
        let _share = self.take_share(command.len() as u64)?;
        let group = self.id();
        let request = Request::Propose { group, command };
        match self.forward(leader, &request, within).await? {
            Answer::Applied { index, outcome } => Ok(Applied { index, outcome }),
            other => Err(self.not_carried_out(other)),
        }
    }

    /// Proposes at this node, which leads the group or refuses.
    pub(crate) async fn propose_here(
        &self,
        command: Bytes,
        within: Duration,
    ) -> Result<Applied, Error> {
        let share = self.take_share(command.len() as u64)?;
        let began = R::Instant::now();
        let (reply, outcome) = Reply::<R, ClientWriteResult<Types<R>>>::new(share);
        self.raft()
            .client_write_ff(Command(command), Some(reply))
            .await
            .map_err(|fatal| self.stopped(&fatal))?;
        match R::timeout(within, outcome).await {
            Ok(Ok(Ok(response))) => {
                self.counters().proposals.add();
                self.counters().proposals_micros.add_micros(began.elapsed());
                Ok(Applied {
                    index: response.log_id.index,
                    outcome: response.data.0,
                })
            }
            Ok(Ok(Err(refusal))) => Err(self.refused(refusal)),
            Ok(Err(_dropped)) => Err(self.stopped(&Fatal::Stopped)),
            Err(_elapsed) => Err(self.timed_out(within)),
        }
    }

    /// Tries until it succeeds, until it fails in a way that is not to be repeated, or until the time of a proposal is over.
    pub(crate) async fn repeated<T, F>(
        &self,
        attempt: impl Fn(Duration) -> F,
        repeat: Repeat,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let began = R::Instant::now();
        let mut pause = PAUSE_MIN;
        loop {
            let left = self
                .limits()
                .propose_timeout
                .saturating_sub(began.elapsed());
            let tried = self.leader();
            let error = match attempt(left).await {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            let again = error.changed_nothing()
                || (repeat == Repeat::Unknown && error.outcome_unknown() && !error.is_stopped());
            let left = self
                .limits()
                .propose_timeout
                .saturating_sub(began.elapsed());
            if !again || left < pause {
                return Err(error);
            }
            self.counters().proposals_repeated.add();
            let mut metrics = self.raft().metrics();
            let changed = metrics.wait_until(|metrics| metrics.current_leader != tried);
            // A replica that has ended knows of no leader any more, and trying again would not wait for anything.
            if let Ok(Err(_ended)) = R::timeout(pause, changed).await {
                return Err(error);
            }
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }

    /// The node that leads the group, if that is not this one. An error where nobody is known to.
    pub(crate) fn elsewhere(&self) -> Result<Option<u64>, Error> {
        let leader = self.leader().ok_or_else(|| self.led_by(None))?;
        Ok((leader != self.node_id()).then_some(leader))
    }

    pub(crate) async fn forward(
        &self,
        leader: u64,
        request: &Request,
        within: Duration,
    ) -> Result<Answer, Error> {
        self.counters().forwarded.add();
        let answer = ask(&**self.transport(), leader, Lane::Forward, request, within);
        let answer = answer.await.map_err(|error| self.unanswered(error));
        if matches!(answer, Err(_) | Ok(Answer::Refused(_))) {
            self.counters().forwards_failed.add();
        }
        answer
    }

    fn unanswered(&self, error: CallError) -> Error {
        let group = self.id();
        match error {
            CallError::TimedOut { after, .. } => Error::Timeout { group, after },
            CallError::Broken { .. } => Error::LeaderLost { group },
            CallError::Unreachable { .. } | CallError::Full { .. } => Error::Unreachable {
                group,
                reason: error.to_string(),
            },
        }
    }

    /// What an answer means that is not the one hoped for.
    pub(crate) fn not_carried_out(&self, answer: Answer) -> Error {
        let group = self.id();
        match answer {
            Answer::Refused(Refusal::NotLeader { leader }) => self.led_by(leader),
            Answer::Refused(Refusal::QueueFull {
                in_flight_bytes,
                in_flight_bytes_max,
            }) => Error::QueueFull {
                group,
                in_flight_bytes,
                in_flight_bytes_max,
            },
            Answer::Refused(Refusal::CommandTooLarge { bytes, bytes_max }) => {
                Error::CommandTooLarge { bytes, bytes_max }
            }
            Answer::Refused(Refusal::NotNow { reason }) => self.not_now(reason),
            Answer::Refused(Refusal::Unknown { .. }) => Error::LeaderLost { group },
            Answer::Refused(Refusal::NoGroup) => self.led_by(None),
            other => Error::Unreachable {
                group,
                reason: format!("the leader answered {other:?}"),
            },
        }
    }

    pub(crate) fn led_by(&self, leader: Option<u64>) -> Error {
        Error::NotLeader {
            group: self.id(),
            leader,
        }
    }

    pub(crate) fn not_now(&self, reason: String) -> Error {
        Error::NotNow {
            group: self.id(),
            reason,
        }
    }
}

/// What a node answers that could not carry out what was passed to it.
pub(crate) fn refusal(error: Error) -> Refusal {
    match error {
        Error::NotLeader { leader, .. } => Refusal::NotLeader { leader },
        Error::QueueFull {
            in_flight_bytes,
            in_flight_bytes_max,
            ..
        } => Refusal::QueueFull {
            in_flight_bytes,
            in_flight_bytes_max,
        },
        Error::CommandTooLarge { bytes, bytes_max } => {
            Refusal::CommandTooLarge { bytes, bytes_max }
        }
        Error::NotNow { reason, .. } => Refusal::NotNow { reason },
        error => Refusal::Unknown {
            reason: error.to_string(),
        },
    }
}
