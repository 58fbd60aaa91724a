//! A term of a group has one leader at most.

use std::collections::BTreeMap;

use acquaint_consensus::Role;
use acquaint_storage::GroupId;

use super::Invariant;
use crate::audit::Event;

#[derive(Default)]
pub(super) struct OneLeader {
    leaders: BTreeMap<(GroupId, u64), u64>,
}

impl OneLeader {
    fn leads(&mut self, group: GroupId, term: u64, node: u64) -> Result<(), String> {
        let leader = *self.leaders.entry((group, term)).or_insert(node);
        match leader == node {
            true => Ok(()),
            false => Err(format!(
                "nodes {leader} and {node} both lead {group} in term {term}"
            )),
        }
    }
}

impl Invariant for OneLeader {
    fn name(&self) -> &'static str {
        "one leader in a term"
    }

    fn look(&mut self, event: &Event<'_>) -> Result<(), String> {
        let Event::Seen(sight) = event else {
            return Ok(());
        };
        for entry in &sight.entries {
            self.leads(sight.group, entry.term, entry.leader)?;
        }
        match sight.status.role {
            Role::Leader => self.leads(sight.group, sight.status.term, sight.node),
            _ => Ok(()),
        }
    }
}
