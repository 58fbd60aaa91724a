//! The rows of the registry.

use std::collections::BTreeSet;

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
}

stored!(WorkspaceRow, WorkspaceNameRow, AccessKeyRow, SettingRow);
