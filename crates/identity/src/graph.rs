//! The rows as they will be: the reader's, under the writes decided so far.
//!
//! - What was put is read back, so that several pieces of evidence work in one call.
//! - Node rows are kept decoded, since every step reads and changes them; they join the writes at the end.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use crate::{
    AttributionRow, Effects, Evidence, FactId, FactRow, IdentifierId, IdentifierRow, LinkRow,
    NodeId, NodeRow, ProfileRow, Rank, Reader, RevokedRow, RowKey, RowPrefix, RowValue, Rules,
    SourceId, StrandId, TraitKind, TraitRow, ValueId, ViaRow,
};

/// A node row in work.
struct Held {
    row: Option<Arc<NodeRow>>,
    changed: bool,
}

/// Rows in work.
pub(crate) struct Graph<'a, R: Reader> {
    reader: &'a R,
    pub(crate) rules: &'a Rules,
    writes: BTreeMap<RowKey, Option<RowValue>>,
    nodes: BTreeMap<NodeId, Held>,
    /// Rows read so far: what a command's budget counts.
    read: Cell<u32>,
}

/// Takes the row of one kind out of a value. Storage decodes a value by the kind of its key, so another kind is absence.
macro_rules! row {
    ($value:expr, $kind:ident) => {
        match $value {
            Some(RowValue::$kind(row)) => Some(row),
            _ => None,
        }
    };
}

impl<'a, R: Reader> Graph<'a, R> {
    pub(crate) fn new(reader: &'a R, rules: &'a Rules) -> Self {
        Self {
            reader,
            rules,
            writes: BTreeMap::new(),
            nodes: BTreeMap::new(),
            read: Cell::new(0),
        }
    }

    /// Rows read so far.
    pub(crate) fn read(&self) -> u32 {
        self.read.get()
    }

    fn count(&self, rows: usize) {
        let rows = u32::try_from(rows).unwrap_or(u32::MAX);
        self.read.set(self.read.get().saturating_add(rows));
    }

    /// The writes, node rows with them.
    pub(crate) fn finish(self) -> Effects {
        let mut writes = self.writes;
        for (node, held) in self.nodes {
            if held.changed {
                writes.insert(RowKey::Node { node }, held.row.map(RowValue::Node));
            }
        }
        Effects {
            writes,
            changes: Vec::new(),
            pending: false,
        }
    }

    pub(crate) fn put(&mut self, key: RowKey, value: impl Into<RowValue>) {
        self.writes.insert(key, Some(value.into()));
    }

    pub(crate) fn delete(&mut self, key: RowKey) {
        self.writes.insert(key, None);
    }

    fn get(&self, key: &RowKey) -> Result<Option<RowValue>, R::Error> {
        self.count(1);
        match self.writes.get(key) {
            Some(value) => Ok(value.clone()),
            None => self.reader.get(key),
        }
    }

    /// Rows of a range (not of nodes: those are held), the writes laid over the reader's.
    pub(crate) fn scan(
        &self,
        prefix: &RowPrefix,
        after: Option<&RowKey>,
        limit: usize,
    ) -> Result<Vec<(RowKey, RowValue)>, R::Error> {
        let start = match after {
            Some(after) if *after >= prefix.first() => Bound::Excluded(*after),
            _ => Bound::Included(prefix.first()),
        };
        let over = || {
            self.writes
                .range((start, Bound::Unbounded))
                .take_while(|(key, _)| prefix.contains(key))
        };
        let deleted = over().filter(|(_, value)| value.is_none()).count();
        let below = self
            .reader
            .scan(prefix, after, limit.saturating_add(deleted))?;
        self.count(below.len() + 1);
        if over().next().is_none() {
            return Ok(below);
        }
        let mut rows: BTreeMap<RowKey, RowValue> = below.into_iter().collect();
        for (key, value) in over() {
            match value {
                Some(value) => rows.insert(*key, value.clone()),
                None => rows.remove(key),
            };
        }
        Ok(rows.into_iter().take(limit).collect())
    }

    fn hold(&mut self, node: NodeId) -> Result<&mut Held, R::Error> {
        if !self.nodes.contains_key(&node) {
            self.count(1);
            let row = row!(self.reader.get(&RowKey::Node { node })?, Node);
            self.nodes.insert(
                node,
                Held {
                    row,
                    changed: false,
                },
            );
        }
        Ok(self
            .nodes
            .get_mut(&node)
            .expect("the node was put a line above"))
    }

    pub(crate) fn node(&mut self, node: NodeId) -> Result<Option<&NodeRow>, R::Error> {
        Ok(self.hold(node)?.row.as_deref())
    }

    /// The node's row, to be kept while other rows are worked on.
    pub(crate) fn shared(&mut self, node: NodeId) -> Result<Option<Arc<NodeRow>>, R::Error> {
        Ok(self.hold(node)?.row.clone())
    }

    /// The node, to be changed.
    pub(crate) fn node_mut(&mut self, node: NodeId) -> Result<Option<&mut NodeRow>, R::Error> {
        let held = self.hold(node)?;
        held.changed = true;
        Ok(held.row.as_mut().map(Arc::make_mut))
    }

    pub(crate) fn set_node(&mut self, node: NodeId, row: Option<NodeRow>) {
        let row = row.map(Arc::new);
        self.nodes.insert(node, Held { row, changed: true });
    }

    pub(crate) fn has(&self, key: &RowKey) -> Result<bool, R::Error> {
        Ok(self.get(key)?.is_some())
    }

    pub(crate) fn evidence(&self, key: &RowKey) -> Result<Option<Arc<Evidence>>, R::Error> {
        Ok(row!(self.get(key)?, Evidence))
    }

    pub(crate) fn link_at(&self, key: &RowKey) -> Result<Option<Arc<LinkRow>>, R::Error> {
        Ok(row!(self.get(key)?, Link))
    }

    /// The link between two nodes.
    pub(crate) fn link(&self, a: End, b: End) -> Result<Option<Arc<LinkRow>>, R::Error> {
        self.link_at(&link_keys(a, b).0)
    }

    pub(crate) fn via(&self, node: NodeId, other: NodeId) -> Result<ViaRow, R::Error> {
        let row = row!(self.get(&RowKey::Via { node, other })?, Via);
        Ok(row.map(Arc::unwrap_or_clone).unwrap_or_default())
    }

    pub(crate) fn attribution(
        &self,
        strand: StrandId,
    ) -> Result<Option<Arc<AttributionRow>>, R::Error> {
        Ok(row!(
            self.get(&RowKey::Attribution { strand })?,
            Attribution
        ))
    }

    pub(crate) fn revoked(&self, source: SourceId) -> Result<Option<Arc<RevokedRow>>, R::Error> {
        Ok(row!(self.get(&RowKey::Revoked { source })?, Revoked))
    }

    /// A node's row as it was before the command.
    pub(crate) fn node_before(&self, node: NodeId) -> Result<Option<Arc<NodeRow>>, R::Error> {
        Ok(row!(self.reader.get(&RowKey::Node { node })?, Node))
    }

    /// A profile's row as it was before the command.
    pub(crate) fn profile_before(&self, root: NodeId) -> Result<Option<Arc<ProfileRow>>, R::Error> {
        Ok(row!(self.reader.get(&RowKey::Profile { root })?, Profile))
    }

    pub(crate) fn identifier(
        &self,
        id: IdentifierId,
    ) -> Result<Option<Arc<IdentifierRow>>, R::Error> {
        Ok(row!(self.get(&RowKey::Identifier { id })?, Identifier))
    }

    pub(crate) fn profile(&self, root: NodeId) -> Result<Option<Arc<ProfileRow>>, R::Error> {
        Ok(row!(self.get(&RowKey::Profile { root })?, Profile))
    }

    pub(crate) fn fact(&self, fact: FactId) -> Result<Option<Arc<FactRow>>, R::Error> {
        Ok(row!(self.get(&RowKey::Fact { fact })?, Fact))
    }

    pub(crate) fn trait_row(
        &self,
        node: NodeId,
        kind: TraitKind,
        value: ValueId,
    ) -> Result<Option<Arc<TraitRow>>, R::Error> {
        Ok(row!(self.get(&RowKey::Trait { node, kind, value })?, Trait))
    }
}

/// A node with its rank.
pub(crate) type End = (NodeId, Rank);

/// The key that holds a link, and the one that points back: it stands under the weaker namespace, of equals under the
/// smaller node.
pub(crate) fn link_keys(a: End, b: End) -> (RowKey, RowKey) {
    let a_holds = (a.1, b.0) > (b.1, a.0);
    let (holder, other) = if a_holds { (a, b) } else { (b, a) };
    let key = |(node, _): End, (neighbour, rank): End| RowKey::Link {
        node,
        rank,
        neighbour,
    };
    (key(holder, other), key(other, holder))
}
