//! What is purged from a log is in the state.

use super::Invariant;
use crate::audit::Event;

pub(super) struct PurgedWasApplied;

impl Invariant for PurgedWasApplied {
    fn name(&self) -> &'static str {
        "what is purged was applied"
    }

    fn look(&mut self, event: &Event<'_>) -> Result<(), String> {
        match event {
            Event::Seen(sight) if sight.purged > sight.applied => Err(format!(
                "node {} has purged {} of {}, and its state is at {}",
                sight.node, sight.purged, sight.group, sight.applied
            )),
            _ => Ok(()),
        }
    }
}
