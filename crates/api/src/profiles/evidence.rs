//! The lines of an export of the evidence about identity.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// One line of NDJSON: first the rules, then the facts in force, then the evidence, at last the partition.
///
/// Rules, facts and evidence are in the form in which the node of this version keeps them: they are for computing the
/// partition again with the same version, not for keeping.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum EvidenceLine {
    /// The rules in force.
    Rules(Value),
    /// An operator fact in force.
    Fact(Value),
    /// Everything known of one set of identifiers through one source.
    Evidence(Value),
    /// What the node has made of it.
    Partition(PartitionBody),
}

/// The partition of the identifiers into profiles, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PartitionBody {
    /// SHA-256 over the partition's rows, as hexadecimal: equal digests are equal partitions.
    pub digest: String,
    /// Identifiers, those with one matching key counted once.
    pub nodes: u64,
    /// Profiles.
    pub profiles: u64,
    /// Whether work is pending: then the partition is not yet what the evidence says.
    pub pending: bool,
}
