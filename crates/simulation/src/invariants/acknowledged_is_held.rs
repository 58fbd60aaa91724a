//! What was acknowledged is in the log or the state of a majority of the voters.

use super::Invariant;
use crate::audit::Event;

pub(super) struct AcknowledgedIsHeld;

impl Invariant for AcknowledgedIsHeld {
    fn name(&self) -> &'static str {
        "what is acknowledged is held by a majority"
    }

    fn look(&mut self, event: &Event<'_>) -> Result<(), String> {
        match event {
            Event::Acknowledged { at, held, voters } if held * 2 <= *voters => Err(format!(
                "{} of {} was acknowledged, and {held} of {voters} voters have it",
                at.index, at.group
            )),
            _ => Ok(()),
        }
    }
}
