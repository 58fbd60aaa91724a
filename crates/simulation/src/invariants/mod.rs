//! What must hold at every step, one promise to a file.

mod acknowledged_is_held;
mod applied_goes_forward;
mod committed_stays;
mod delivered_once;
mod leaders_rise;
mod logs_match;
mod nothing_is_lost;
mod purged_was_applied;
mod reads_show_their_position;
mod states_are_equal;
#[cfg(test)]
mod tests;

use crate::audit::Event;

/// A promise that is checked against everything that is seen.
pub(crate) trait Invariant: Send {
    /// What is promised, in a few words.
    fn name(&self) -> &'static str;

    /// Takes in what was seen, and says what is wrong with it.
    fn look(&mut self, event: &Event<'_>) -> Result<(), String>;
}

/// Every promise, nothing seen yet.
pub(crate) fn all() -> Vec<Box<dyn Invariant>> {
    vec![
        Box::new(leaders_rise::LeadersRise),
        Box::new(logs_match::LogsMatch::default()),
        Box::new(committed_stays::CommittedStays::default()),
        Box::new(applied_goes_forward::AppliedGoesForward::default()),
        Box::new(purged_was_applied::PurgedWasApplied),
        Box::new(states_are_equal::StatesAreEqual::default()),
        Box::new(acknowledged_is_held::AcknowledgedIsHeld),
        Box::new(reads_show_their_position::ReadsShowTheirPosition::default()),
        Box::new(delivered_once::DeliveredOnce),
        Box::new(nothing_is_lost::NothingIsLost),
    ]
}
