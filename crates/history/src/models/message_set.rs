//! A set that messages are added to and never taken from.

use crate::model::Model;
use crate::number_set::NumberSet;

/// A set of messages, empty at first. Whoever tests numbers the messages; a message that is added twice is there once.
pub struct MessageSet;

/// What is asked of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetInput {
    /// Add this message.
    Add(u32),
    /// Which messages are there?
    Read,
}

/// What a set answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetOutput {
    /// It was added, or was there.
    Added,
    /// Every message that is there.
    Seen(NumberSet),
}

impl Model for MessageSet {
    type Input = SetInput;
    type Output = SetOutput;
    type State = NumberSet;

    const READS_SHOW_CHANGES: bool = true;

    fn initial(&self) -> NumberSet {
        NumberSet::new()
    }

    fn step(
        &self,
        state: &NumberSet,
        input: &SetInput,
        output: Option<&SetOutput>,
    ) -> Option<NumberSet> {
        match (input, output) {
            (SetInput::Add(message), None | Some(SetOutput::Added)) => {
                let mut state = state.clone();
                state.insert(*message);
                Some(state)
            }
            (SetInput::Read, None) => Some(state.clone()),
            (SetInput::Read, Some(SetOutput::Seen(seen))) => (seen == state).then(|| state.clone()),
            _ => None,
        }
    }

    fn is_read(&self, input: &SetInput) -> bool {
        matches!(input, SetInput::Read)
    }

    fn shows(&self, output: &SetOutput, change: &SetInput) -> bool {
        match (output, change) {
            (SetOutput::Seen(seen), SetInput::Add(message)) => seen.contains(*message),
            _ => false,
        }
    }
}
