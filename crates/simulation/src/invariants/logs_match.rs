//! Two entries of a group with one index and one term are the same, and so is everything before them.

use std::collections::BTreeMap;

use acquaint_storage::GroupId;

use super::Invariant;
use crate::audit::{Event, SeenEntry};

#[derive(Default)]
pub(super) struct LogsMatch {
    entries: BTreeMap<(GroupId, u64, u64), Known>,
}

#[derive(Clone, Copy, PartialEq)]
struct Known {
    node: u64,
    payload: u64,
    /// The term of the entry before it, once it was seen beside it.
    term_before: Option<u64>,
}

impl LogsMatch {
    fn entry(
        &mut self,
        group: GroupId,
        node: u64,
        entry: &SeenEntry,
        term_before: Option<u64>,
    ) -> Result<(), String> {
        let SeenEntry { index, term, .. } = *entry;
        let seen = Known {
            node,
            payload: entry.payload,
            term_before,
        };
        let known = self.entries.entry((group, index, term)).or_insert(seen);
        let other = known.node;
        if known.payload != entry.payload {
            return Err(format!(
                "nodes {other} and {node} have different entries at {index} of term {term} in {group}"
            ));
        }
        if let (Some(known), Some(seen)) = (known.term_before, term_before)
            && known != seen
        {
            return Err(format!(
                "before {index} of term {term} in {group}, node {other} has an entry of term {known} and node {node} one of {seen}"
            ));
        }
        known.term_before = known.term_before.or(term_before);
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
        let mut term_before = None;
        for entry in &sight.entries {
            self.entry(sight.group, sight.node, entry, term_before)?;
            term_before = Some(entry.term);
        }
        Ok(())
    }
}
