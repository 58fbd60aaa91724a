//! The members of a profile in one row, kept beside the rows that they are a copy of.
//!
//! ```text
//! profile row ─► nodes ─┬─► node row: which of its own interactions
//!                       └─► member rows: identifiers, assets, strands      ─► extent row: one read for a lookup
//! ```
//!
//! - An extent is a function of those rows alone. [`refresh`] derives it again at the end of every command that changes one
//!   of them, so that it never says more or less than they do.
//! - A profile with more than [`EXTENT_ROWS_MAX`] member rows has none: a customer with a million browsers must not cost a
//!   million rows with each further one. It is read from its ranges.

use std::collections::BTreeSet;

use crate::graph::Graph;
use crate::lookup::gather;
use crate::{EXTENT_ROWS_MAX, ExtentRow, NodeId, Placement, Reader, RowKey};

/// Derives the extents again of all profiles that the command has changed.
pub(crate) fn refresh<R: Reader>(graph: &mut Graph<'_, R>) -> Result<(), R::Error> {
    let mut roots: BTreeSet<NodeId> = BTreeSet::new();
    let mut holders = graph.rescoped().clone();
    for (key, _) in graph.writes() {
        match key {
            RowKey::Profile { root } => {
                roots.insert(*root);
            }
            RowKey::Member { holder, .. } => {
                holders.insert(*holder);
            }
            _ => {}
        }
    }
    for holder in holders {
        roots.insert(match graph.node(holder)?.map(|row| &row.placement) {
            Some(Placement::Person { root }) => *root,
            // An asset that is several people's, or no one's, is a profile of its own.
            _ => holder,
        });
    }
    for root in roots {
        let extent = extent(graph, root)?;
        let known = graph.extent(root)?;
        if known.as_deref() != extent.as_ref() {
            match extent {
                Some(extent) => graph.put(RowKey::Extent { root }, extent),
                None => graph.delete(RowKey::Extent { root }),
            }
        }
    }
    Ok(())
}

/// The extent of a profile as its rows say; absent where there is no profile, or too much of it.
fn extent<R: Reader>(
    graph: &mut Graph<'_, R>,
    root: NodeId,
) -> Result<Option<ExtentRow>, R::Error> {
    let Some(profile) = graph.profile(root)? else {
        return Ok(None);
    };
    let gathered = gather(graph, &profile, EXTENT_ROWS_MAX)?;
    Ok((!gathered.truncated).then_some(ExtentRow {
        canonical: profile.canonical,
        members: gathered.members,
        strands: gathered.strands,
    }))
}
