//! A replica of a group, as the node that holds it sees it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A replica of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReplicaBody {
    /// `registry`, `identity-0`, `anchors-3`.
    pub group: String,
    /// `leader`, `follower`, `candidate`, `learner` or `stopped`.
    pub role: String,
    /// The node that leads the group, when one is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leader: Option<u64>,
    /// The term of the group.
    pub term: u64,
    /// The index of the last entry in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_log: Option<u64>,
    /// The index up to which entries are known to be committed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committed: Option<u64>,
    /// The index that was applied last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied: Option<u64>,
    /// The index up to which the log is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purged: Option<u64>,
    /// The nodes that vote.
    pub voters: Vec<u64>,
    /// The nodes that get every entry and do not vote.
    pub learners: Vec<u64>,
    /// Bytes of commands that were proposed here and are not applied yet.
    pub in_flight_bytes: u64,
    /// How far the others are; only the leader knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub followers: Vec<FollowerBody>,
    /// The latest digest of the state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<DigestBody>,
}

/// How far a follower or learner is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FollowerBody {
    /// Its number.
    pub node: u64,
    /// The last entry that it is known to have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matched: Option<u64>,
    /// The entries that it does not have.
    pub lag_entries: u64,
    /// Milliseconds since it answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent_ms: Option<u64>,
}

/// A hash over the whole state of a replica at one index of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DigestBody {
    /// The index.
    pub index: u64,
    /// The hash, in hexadecimal digits.
    pub hash: String,
    /// The rows under it.
    pub rows: u64,
}
