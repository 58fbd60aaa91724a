//! What a group says about itself, for metrics and health.

use std::time::Duration;

use acquaint_storage::{GroupId, StateDigest};
use openraft::ServerState;

use crate::changing::{CAUGHT_UP_ENTRIES, SILENCE_MAX};

/// The part a replica plays in its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Follows without a vote.
    Learner,
    /// Follows a leader.
    Follower,
    /// Stands for election.
    Candidate,
    /// Leads.
    Leader,
    /// Has stopped.
    Stopped,
}

/// The state of one group on this node, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The group.
    pub group: GroupId,
    /// The part this node plays.
    pub role: Role,
    /// The leader, if it is known.
    pub leader: Option<u64>,
    /// The term of the last vote.
    pub term: u64,
    /// The index of the last entry in the log, on disk or not.
    pub last_log: Option<u64>,
    /// The index up to which entries are known to be committed.
    pub committed: Option<u64>,
    /// The index up to which entries are applied and readable.
    pub applied: Option<u64>,
    /// The index up to which a snapshot can stand in for the log.
    pub snapshot: Option<u64>,
    /// The index up to which the log is purged.
    pub purged: Option<u64>,
    /// The bytes of commands taken and not applied yet.
    pub in_flight_bytes: u64,
    /// How far the followers are; empty unless this node leads.
    pub followers: Vec<Follower>,
    /// The last mark whose digest is known, with the digest of the state there.
    pub digest: Option<(u64, StateDigest)>,
}

/// How far a follower is, as its leader knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Follower {
    /// The follower.
    pub node: u64,
    /// The index up to which its log agrees with the leader's.
    pub matched: Option<u64>,
    /// Entries that it does not have yet.
    pub lag_entries: u64,
    /// How long it has not answered; none before its first answer.
    pub silence: Option<Duration>,
}

impl Follower {
    /// Whether it has answered lately.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        self.silence.is_some_and(|silence| silence < SILENCE_MAX)
    }

    /// Whether it has answered lately, and lacks little.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.is_heard() && self.matched.is_some() && self.lag_entries <= CAUGHT_UP_ENTRIES
    }
}

impl Role {
    pub(crate) fn of(state: ServerState) -> Self {
        match state {
            ServerState::Learner => Role::Learner,
            ServerState::Follower => Role::Follower,
            ServerState::Candidate => Role::Candidate,
            ServerState::Leader => Role::Leader,
            ServerState::Shutdown => Role::Stopped,
        }
    }

    /// The name of the role in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Role::Learner => "learner",
            Role::Follower => "follower",
            Role::Candidate => "candidate",
            Role::Leader => "leader",
            Role::Stopped => "stopped",
        }
    }
}
