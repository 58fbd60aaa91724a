//! One consistent reading of a workspace.
//!
//! ```text
//! key ─► node (matching key) ─► profile (root, members, strands) ─► parts ─► rollups, interactions ─► fold
//! ```
//!
//! - Everything of one answer comes from one view of the store, so an answer never mixes two states of this node.
//! - Point reads and short ranges only, never the search index. Interactions are added up one by one only where a rollup
//!   holds more than the profile's: strands of what is shared, days of a strong anchor that was handed on.
//! - A reading is short-lived and is never held across a wait: what it can see is not given back to the disk.

use std::sync::Arc;

use acquaint_api::{ErrorCode, ProfileKey, Successors};
use acquaint_identity::{
    HubSide, IdentifierId, Lookup, NodeId, ProfileView, Reader, Resolver, RowKey, RowPrefix,
    RowValue,
};
use acquaint_profile::{Identifier, NamespaceSpec, Profile, ProfileId};
use acquaint_storage::{Graph, View};

use super::parts::parts;
use super::render;
use super::sum::Sum;
use crate::epochs::{Serving, Standing};
use crate::workspaces::Workspace;
use crate::{Error, Node};

/// The most rows that one fold adds up; a customer whose things changed hands daily for decades stays below it.
pub(crate) const FOLD_ROWS_MAX: usize = 20_000;

/// A fold and what it could not hold.
pub(crate) struct Folded {
    /// The sum.
    pub(crate) profile: Profile,
    /// Whether [`FOLD_ROWS_MAX`] was reached.
    pub(crate) truncated: bool,
}

/// The identity rows of a view in which it is known already how much work waits.
pub(crate) struct Counted<'r, 'a> {
    rows: Graph<'r, View<'a>>,
    pending_rows: u64,
}

impl Reader for Counted<'_, '_> {
    type Error = acquaint_storage::Error;

    fn get(&self, key: &RowKey) -> Result<Option<RowValue>, Self::Error> {
        match key {
            RowKey::PendingCount => {
                let rows = self.pending_rows;
                Ok((rows > 0).then_some(RowValue::PendingCount(rows)))
            }
            key => self.rows.get(key),
        }
    }

    fn scan(
        &self,
        prefix: &RowPrefix,
        after: Option<&RowKey>,
        limit: usize,
    ) -> Result<Vec<(RowKey, RowValue)>, Self::Error> {
        self.rows.scan(prefix, after, limit)
    }
}

/// One view of one workspace.
pub(crate) struct Reading<'a> {
    pub(crate) view: View<'a>,
    pub(crate) workspace: &'a Workspace,
    /// The rules that serve, where their partition stands, and how much work waits in it.
    serving: Arc<Serving>,
    /// Whether the caller may know who shares a thing.
    names_sharers: bool,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(node: &'a Node, workspace: &'a Workspace) -> Result<Self, Error> {
        let (view, serving) = node.serving(workspace)?;
        Ok(Self {
            view,
            workspace,
            serving,
            names_sharers: false,
        })
    }

    /// For a caller who may know who shares a thing, if he may.
    pub(crate) fn naming_sharers(mut self, names: bool) -> Self {
        self.names_sharers = names;
        self
    }

    /// The identity rows of the workspace, as of this view.
    pub(crate) fn rows(&self) -> Graph<'_, View<'a>> {
        Graph::new(&self.view, self.standing().place)
    }

    /// The rules that serve, and where their partition stands.
    pub(crate) fn standing(&self) -> &Standing {
        &self.serving.standing
    }

    /// Asks the resolver.
    pub(crate) fn resolve<T>(
        &self,
        question: impl FnOnce(&Resolver<'_, Counted<'_, 'a>>) -> Result<T, acquaint_storage::Error>,
    ) -> Result<T, Error> {
        let rows = Counted {
            rows: self.rows(),
            pending_rows: self.serving.pending_rows,
        };
        Ok(question(&Resolver::new(&rows, &self.standing().rules))?)
    }

    /// The node that a key names, whether or not anything is known of it.
    pub(crate) fn node(&self, key: &ProfileKey) -> Result<NodeId, Error> {
        match key {
            ProfileKey::Identifier { namespace, value } => {
                self.node_of_identifier(namespace, value)
            }
            ProfileKey::Profile(id) => {
                let unknown = || {
                    Error::refused(
                        ErrorCode::ProfileNotFound,
                        format!("there is no profile {id}"),
                    )
                };
                let id: ProfileId = id.parse().map_err(|_| {
                    Error::refused(
                        ErrorCode::InvalidKey,
                        "a profile id is `pf_` and 26 characters, as it was answered",
                    )
                })?;
                let node = self.resolve(|resolver| resolver.resolve(IdentifierId(id.0.0)))?;
                node.ok_or_else(unknown)
            }
        }
    }

    fn node_of_identifier(&self, namespace: &str, value: &str) -> Result<NodeId, Error> {
        let Some((_, spec)) = self.workspace.namespaces.get(namespace) else {
            let known: Vec<&str> = self
                .workspace
                .namespaces
                .iter()
                .map(|spec| spec.name.as_str())
                .collect();
            let message = format!(
                "this workspace has no namespace `{namespace}`; it has {}",
                known.join(", ")
            );
            return Err(Error::refused(ErrorCode::InvalidKey, message));
        };
        let identifier = Identifier::parse(spec, value).map_err(|error| match error {
            acquaint_profile::Error::Placeholder { .. } => Error::refused(
                ErrorCode::IdentifierBlocked,
                format!("{error}: it stands for nobody"),
            ),
            error => Error::refused(ErrorCode::InvalidKey, error.to_string()),
        })?;
        let key = identifier.matching_key(spec, &self.workspace.region);
        Ok(NodeId(key.id(&self.workspace.secret).0))
    }

    /// The one customer that a key names.
    pub(crate) fn profile(&self, key: &ProfileKey) -> Result<ProfileView, Error> {
        let node = self.node(key)?;
        match self.resolve(|resolver| resolver.lookup(node))? {
            Lookup::Profile(profile) => Ok(profile),
            Lookup::Unknown => Err(Error::refused(
                ErrorCode::ProfileNotFound,
                format!("nothing is known of {key}"),
            )),
            Lookup::Shared {
                sides,
                sharers,
                more,
                ..
            } => {
                // A profile id was a customer's once: it goes on leading somewhere. An identifier names nobody.
                let is_ours = matches!(key, ProfileKey::Profile(_));
                let successors = (is_ours || self.names_sharers).then(|| Successors {
                    profiles: sharers.into_iter().map(render::profile_id).collect(),
                    more,
                });
                Err(Error::Shared {
                    message: self.shared(key, sides.first()),
                    successors,
                })
            }
            Lookup::Blocked { .. } => Err(Error::refused(
                ErrorCode::IdentifierBlocked,
                format!("{key} is blocked: the value stands for nobody"),
            )),
        }
    }

    /// Why a thing that is shared names nobody.
    fn shared(&self, key: &ProfileKey, side: Option<&HubSide>) -> String {
        match side {
            Some(side) => format!(
                "{key} is shared by too many to name one ({}+ values of {}, {} may link)",
                side.neighbours,
                self.namespace(side.rank.0),
                side.cap
            ),
            None => format!("{key} is shared by several customers, and names none of them"),
        }
    }

    /// Adds up everything that is attributed to a profile.
    pub(crate) fn fold(&self, profile: &ProfileView) -> Result<Folded, Error> {
        let mut sum = Sum::new(&self.view, self.workspace.id, FOLD_ROWS_MAX);
        let parts = parts(self, profile);
        let whole: Vec<_> = (parts.iter().filter(|part| part.is_whole()))
            .map(|part| part.anchor)
            .collect();
        let found = sum.add_whole(&whole)?;
        let mut is_here = found == whole.len() || sum.rows_left == 0;
        for part in parts.iter().filter(|part| !part.is_whole()) {
            if sum.rows_left == 0 {
                break;
            }
            let before = sum.rows_left;
            sum.add_part(part)?;
            // On some days there may be nothing at all.
            is_here &= sum.rows_left < before || part.days.is_some();
        }
        if !is_here {
            // The identity group knows the anchor, or the strand, only through its interactions: that they are not here is
            // lag.
            return Err(Error::Unavailable {
                message: "a part of the profile has not arrived on this node yet".into(),
            });
        }
        Ok(Folded {
            truncated: sum.rows_left == 0,
            profile: Profile { rollup: sum.rollup },
        })
    }

    /// The name of a namespace by its rank.
    pub(crate) fn namespace(&self, rank: u8) -> &str {
        self.spec(rank).map_or("unknown", |spec| spec.name.as_str())
    }

    /// A namespace by its rank.
    pub(crate) fn spec(&self, rank: u8) -> Option<&NamespaceSpec> {
        self.workspace.namespaces.iter().nth(rank.into())
    }

    /// A node for people: `namespace:value`, of its smallest identifier.
    pub(crate) fn name(&self, node: NodeId) -> Result<String, Error> {
        let rows = self.rows();
        let Some(RowValue::Node(row)) = rows.get(&RowKey::Node { node })? else {
            return Ok("(unknown)".into());
        };
        let identifier = rows.get(&RowKey::Identifier { id: row.canonical })?;
        let Some(RowValue::Identifier(identifier)) = identifier else {
            return Err(Error::Inconsistent(
                "a node names an identifier that has no row".into(),
            ));
        };
        let value = identifier.key.as_ref().unwrap_or(&identifier.canonical);
        Ok(format!("{}:{value}", self.namespace(row.rank.0)))
    }
}
