//! A replica applies every index once, in order, and nothing that is not committed.

use std::collections::BTreeMap;

use acquaint_storage::GroupId;

use super::Invariant;
use crate::audit::Event;

#[derive(Default)]
pub(super) struct AppliedGoesForward {
    applied: BTreeMap<(u64, GroupId), u64>,
}

impl Invariant for AppliedGoesForward {
    fn name(&self) -> &'static str {
        "applied goes forward"
    }

    fn look(&mut self, event: &Event<'_>) -> Result<(), String> {
        match event {
            Event::Applied(applied) => {
                let (node, group, index) = (applied.node, applied.at.group, applied.at.index);
                let last = self.applied.entry((node, group)).or_default();
                if index <= *last {
                    return Err(format!(
                        "node {node} applies {index} of {group} after {last}"
                    ));
                }
                *last = index;
                Ok(())
            }
            Event::Seen(sight) => {
                let (node, group) = (sight.node, sight.group);
                let last = self.applied.entry((node, group)).or_default();
                if sight.applied < *last {
                    return Err(format!(
                        "node {node} is at {} of {group} and was at {last}",
                        sight.applied
                    ));
                }
                *last = sight.applied;
                let committed = sight.status.committed.unwrap_or(0);
                let claimed = sight.status.applied.unwrap_or(0);
                match claimed > committed {
                    true => Err(format!(
                        "node {node} has applied {claimed} of {group}, and {committed} is committed"
                    )),
                    false => Ok(()),
                }
            }
            Event::Wiped { node } => {
                self.applied.retain(|(of, _), _| of != node);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
