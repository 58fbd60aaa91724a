//! How a node becomes part of a cluster, and how it is taken out of service for a while.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A node that asks to be admitted: where it is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AdmitBody {
    /// Host and port at which the other nodes reach it.
    pub peer_address: String,
    /// Address of its HTTP API.
    pub http_address: String,
}

/// What an admitted node needs to join.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AdmissionBody {
    /// The id of the cluster, 32 hexadecimal digits.
    pub cluster: String,
    /// The number that the node has from now on. It was never another node's.
    pub node: u64,
    /// The anchors groups of the cluster.
    pub anchors_groups: u16,
    /// Host and port of each member, by its number.
    pub peers: BTreeMap<u64, String>,
}

/// Which node shall lead a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TransferBody {
    /// The number of a voter of the group.
    pub to: u64,
}

/// Whether a node shall lead no group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DrainBody {
    /// True before it is stopped, false when it is back.
    pub draining: bool,
}
