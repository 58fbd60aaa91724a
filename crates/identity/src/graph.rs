//! The rows as they will be: the reader's, under the writes decided so far.
//!
//! - What was put is read back, so that several pieces of evidence work in one call.
//! - Node rows are kept decoded, since every step reads and changes them; they join the writes at the end.
//! - Most rows stand under nodes that have a row: under one that is made by this command, the reader is not asked for them.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::rows::{Rows, Table};
use crate::{
    AttributionRow, Effects, Evidence, ExtentRow, FactId, FactRow, IdentifierId, IdentifierRow,
    LinkRow, NodeId, NodeRow, ProfileRow, Rank, Reader, RevokedRow, RowKey, RowPrefix, RowValue,
    Rules, SourceId, StrandId, TraitKind, TraitRow, ValueId, ViaRow,
};

/// A node row in work.
struct Held {
    row: Option<Arc<NodeRow>>,
    changed: bool,
    /// The reader has no row of it.
    is_new: bool,
}

/// Rows in work.
pub(crate) struct Graph<'a, R: Reader> {
    reader: &'a R,
    pub(crate) rules: &'a Rules,
    writes: Rows<Option<RowValue>>,
    nodes: Table<NodeId, Held>,
    /// Nodes whose rows say otherwise than before which of their own interactions a profile has.
    rescoped: BTreeSet<NodeId>,
    /// Rows read so far: what a command's budget counts.
    read: Cell<u32>,
    /// True when no work was pending before the command, once that is known.
    is_settled: Cell<bool>,
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
            writes: Rows::default(),
            nodes: Table::default(),
            rescoped: BTreeSet::new(),
            read: Cell::new(0),
            is_settled: Cell::new(false),
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
        let nodes = self.nodes.into_iter().filter(|(_, held)| held.changed);
        let nodes = nodes.map(|(node, held)| (RowKey::Node { node }, held.row.map(RowValue::Node)));
        Effects {
            writes: self.writes.into_iter().chain(nodes).collect(),
            changes: Vec::new(),
            pending: false,
        }
    }

    /// The rows written so far, without those of nodes.
    pub(crate) fn writes(&self) -> impl Iterator<Item = (&RowKey, &Option<RowValue>)> {
        self.writes.iter()
    }

    /// Notes that the row of a node says otherwise than before which of its own interactions a profile has.
    pub(crate) fn rescope(&mut self, node: NodeId) {
        self.rescoped.insert(node);
    }

    pub(crate) fn rescoped(&self) -> &BTreeSet<NodeId> {
        &self.rescoped
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
            None if self.is_under_new(key) => Ok(None),
            None => self.reader.get(key),
        }
    }

    /// True when the reader has no row of the node.
    fn is_new(&self, node: &NodeId) -> bool {
        self.nodes.get(node).is_some_and(|held| held.is_new)
    }

    /// True when the key can only be there if a node is of which the reader has no row. What is counted for a node by others
    /// (via rows) can be there longer than the node, while that work is put off.
    fn is_under_new(&self, key: &RowKey) -> bool {
        match key {
            RowKey::Link {
                node, neighbour, ..
            } => self.is_new(node) || self.is_new(neighbour),
            RowKey::Trait { node, .. }
            | RowKey::Profile { root: node }
            | RowKey::Extent { root: node } => self.is_new(node),
            _ => false,
        }
    }

    /// The same for all keys of a range.
    fn is_all_new(&self, prefix: &RowPrefix) -> bool {
        match prefix {
            RowPrefix::Links(node)
            | RowPrefix::LinksTowards(node, _)
            | RowPrefix::Traits(node)
            | RowPrefix::Candidates(node)
            // Whoever asks for these wants identifiers; strands may still be there of the node as it was once.
            | RowPrefix::MembersOf(_, node) => self.is_new(node),
            RowPrefix::Members(node) => self.is_settled.get() && self.is_new(node),
            _ => false,
        }
    }

    /// Rows of a range (not of nodes: those are held), the writes laid over the reader's.
    pub(crate) fn scan(
        &self,
        prefix: &RowPrefix,
        after: Option<&RowKey>,
        limit: usize,
    ) -> Result<Vec<(RowKey, RowValue)>, R::Error> {
        let over: Vec<_> = self.writes.range(prefix, after).collect();
        let deleted = over.iter().filter(|(_, value)| value.is_none()).count();
        let below = if self.is_all_new(prefix) {
            Vec::new()
        } else {
            let limit = limit.saturating_add(deleted);
            self.reader.scan(prefix, after, limit)?
        };
        self.count(below.len() + 1);
        if over.is_empty() {
            return Ok(below);
        }
        let mut rows = Vec::with_capacity(below.len() + over.len());
        let mut below = below.into_iter().peekable();
        for (key, value) in over {
            while let Some(row) = below.next_if(|(other, _)| other < key) {
                rows.push(row);
            }
            below.next_if(|(other, _)| other == key);
            rows.extend(value.clone().map(|value| (*key, value)));
        }
        rows.extend(below);
        rows.truncate(limit);
        Ok(rows)
    }

    fn hold(&mut self, node: NodeId) -> Result<&mut Held, R::Error> {
        let (reader, read) = (self.reader, &self.read);
        self.nodes.get_or_insert(node, || {
            read.set(read.get().saturating_add(1));
            let row = row!(reader.get(&RowKey::Node { node })?, Node);
            Ok(Held {
                is_new: row.is_none(),
                changed: false,
                row,
            })
        })
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
        let held = Held {
            row: row.map(Arc::new),
            changed: true,
            is_new: self.is_new(&node),
        };
        self.nodes.insert(node, held);
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

    pub(crate) fn extent(&self, root: NodeId) -> Result<Option<Arc<ExtentRow>>, R::Error> {
        Ok(row!(self.get(&RowKey::Extent { root })?, Extent))
    }

    /// A row as it was before the command.
    pub(crate) fn before(&self, key: &RowKey) -> Result<Option<RowValue>, R::Error> {
        self.reader.get(key)
    }

    /// The number of rows of pending work before the command.
    pub(crate) fn pending_before(&self) -> Result<u64, R::Error> {
        let rows = match self.reader.get(&RowKey::PendingCount)? {
            Some(RowValue::PendingCount(rows)) => rows,
            _ => 0,
        };
        self.is_settled.set(rows == 0);
        Ok(rows)
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
