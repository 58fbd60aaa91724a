//! What one replica knows to be committed is never another entry anywhere, and every later leader has it.

use std::collections::BTreeMap;

use acquaint_consensus::Role;
use acquaint_storage::GroupId;

use super::Invariant;
use crate::audit::{Event, SeenEntry, Sight};

#[derive(Default)]
pub(super) struct CommittedStays {
    groups: BTreeMap<GroupId, Committed>,
}

#[derive(Default)]
struct Committed {
    entries: BTreeMap<u64, SeenEntry>,
    /// The last index known to be committed, and the term in which that was known.
    last: u64,
    term: u64,
}

impl Committed {
    fn look(&mut self, sight: &Sight) -> Result<(), String> {
        let (node, group) = (sight.node, sight.group);
        let committed = sight.status.committed.unwrap_or(0);
        for entry in &sight.entries {
            let index = entry.index;
            match self.entries.get(&index) {
                Some(known) if known != entry && index <= committed => {
                    return Err(format!(
                        "node {node} has {entry:?} committed in {group}, where {known:?} was committed"
                    ));
                }
                Some(_) => {}
                None if index <= committed => {
                    self.entries.insert(index, *entry);
                }
                None => {}
            }
        }
        let leads_later = sight.status.role == Role::Leader && sight.status.term > self.term;
        if leads_later && sight.last_log < self.last {
            return Err(format!(
                "node {node} leads {group} in term {} with a log up to {}, and {} was committed in term {}",
                sight.status.term, sight.last_log, self.last, self.term
            ));
        }
        if committed > self.last {
            self.last = committed;
            self.term = sight.status.term;
        }
        Ok(())
    }
}

impl Invariant for CommittedStays {
    fn name(&self) -> &'static str {
        "committed entries stay"
    }

    fn look(&mut self, event: &Event<'_>) -> Result<(), String> {
        match event {
            Event::Seen(sight) => self.groups.entry(sight.group).or_default().look(sight),
            _ => Ok(()),
        }
    }
}
