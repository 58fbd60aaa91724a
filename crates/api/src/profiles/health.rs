//! Whether a node is fit to serve.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The state of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthBody {
    /// Whether it takes reads.
    pub ready: bool,
    /// Whether it takes writes too.
    pub writable: bool,
    /// The node's number.
    pub node_id: u64,
    /// Why it is not ready or not writable, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// The groups that it serves.
    pub groups: Vec<GroupBody>,
    /// The disk under its data.
    pub disk: DiskBody,
}

/// The state of one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupBody {
    /// `registry`, `identity-0`, `anchors-3`.
    pub group: String,
    /// The node that leads it, when one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leader: Option<u64>,
    /// The log index that was applied last.
    pub applied: u64,
}

/// The state of the disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DiskBody {
    /// Bytes free.
    pub free_bytes: u64,
    /// Below this, writes are refused.
    pub free_bytes_min: u64,
}
