//! What can go wrong with a proposal, a wait or a start, and what is known then.

use std::time::Duration;

use acquaint_storage::GroupId;

/// An error of the consensus layer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another replica leads the group, or none does yet. Nothing was proposed.
    #[error("{group} is led by {}", leader.map_or("nobody yet".to_string(), |id| format!("node {id}")))]
    NotLeader {
        /// The group proposed to.
        group: GroupId,
        /// The leader, if it is known.
        leader: Option<u64>,
    },

    /// The group has too many commands in flight. Nothing was proposed; retry after a pause.
    #[error(
        "{group} has {in_flight_bytes} bytes of commands in flight, and takes at most {in_flight_bytes_max}"
    )]
    QueueFull {
        /// The group proposed to.
        group: GroupId,
        /// What it holds already.
        in_flight_bytes: u64,
        /// The bound, `in_flight_bytes_max` of the options.
        in_flight_bytes_max: u64,
    },

    /// A command is larger than one may be. Nothing was proposed, and no retry will help.
    #[error("a command of {bytes} bytes is larger than the {bytes_max} that a log entry may have")]
    CommandTooLarge {
        /// The size of the command.
        bytes: u64,
        /// The bound, `command_bytes_max` of the options.
        bytes_max: u64,
    },

    /// The leader of the group cannot be reached from this node. Nothing was proposed.
    #[error("the leader of {group} cannot be reached: {reason}")]
    Unreachable {
        /// The group proposed to.
        group: GroupId,
        /// What stood in the way.
        reason: String,
    },

    /// The group cannot do that now. Nothing was changed.
    #[error("{group} cannot do that now: {reason}")]
    NotNow {
        /// The group.
        group: GroupId,
        /// What it waits for, or what does not fit.
        reason: String,
    },

    /// It could not be made sure how far a group is committed, so a read could miss what was acknowledged before it.
    #[error("it cannot be made sure how far {group} is: {reason}")]
    Unsure {
        /// The group.
        group: GroupId,
        /// Why.
        reason: String,
    },

    /// So many readers wait for a barrier that no more are taken.
    #[error("{readers_max} readers wait for a read barrier, and no more may")]
    TooManyReaders {
        /// The bound.
        readers_max: usize,
    },

    /// A command of no bytes, which is kept for marks. Nothing was proposed.
    #[error("a command has at least one byte")]
    EmptyCommand,

    /// No answer came in time. The command may still be applied.
    #[error("{group} did not answer within {after:?}; the command may still be applied")]
    Timeout {
        /// The group that was waited for.
        group: GroupId,
        /// How long.
        after: Duration,
    },

    /// The group lost its leader while the command was in flight. It may still be applied.
    #[error("{group} changed its leader while the command was in flight; it may still be applied")]
    LeaderLost {
        /// The group proposed to.
        group: GroupId,
    },

    /// The group has stopped, by a shutdown or by a fatal error. A command that was in flight
    /// may be in the log, and is applied at the next start then.
    #[error("{group} has stopped: {reason}")]
    Stopped {
        /// The group that has stopped.
        group: GroupId,
        /// Why.
        reason: String,
    },

    /// A group did not find a leader, or did not catch up with what it had committed, in time.
    #[error("{group} did not recover within {after:?}: {reason}")]
    NotRecovered {
        /// The group.
        group: GroupId,
        /// How long it was waited for.
        after: Duration,
        /// What it was waiting for.
        reason: String,
    },

    /// The same group was given twice.
    #[error("{0} was given twice")]
    DuplicateGroup(GroupId),

    /// The consensus library refused its configuration.
    #[error("the timing of the groups is not valid: {0}")]
    Config(String),

    /// What is stored for a group does not fit together.
    #[error("the log of {group} is damaged: {reason}")]
    Damaged {
        /// The group whose log it is.
        group: GroupId,
        /// What does not fit.
        reason: String,
    },

    /// A snapshot cannot stand in for the state of a group.
    #[error("the snapshot cannot be installed in {group}: {reason}")]
    Snapshot {
        /// The group.
        group: GroupId,
        /// What does not fit.
        reason: String,
    },

    /// A file of a snapshot cannot be read.
    #[error("{} cannot be read", path.display())]
    SnapshotFile {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },

    /// A thread could not be started.
    #[error("a thread could not be started: {0}")]
    Thread(#[source] std::io::Error),

    /// The store failed.
    #[error(transparent)]
    Storage(#[from] acquaint_storage::Error),
}

impl Error {
    /// Whether the command may have been, or may yet be, applied. A retry is safe
    /// only if the command is idempotent.
    #[must_use]
    pub fn outcome_unknown(&self) -> bool {
        matches!(
            self,
            Error::Timeout { .. } | Error::LeaderLost { .. } | Error::Stopped { .. }
        )
    }

    /// Whether the command was refused for now: it was not proposed, and may be a moment later.
    #[must_use]
    pub fn changed_nothing(&self) -> bool {
        matches!(
            self,
            Error::NotLeader { .. } | Error::Unreachable { .. } | Error::Unsure { .. }
        )
    }

    /// Whether the replica of this node has stopped.
    pub(crate) fn is_stopped(&self) -> bool {
        matches!(self, Error::Stopped { .. })
    }
}
