//! The rows of the registry.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_identity::Trust;
use acquaint_profile::{Namespaces, Region, WorkspaceId, WorkspaceSecret};
use serde::{Deserialize, Serialize};

use super::stored;
use crate::SlotMap;

/// A workspace: what was settled when it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceRow {
    /// Its number.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// The secret under which its identifiers are hashed.
    pub secret: WorkspaceSecret,
    /// The country of phone numbers without a country code.
    pub region: Region,
    /// Its namespaces in their frozen order.
    pub namespaces: Namespaces,
    /// The number of the identity group that it lives in.
    pub identity_group: u16,
}

/// The workspace of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceNameRow {
    /// Its number.
    pub id: WorkspaceId,
}

/// A write key or an API token; its key holds the digest, and nothing holds the key itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessKeyRow {
    /// The workspace that it opens.
    pub workspace: WorkspaceId,
    /// The name of the key: the source of what comes in by it.
    pub name: String,
    /// What it may do.
    pub right: AccessRight,
}

/// What an access key may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccessRight {
    /// Send interactions.
    Write(Trust),
    /// Use the API within these scopes.
    Token(BTreeSet<String>),
}

/// A setting of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SettingRow {
    /// The division of the slots.
    SlotMap(SlotMap),
    /// The commands that may be proposed: those of this version and of earlier ones.
    Commands(u16),
}

/// A node of the cluster, from when it was admitted until it is removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRow {
    /// Where other nodes reach it, as `host:port`.
    pub peer_address: String,
    /// Where clients reach it, as a URL.
    pub http_address: String,
    /// The version of its program; empty until it has started.
    pub program: String,
    /// The newest commands that its program can apply; 0 until it has started.
    pub commands: u16,
    /// Whether it should lead no group.
    pub draining: bool,
}

/// Which node of which cluster a data directory is that of. Not part of any group's state: it is written once, before the
/// first group starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRow {
    /// The cluster: 16 random bytes.
    pub cluster: [u8; 16],
    /// The node in the cluster; never used again for another one.
    pub node: u64,
    /// The division of the slots when the node was made.
    pub slot_map: SlotMap,
    /// Where other nodes were reached then. The registry knows better once it is there.
    pub peers: BTreeMap<u64, String>,
    /// Whether the node forms the cluster, alone; else it waits to be taken in.
    pub is_first: bool,
}

stored!(
    WorkspaceRow,
    WorkspaceNameRow,
    AccessKeyRow,
    SettingRow,
    MemberRow,
    NodeRow
);
