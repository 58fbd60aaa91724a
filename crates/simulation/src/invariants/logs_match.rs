//! Two entries of a group with one index and one leader are the same, and so is everything before them. A leader is a term
//! and a node.

use std::collections::BTreeMap;

use acquaint_storage::GroupId;

use super::Invariant;
use crate::audit::{Event, SeenEntry};

/// A term and a node.
type Leader = (u64, u64);

#[derive(Default)]
pub(super) struct LogsMatch {
    entries: BTreeMap<(GroupId, u64, Leader), Known>,
}

#[derive(Clone, Copy, PartialEq)]
struct Known {
    node: u64,
    payload: u64,
    /// The leader of the entry before it, once it was seen beside it.
    leader_before: Option<Leader>,
}

impl LogsMatch {
    fn entry(
        &mut self,
        group: GroupId,
        node: u64,
        entry: &SeenEntry,
        leader_before: Option<Leader>,
    ) -> Result<(), String> {
        let SeenEntry { index, term, .. } = *entry;
        let leader = (term, entry.leader);
        let seen = Known {
            node,
            payload: entry.payload,
            leader_before,
        };
        let known = self.entries.entry((group, index, leader)).or_insert(seen);
        let other = known.node;
        if known.payload != entry.payload {
            return Err(format!(
                "nodes {other} and {node} have different entries at {index} of term {term} in {group}"
            ));
        }
        if let (Some(known), Some(seen)) = (known.leader_before, leader_before)
            && known != seen
        {
            return Err(format!(
                "before {index} of term {term} in {group}, node {other} has an entry of {known:?} and node {node} one of {seen:?}"
            ));
        }
        known.leader_before = known.leader_before.or(leader_before);
        Ok(())
    }
}

impl Invariant for LogsMatch {
    fn name(&self) -> &'static str {
        "logs match"
    }

    fn look(&mut self, event: &Event<'_>) -> Result<(), String> {
        let Event::Seen(sight) = event else {
            return Ok(());
        };
        let mut leader_before = None;
        for entry in &sight.entries {
            self.entry(sight.group, sight.node, entry, leader_before)?;
            leader_before = Some((entry.term, entry.leader));
        }
        Ok(())
    }
}
