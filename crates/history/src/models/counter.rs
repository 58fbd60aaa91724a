//! A counter: it holds the sum of what was added.

use crate::model::Model;

/// A counter that begins at zero.
pub struct Counter;

/// What is asked of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CounterInput {
    /// Add this much.
    Add(u64),
    /// What is the sum?
    Read,
}

/// What a counter answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CounterOutput {
    /// It was added.
    Added,
    /// The sum: after the addition, if one was asked for.
    Sum(u64),
}

impl Model for Counter {
    type Input = CounterInput;
    type Output = CounterOutput;
    type State = u64;

    fn initial(&self) -> u64 {
        0
    }

    fn step(
        &self,
        state: &u64,
        input: &CounterInput,
        output: Option<&CounterOutput>,
    ) -> Option<u64> {
        let after = match input {
            CounterInput::Add(more) => state + more,
            CounterInput::Read => *state,
        };
        let fits = match output {
            None => true,
            Some(CounterOutput::Added) => !self.is_read(input),
            Some(CounterOutput::Sum(sum)) => *sum == after,
        };
        fits.then_some(after)
    }

    fn is_read(&self, input: &CounterInput) -> bool {
        matches!(input, CounterInput::Read)
    }
}
