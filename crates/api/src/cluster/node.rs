//! A cluster and its nodes, as one of them sees them.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ReplicaBody;

/// A cluster as one node sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterBody {
    /// The id of the cluster, 32 hexadecimal digits; nothing before the node belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The number of the node that answers; nothing before it belongs to a cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<u64>,
    /// Host and port at which other nodes reach it; nothing for a node that is alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer_address: Option<String>,
    /// Address of its HTTP API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_address: Option<String>,
    /// The version of its program.
    pub program: String,
    /// Whether it belongs to a cluster.
    pub formed: bool,
    /// Whether it takes requests.
    pub ready: bool,
    /// The version of the commands that the cluster writes.
    pub commands: u16,
    /// What is not as it should be, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
    /// The nodes of the cluster.
    pub nodes: Vec<NodeBody>,
    /// The replicas on the node that answers.
    pub groups: Vec<ReplicaBody>,
}

/// A node of the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NodeBody {
    /// Its number, never used again.
    pub node: u64,
    /// Host and port at which the other nodes reach it.
    pub peer_address: String,
    /// Address of its HTTP API.
    pub http_address: String,
    /// The version of its program.
    pub program: String,
    /// What it is in the groups.
    pub role: NodeRole,
    /// Whether it shall lead no group.
    pub draining: bool,
    /// The groups that it leads.
    pub leads: u32,
    /// Whether it has what the leaders have; nothing where the node that answers does not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caught_up: Option<bool>,
    /// Milliseconds since it was heard of; nothing where the node that answers does not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent_ms: Option<u64>,
}

/// What a node is in the groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NodeRole {
    /// It has a number and gets nothing yet.
    Admitted,
    /// It gets every entry and does not vote.
    Learner,
    /// It votes and may lead.
    Voter,
}

impl NodeRole {
    /// The role as it stands in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admitted => "admitted",
            Self::Learner => "learner",
            Self::Voter => "voter",
        }
    }
}

impl fmt::Display for NodeRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
