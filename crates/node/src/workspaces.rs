//! The workspaces and the keys that open them, as the registry has them.
//!
//! - The registry's rows tell; this is their copy in memory, replaced as a whole when the registry has written.
//! - Keys are known by their digests only. A digest is compared with digests in a map: nothing of the key leaks in time.
//! - At the start the configuration is brought into the registry: new workspaces are made, keys are replaced. What is frozen
//!   when a workspace is made (secret, region, namespaces) must not differ later: that is an error, not a change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use acquaint_identity::{EvidenceIdentifier, NodeId, Rank, Trust};
use acquaint_profile::{
    Identifier, Interaction, NamespaceSpec, Namespaces, Region, WorkspaceId, WorkspaceSecret,
};
use acquaint_storage::row::{AccessKeyRow, AccessRight, WorkspaceRow};
use acquaint_storage::{GroupId, Key, KeyDigest, KeyRange, Order, Read, Store};
use arc_swap::ArcSwap;

use crate::Caller;
use crate::config::Scope;
use crate::machine::ACCESS_KEYS_MAX;

/// Workspaces of a cluster.
pub(crate) const WORKSPACES_MAX: usize = 10_000;

/// A tenant, as everything that serves it needs it.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    /// Its number, in every key.
    pub(crate) id: WorkspaceId,
    /// Its name.
    pub(crate) name: String,
    /// What its identifiers are hashed with.
    pub(crate) secret: WorkspaceSecret,
    /// Where national phone numbers are read in.
    pub(crate) region: Region,
    /// Its namespaces, strongest first.
    pub(crate) namespaces: Namespaces,
    /// The group that keeps its identity graph.
    pub(crate) identity_group: GroupId,
}

impl Workspace {
    fn of(row: WorkspaceRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            secret: row.secret,
            region: row.region,
            namespaces: row.namespaces,
            identity_group: GroupId::Identity(row.identity_group),
        }
    }

    /// An identifier with its node, as the identity graph names it.
    pub(crate) fn evidence_identifier(
        &self,
        identifier: &Identifier,
        rank: Rank,
        spec: &NamespaceSpec,
    ) -> EvidenceIdentifier {
        let key = identifier.matching_key(spec, &self.region);
        EvidenceIdentifier {
            id: acquaint_identity::IdentifierId(identifier.id(&self.secret).0),
            rank,
            canonical: identifier.value.clone(),
            node: NodeId(key.id(&self.secret).0),
            key: key.value,
        }
    }

    /// The identifiers of an interaction, as the identity graph names them.
    pub(crate) fn evidence_identifiers(
        &self,
        interaction: &Interaction,
    ) -> Vec<EvidenceIdentifier> {
        let known = interaction.identifiers.iter().filter_map(|identifier| {
            let (rank, spec) = self.namespaces.get(identifier.namespace.as_str())?;
            Some(self.evidence_identifier(identifier, Rank(rank), spec))
        });
        known.collect()
    }
}

/// The registry's rows at one moment.
#[derive(Debug, Default)]
struct Table {
    workspaces: BTreeMap<WorkspaceId, Arc<Workspace>>,
    keys: BTreeMap<KeyDigest, Holder>,
}

/// An access key, and the caller that it makes of a request.
#[derive(Debug)]
struct Holder {
    row: AccessKeyRow,
    caller: Caller,
}

/// The copy in memory.
pub(crate) struct Workspaces {
    store: Store,
    table: ArcSwap<Table>,
}

impl Workspaces {
    /// Reads the registry's rows.
    pub(crate) fn open(store: Store) -> Result<Self, acquaint_storage::Error> {
        let workspaces = Self {
            store,
            table: ArcSwap::default(),
        };
        workspaces.reload()?;
        Ok(workspaces)
    }

    /// Reads the registry's rows again.
    pub(crate) fn reload(&self) -> Result<(), acquaint_storage::Error> {
        let view = self.store.snapshot();
        let mut table = Table::default();
        let range = KeyRange::workspaces();
        for (_, row) in view.scan::<WorkspaceRow>(&range, Order::Ascending, WORKSPACES_MAX)? {
            let workspace = Workspace::of(row);
            table.workspaces.insert(workspace.id, Arc::new(workspace));
        }
        let range = KeyRange::access_keys();
        for (key, row) in view.scan(&range, Order::Ascending, ACCESS_KEYS_MAX)? {
            if let Key::AccessKey { digest } = key {
                table.keys.insert(digest, Holder::of(row));
            }
        }
        self.table.store(Arc::new(table));
        Ok(())
    }

    pub(crate) fn get(&self, id: WorkspaceId) -> Option<Arc<Workspace>> {
        self.table.load().workspaces.get(&id).cloned()
    }

    pub(crate) fn by_name(&self, name: &str) -> Option<Arc<Workspace>> {
        let table = self.table.load();
        let mut workspaces = table.workspaces.values();
        workspaces.find(|workspace| workspace.name == name).cloned()
    }

    /// Every workspace, in order of number.
    pub(crate) fn all(&self) -> Vec<Arc<Workspace>> {
        self.table.load().workspaces.values().cloned().collect()
    }

    /// The number of the next workspace.
    pub(crate) fn next_id(&self) -> WorkspaceId {
        let table = self.table.load();
        let last = table.workspaces.last_key_value();
        WorkspaceId(last.map_or(1, |(id, _)| id.0 + 1))
    }

    /// Every access key, as the registry has it.
    pub(crate) fn access_keys(&self) -> BTreeMap<KeyDigest, AccessKeyRow> {
        let table = self.table.load();
        let rows = table.keys.iter();
        rows.map(|(digest, holder)| (*digest, holder.row.clone()))
            .collect()
    }

    /// Who holds this write key.
    pub(crate) fn holder_of_write_key(&self, key: &str) -> Option<Caller> {
        self.holder(key, |right| matches!(right, AccessRight::Write(_)))
    }

    /// Who holds this token.
    pub(crate) fn holder_of_token(&self, token: &str) -> Option<Caller> {
        self.holder(token, |right| matches!(right, AccessRight::Token(_)))
    }

    fn holder(&self, key: &str, is_of_kind: fn(&AccessRight) -> bool) -> Option<Caller> {
        let table = self.table.load();
        let holder = table.keys.get(&KeyDigest::of(key))?;
        is_of_kind(&holder.row.right).then(|| holder.caller.clone())
    }
}

impl Holder {
    fn of(row: AccessKeyRow) -> Self {
        let (trust, scopes) = match &row.right {
            AccessRight::Write(trust) => (*trust, BTreeSet::from([Scope::Ingest])),
            AccessRight::Token(names) => {
                let scopes = Scope::ALL.into_iter();
                let scopes = scopes.filter(|scope| names.contains(scope.as_str()));
                (Trust::Server, scopes.collect())
            }
        };
        let caller = Caller {
            workspace: row.workspace,
            source: row.name.clone(),
            trust,
            scopes: Arc::new(scopes),
        };
        Self { row, caller }
    }
}
