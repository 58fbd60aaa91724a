//! Who calls: the workspace, and what the key allows.

use std::collections::BTreeSet;
use std::sync::Arc;

use acquaint_identity::Trust;
use acquaint_profile::WorkspaceId;

use crate::config::Scope;

/// A caller whose key or token was recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The workspace that the key belongs to. Nothing crosses it.
    pub workspace: WorkspaceId,
    /// The name of the key: the source of what it sends, the author of what it states.
    pub source: String,
    /// How far evidence that comes by this key is trusted.
    pub trust: Trust,
    /// What it may do.
    pub scopes: Arc<BTreeSet<Scope>>,
}

impl Caller {
    /// Whether the key allows this.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}
