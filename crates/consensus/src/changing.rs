//! Changing who belongs to a group, and who leads it.
//!
//! ```text
//! any node ─► leader: may it be? ─► the next step of the change, through the log ─► the index from which on it is so
//!                └ to another leader: is the voter near? would it lead? ─► openraft's transfer ─► it leads
//! ```
//!
//! - What would leave the group without a majority, or without a leader for longer than a hand-over takes, is refused. Nothing is
//!   changed then.
//! - A node that is about to stop, or is to lead nothing, says so when it is asked to lead. Nobody else can know it in time.

use std::collections::BTreeSet;
use std::time::Duration;

use openraft::errors::{ClientWriteError, RaftError};

use crate::error::Error;
use crate::group::Group;
use crate::membership::{self, Change, Members};
use crate::network::ask;
use crate::peer::Lane;
use crate::propose::Repeat;
use crate::runtime::{Runtime, WatchReceiver};
use crate::status::Status;
use crate::wire::{Answer, Refusal, Request};

/// Entries that a follower may lack and still take part: they take less time than an election.
pub const CAUGHT_UP_ENTRIES: u64 = 1_000;
/// How long a node may not have answered and still counts as one that works.
pub const SILENCE_MAX: Duration = Duration::from_secs(2);
/// How long a node may take to say whether it would lead.
const ASKED_WITHIN: Duration = Duration::from_secs(2);

/// Who should lead a group in its leader's place: the voter that is furthest and was heard of last, and is none of `not`.
#[must_use]
pub fn successor(status: &Status, members: &Members, not: &BTreeSet<u64>) -> Option<u64> {
    let fit = status.followers.iter().filter(|follower| {
        members.voters.contains(&follower.node)
            && !not.contains(&follower.node)
            && follower.is_well()
    });
    let best = fit.min_by_key(|follower| (follower.lag_entries, follower.silence));
    best.map(|follower| follower.node)
}

impl<R: Runtime> Group<R> {
    /// Changes the members of the group, or who of them leads it, and answers with the index from which on it is so.
    pub async fn change(&self, change: Change) -> Result<u64, Error> {
        let attempt = |within| self.change_once(change.clone(), within);
        // Every change can be asked for twice: the second one finds it done.
        self.repeated(attempt, Repeat::Unknown).await
    }

    async fn change_once(&self, change: Change, within: Duration) -> Result<u64, Error> {
        let Some(leader) = self.elsewhere()? else {
            return self.change_here(change).await;
        };
        let group = self.id();
        let request = Request::Change { group, change };
        match self.forward(leader, &request, within).await? {
            Answer::Changed { index } => Ok(index),
            other => Err(self.not_carried_out(other)),
        }
    }

    /// Changes the members at this node, which leads the group or refuses.
    pub(crate) async fn change_here(&self, change: Change) -> Result<u64, Error> {
        if let Change::TransferLeader { to } = change {
            return self.hand_over(to).await;
        }
        if !self.is_leader() {
            return Err(self.led_by(self.leader()));
        }
        let members = self.members();
        let Some(step) = membership::step(&change, &members) else {
            return Ok(self.applied());
        };
        match &change {
            Change::Promote { nodes } => {
                self.check_caught_up(nodes.difference(&members.voters))?;
            }
            Change::Remove { node } => {
                self.hear_followers().await;
                self.check_majority_without(*node, &members)?;
                if *node == self.node_id() {
                    return Err(self.step_aside(&members).await?);
                }
            }
            Change::AddLearner { .. } | Change::TransferLeader { .. } => {}
        }
        match self.raft().change_membership(step, false).await {
            Ok(response) => {
                self.see_members(response.log_id.index).await;
                Ok(response.log_id.index)
            }
            Err(RaftError::APIError(ClientWriteError::ChangeMembershipError(error))) => {
                Err(self.not_now(error.to_string()))
            }
            Err(RaftError::APIError(refusal)) => Err(self.refused(refusal)),
            Err(RaftError::Fatal(fatal)) => Err(self.stopped(&fatal)),
        }
    }

    /// Waits until the metrics show the members as of this index: they follow the log a moment later.
    async fn see_members(&self, index: u64) {
        let mut metrics = self.raft().metrics();
        let seen = metrics.wait_until(|metrics| {
            let shown = metrics.membership_config.log_id().as_ref();
            shown.is_some_and(|id| id.index >= index)
        });
        // The change is done, whether or not this is seen.
        let _ = R::timeout(self.limits().propose_timeout, seen).await;
    }

    /// A voter that lacks much would leave the group with a majority that cannot go on without the others.
    fn check_caught_up<'a>(&self, nodes: impl Iterator<Item = &'a u64>) -> Result<(), Error> {
        let status = self.status();
        for node in nodes {
            let follower = status
                .followers
                .iter()
                .find(|follower| follower.node == *node);
            let lag = follower.filter(|follower| follower.matched.is_some());
            match lag.map(|follower| follower.lag_entries) {
                Some(entries) if entries <= CAUGHT_UP_ENTRIES => {}
                Some(entries) => {
                    return Err(self.not_now(format!("node {node} lacks {entries} entries")));
                }
                None => return Err(self.not_now(format!("node {node} has not answered yet"))),
            }
        }
        Ok(())
    }

    /// A node that has just begun to lead has not heard of anybody. Who is silent is known a moment later.
    async fn hear_followers(&self) {
        let mut metrics = self.raft().metrics();
        let heard = metrics.wait_until(|metrics| {
            let heard = metrics.heartbeat.as_ref();
            heard.is_none_or(|heard| heard.values().all(Option::is_some))
        });
        // Those that were not heard by then are silent, and count as that.
        let _ = R::timeout(SILENCE_MAX, heard).await;
    }

    /// The voters that are left have to be able to go on, and to agree to the change itself.
    fn check_majority_without(&self, node: u64, members: &Members) -> Result<(), Error> {
        let status = self.status();
        let works = |voter: &u64| {
            let mut followers = status.followers.iter();
            *voter == self.node_id()
                || followers.any(|follower| follower.node == *voter && follower.is_heard())
        };
        let left = members.voters.iter().copied();
        let left = left.filter(|voter| *voter != node);
        let (working, silent): (Vec<u64>, Vec<u64>) = left.partition(works);
        if !members.voters.contains(&node) || working.len() > silent.len() {
            return Ok(());
        }
        let silent: Vec<String> = silent.iter().map(u64::to_string).collect();
        Err(self.not_now(format!(
            "without node {node} there would be no majority, because node {} does not answer",
            silent.join(", ")
        )))
    }

    /// Has another voter lead, and answers with the refusal that sends the caller there.
    async fn step_aside(&self, members: &Members) -> Result<Error, Error> {
        let to = successor(&self.status(), members, &BTreeSet::new());
        let to = to.ok_or_else(|| self.not_now("no other voter could lead it".to_string()))?;
        self.hand_over(to).await?;
        Ok(self.led_by(Some(to)))
    }

    /// Hands the leadership over, and waits until the voter leads.
    async fn hand_over(&self, to: u64) -> Result<u64, Error> {
        if !self.is_leader() {
            return Err(self.led_by(self.leader()));
        }
        let me = self.node_id();
        if to == me {
            return Ok(self.applied());
        }
        if !self.members().voters.contains(&to) {
            return Err(self.not_now(format!("node {to} is not a voter of the group")));
        }
        // From here on the group waits for the voter: first make sure that it is there and would do it.
        self.check_caught_up([to].iter())?;
        self.ask_whether_it_would_lead(to).await?;
        let trigger = self.raft().trigger();
        let triggered = trigger.transfer_leader(to).await;
        triggered.map_err(|fatal| self.stopped(&fatal))?;
        let mut metrics = self.raft().metrics();
        let led = metrics.wait_until(|metrics| metrics.current_leader.is_some_and(|id| id != me));
        match R::timeout(self.limits().transfer_timeout, led).await {
            Ok(_changed) => match self.leader() {
                Some(other) if other != to => {
                    Err(self.not_now(format!("node {other} took over instead of node {to}")))
                }
                _ => Ok(self.applied()),
            },
            Err(_elapsed) => Err(self.not_now(format!("node {to} did not take over in time"))),
        }
    }

    async fn ask_whether_it_would_lead(&self, to: u64) -> Result<(), Error> {
        let group = self.id();
        let request = Request::WouldLead { group };
        let answer = ask(
            &**self.transport(),
            to,
            Lane::Control,
            &request,
            ASKED_WITHIN,
        );
        match answer.await {
            Ok(Answer::Done) => Ok(()),
            Ok(Answer::Refused(Refusal::NotNow { reason })) => {
                Err(self.not_now(format!("node {to} will not lead: {reason}")))
            }
            Ok(other) => Err(self.not_now(format!("node {to} answered {other:?}"))),
            Err(error) => Err(self.not_now(format!("node {to} does not answer: {error}"))),
        }
    }
}
