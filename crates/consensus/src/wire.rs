//! What nodes ask each other, and what they answer, as bytes.
//!
//! - The types are our own, like those on disk, so that a message does not change with the library. They carry the version
//!   of the codec; which versions two nodes share is settled when they connect.
//! - A request names its group. One connection carries the requests of all groups.
//! - A node that cannot answer says why ([`Refusal`]): silence means that the connection is gone.

use acquaint_storage::codec::{self, Stored};
use acquaint_storage::row::{EntryRow, PositionRow, VoteRow};
use acquaint_storage::{GroupId, Manifest, StateDigest};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::compare::Comparison;
use crate::membership::Change;

/// What a node asks another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Request {
    /// A leader has these entries appended; none of them is a heartbeat.
    Append {
        group: GroupId,
        vote: VoteRow,
        previous: Option<PositionRow>,
        entries: Vec<EntryRow>,
        committed: Option<PositionRow>,
    },
    /// A candidate wants a vote, or wants to know whether it would get one.
    Vote {
        group: GroupId,
        vote: VoteRow,
        last: Option<PositionRow>,
        is_transfer: bool,
        is_pre_vote: bool,
    },
    /// A leader asks a follower to take its place.
    TransferLeader {
        group: GroupId,
        from: VoteRow,
        to: u64,
        last: Option<PositionRow>,
    },
    /// A command for a group that the other node leads.
    Propose { group: GroupId, command: Bytes },
    /// A change of the members of a group that the other node leads.
    Change { group: GroupId, change: Change },
    /// How far these groups are committed, which the other node leads.
    ReadIndexes { groups: Vec<GroupId>, lease: bool },
    /// The replicas of a group that the other node leads are to be compared.
    Compare { group: GroupId },
    /// The digest of a group's state at the mark with this index.
    Digest { group: GroupId, index: u64 },
    /// The group's state at this mark differs from that of most replicas.
    Diverged { group: GroupId, index: u64 },
    /// A snapshot is about to be sent: how much of it is there already?
    Offer { manifest: Box<Manifest> },
    /// A piece of a file of the snapshot that was offered.
    Piece(Piece),
    /// Everything of the snapshot has been sent: install it.
    Install {
        group: GroupId,
        vote: VoteRow,
        manifest_digest: u64,
    },
    /// Would the node lead the group, were it asked to?
    WouldLead { group: GroupId },
}

/// A piece of a file of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Piece {
    pub(crate) group: GroupId,
    /// Which snapshot, see [`acquaint_storage::Incoming`].
    pub(crate) manifest_digest: u64,
    /// Which of its files, counted from the first.
    pub(crate) file: u32,
    pub(crate) offset: u64,
    pub(crate) crc32: u32,
    pub(crate) bytes: Bytes,
}

/// What a node answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// The entries are on disk.
    Appended,
    /// What stands before the entries is not in the log.
    Conflict,
    /// There is a later vote.
    HigherVote(VoteRow),
    /// What came of a request for a vote.
    Voted {
        vote: VoteRow,
        last: Option<PositionRow>,
        granted: bool,
    },
    /// The follower stands for election, or says why it does not.
    Transferred(Result<(), NotTransferred>),
    /// The command was applied.
    Applied { index: u64, outcome: Bytes },
    /// The change of members is in force, as of this index.
    Changed { index: u64 },
    /// How far each group is committed that is led here; the leader of those that are not.
    ReadIndexes(Vec<(GroupId, ReadIndex)>),
    /// What the comparison has found.
    Compared(Comparison),
    /// The digest, when it is known.
    Digest(Option<StateDigest>),
    /// Noted.
    Done,
    /// How many bytes of each file of the snapshot are there.
    Offered { bytes: Vec<u64> },
    /// The snapshot is installed, or there is a later vote.
    Installed { vote: VoteRow },
    /// It was not done.
    Refused(Refusal),
}

/// How far a group is committed, or who may know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ReadIndex {
    /// Everything acknowledged before the request is at or before this index.
    At(u64),
    /// This node does not lead the group.
    NotLeader { leader: Option<u64> },
    /// It does, but could not make sure of it.
    Unsure { reason: String },
}

/// Why a follower does not take the leader's place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum NotTransferred {
    VoteChanged {
        expected: VoteRow,
        actual: VoteRow,
    },
    LogNotFlushed {
        expected: Option<PositionRow>,
        actual: Option<PositionRow>,
    },
}

/// Why a request was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Refusal {
    /// There is no such group here, or not yet.
    NoGroup,
    /// Another node leads the group. Nothing was proposed.
    NotLeader { leader: Option<u64> },
    /// The group has too much in flight. Nothing was proposed.
    QueueFull {
        in_flight_bytes: u64,
        in_flight_bytes_max: u64,
    },
    /// The command is too large. Nothing was proposed.
    CommandTooLarge { bytes: u64, bytes_max: u64 },
    /// It was proposed, and what became of it is not known.
    Unknown { reason: String },
    /// The group cannot do it now, and nothing was changed.
    NotNow { reason: String },
    /// The group has stopped.
    Stopped { reason: String },
    /// The bytes are not a request that this program knows.
    Malformed { reason: String },
}

impl Stored for Request {
    const NAME: &'static str = "Request";
    const VERSION: u8 = 1;
}

impl Stored for Answer {
    const NAME: &'static str = "Answer";
    const VERSION: u8 = 1;
}

impl Request {
    pub(crate) fn encode(&self) -> Bytes {
        codec::encode(self).into()
    }
}

impl Answer {
    pub(crate) fn encode(&self) -> Bytes {
        codec::encode(self).into()
    }
}
