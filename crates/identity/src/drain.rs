//! Does what a command marked, in the order of the stages, until nothing is left or the command has done enough.
//!
//! - Every piece is bounded by the caps of the rules; only scans over the strands of one node are long, and those go on
//!   where they stopped.
//! - What is left is written down as pending rows. Steps take it up again; nothing is forgotten, and new evidence does
//!   not wait for it.

use std::collections::BTreeSet;

use crate::graph::Graph;
use crate::work::{Piece, Work};
use crate::{
    NodeId, PendingRow, Reader, RowKey, RowPrefix, RowValue, SourceId, Stage, StrandId, mailbox,
    operator, people, sources, strands, things, via,
};

/// Pending pieces that one step takes up.
const STEP_PIECES_MAX: usize = 1_024;

/// Takes pending work up again.
pub(crate) fn resume<R: Reader>(graph: &Graph<'_, R>, work: &mut Work) -> Result<(), R::Error> {
    for (key, value) in graph.scan(&RowPrefix::Pending, None, STEP_PIECES_MAX)? {
        if let (RowKey::Pending { of, stage }, RowValue::Pending(row)) = (key, value) {
            work.resume((stage, of), *row);
        }
    }
    Ok(())
}

/// Works until nothing is left or the command has done enough. True when nothing of this command is left.
pub(crate) fn drain<R: Reader>(
    graph: &mut Graph<'_, R>,
    work: &mut Work,
) -> Result<bool, R::Error> {
    let was_pending = graph.pending_before()? > 0;
    let read_max = graph.read().saturating_add(graph.rules.work_max);
    let mut put_off: BTreeSet<Piece> = BTreeSet::new();
    while graph.read() < read_max {
        let Some((piece, row)) = work.next() else {
            break;
        };
        match run(graph, piece, row, work)? {
            None if was_pending => graph.delete(pending_key(piece)),
            None => {}
            Some(rest) if rest.attempts > row.attempts => {
                graph.put(pending_key(piece), rest);
                put_off.insert(piece);
            }
            Some(rest) => work.resume(piece, rest),
        }
    }
    let mut is_done = put_off.is_empty();
    while let Some((piece, row)) = work.next() {
        graph.put(pending_key(piece), row);
        is_done = false;
    }
    Ok(is_done)
}

fn pending_key((stage, of): Piece) -> RowKey {
    RowKey::Pending { of, stage }
}

/// Does a piece of work; answers what is left of it.
fn run<R: Reader>(
    graph: &mut Graph<'_, R>,
    (stage, of): Piece,
    row: PendingRow,
    work: &mut Work,
) -> Result<Option<PendingRow>, R::Error> {
    let node = NodeId(of);
    if let Some((layer, is_own)) = stage.layer() {
        debug_assert!(layer <= crate::LAYER_MAX);
        if is_own {
            things::own(graph, node, work)?;
            return Ok(None);
        }
        return region(graph, node, row, work);
    }
    let after = match stage {
        Stage::SOURCE => sources::settle(graph, SourceId(of), work)?,
        Stage::OPERATOR => operator::judge(graph, node, work).map(|()| false)?,
        Stage::MAILBOX => mailbox::judge(graph, node, work).map(|()| false)?,
        Stage::VIA => via::hear(graph, node, work).map(|()| false)?,
        Stage::PEOPLE => return region(graph, node, row, work),
        Stage::SPREAD => things::spread(graph, node, false, work).map(|()| false)?,
        Stage::SPREAD_ALL => things::spread(graph, node, true, work).map(|()| false)?,
        Stage::STRAND => strands::attribute(graph, StrandId(of), work).map(|()| false)?,
        Stage::STRANDS => {
            let after = strands::attribute_all(graph, node, row.after, work)?;
            return Ok(after.map(|after| PendingRow {
                after: Some(after),
                ..row
            }));
        }
        _ => false,
    };
    Ok(after.then_some(row))
}

/// Repairs a region; one that is too large is put off, to be tried with twice the bound.
fn region<R: Reader>(
    graph: &mut Graph<'_, R>,
    node: NodeId,
    row: PendingRow,
    work: &mut Work,
) -> Result<Option<PendingRow>, R::Error> {
    if people::repair(graph, node, row.attempts, work)? {
        return Ok(None);
    }
    Ok(Some(PendingRow {
        attempts: row.attempts.saturating_add(1),
        ..row
    }))
}
