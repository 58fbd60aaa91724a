//! A log never goes back to an earlier leader.
//!
//! A leader is a term and a node: with openraft's advanced leader ids a term can have several, one after the other, of which
//! the one with the greater node counts. So it is their order that has to hold, not that there is one in a term.

use super::Invariant;
use crate::audit::Event;

pub(super) struct LeadersRise;

impl Invariant for LeadersRise {
    fn name(&self) -> &'static str {
        "leaders rise"
    }

    fn look(&mut self, event: &Event<'_>) -> Result<(), String> {
        let Event::Seen(sight) = event else {
            return Ok(());
        };
        let fallen = sight.entries.windows(2).find(|pair| {
            let [before, after] = [pair[0], pair[1]].map(|entry| (entry.term, entry.leader));
            after < before
        });
        match fallen {
            Some(pair) => Err(format!(
                "node {} has {:?} after {:?} in {}",
                sight.node, pair[1], pair[0], sight.group
            )),
            None => Ok(()),
        }
    }
}
