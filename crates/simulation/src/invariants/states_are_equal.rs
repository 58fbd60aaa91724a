//! Replicas of a group at one index have applied the same commands and come to the same state.

use std::collections::BTreeMap;

use acquaint_storage::GroupId;

use super::Invariant;
use crate::audit::Event;
use crate::machines::Tally;

#[derive(Default)]
pub(super) struct StatesAreEqual {
    states: BTreeMap<(GroupId, u64), (u64, u64, Tally)>,
}

impl Invariant for StatesAreEqual {
    fn name(&self) -> &'static str {
        "states are equal"
    }

    fn look(&mut self, event: &Event<'_>) -> Result<(), String> {
        let Event::Applied(applied) = event else {
            return Ok(());
        };
        let (group, index, node) = (applied.at.group, applied.at.index, applied.node);
        let seen = (node, applied.command, applied.tally);
        let known = *self.states.entry((group, index)).or_insert(seen);
        let (other, command, tally) = known;
        if command != applied.command {
            return Err(format!(
                "nodes {other} and {node} have applied different commands at {index} of {group}"
            ));
        }
        if tally != applied.tally {
            return Err(format!(
                "at {index} of {group}, node {other} has come to {tally:?} and node {node} to {:?}",
                applied.tally
            ));
        }
        Ok(())
    }
}
