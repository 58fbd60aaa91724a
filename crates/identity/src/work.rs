//! What a command still has to do, and why.
//!
//! - Work is a set: the same piece marked twice is done once.
//! - A change of a profile names the first cause of the command that touched it.

use std::collections::BTreeMap;

use crate::graph::Graph;
use crate::{Cause, NodeId, PendingRow, Reader, RowKey, RowValue, Stage, StrandId};

/// A piece of work: a stage and what it is about.
pub(crate) type Piece = (Stage, [u8; 16]);

/// The work of one command.
pub(crate) struct Work {
    /// With where to go on, for what was begun before.
    queue: BTreeMap<Piece, Option<Box<PendingRow>>>,
    causes: Vec<Cause>,
    /// Nodes whose profile may have changed, with the place of the cause.
    moved: BTreeMap<NodeId, usize>,
}

impl Work {
    pub(crate) fn new(cause: Cause) -> Self {
        Self {
            queue: BTreeMap::new(),
            causes: vec![cause],
            moved: BTreeMap::new(),
        }
    }

    /// What is marked from now on is due to this.
    pub(crate) fn because_of(&mut self, cause: Cause) {
        self.causes.push(cause);
    }

    pub(crate) fn node(&mut self, stage: Stage, node: NodeId) {
        self.queue.entry((stage, node.0)).or_default();
    }

    pub(crate) fn strand(&mut self, stage: Stage, strand: StrandId) {
        self.queue.entry((stage, strand.0)).or_default();
    }

    /// Goes on with a piece where it was left.
    pub(crate) fn resume(&mut self, piece: Piece, row: PendingRow) {
        self.queue.insert(piece, Some(Box::new(row)));
    }

    /// Takes a piece out that another has done along.
    pub(crate) fn done(&mut self, stage: Stage, node: NodeId) -> bool {
        self.queue.remove(&(stage, node.0)).is_some()
    }

    pub(crate) fn next(&mut self) -> Option<(Piece, PendingRow)> {
        let (piece, row) = self.queue.pop_first()?;
        Some((piece, row.map_or_else(PendingRow::default, |row| *row)))
    }

    pub(crate) fn moved(&mut self, node: NodeId) {
        let cause = self.causes.len() - 1;
        self.moved.entry(node).or_insert(cause);
    }

    /// The nodes whose profile may have changed, each with its cause's place.
    pub(crate) fn take_moved(&mut self) -> BTreeMap<NodeId, usize> {
        std::mem::take(&mut self.moved)
    }

    pub(crate) fn cause(&self, place: usize) -> Cause {
        self.causes[place]
    }
}

/// Brings the number of pending rows up to date: lookups read it instead of looking for a row. At zero it has no row.
pub(crate) fn count_pending<R: Reader>(graph: &mut Graph<'_, R>) -> Result<(), R::Error> {
    let is_pending = |(key, value): (&RowKey, &Option<RowValue>)| {
        matches!(key, RowKey::Pending { .. }).then_some((*key, value.is_some()))
    };
    let written: Vec<(RowKey, bool)> = graph.writes().filter_map(is_pending).collect();
    if written.is_empty() {
        return Ok(());
    }
    let before = graph.pending_before()?;
    let mut rows = before;
    for (key, is_there) in written {
        match (graph.before(&key)?.is_some(), is_there) {
            (false, true) => rows += 1,
            (true, false) => rows = rows.saturating_sub(1),
            _ => {}
        }
    }
    match rows {
        rows if rows == before => {}
        0 => graph.delete(RowKey::PendingCount),
        rows => graph.put(RowKey::PendingCount, RowValue::PendingCount(rows)),
    }
    Ok(())
}
