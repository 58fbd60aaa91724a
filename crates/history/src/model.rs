//! What a correct store would do, one operation after the other.

use std::fmt::Debug;
use std::hash::Hash;

/// A sequential specification: what is linearizable is what could have come from it.
pub trait Model {
    /// What is asked.
    type Input: Clone + Debug;
    /// What is answered.
    type Output: Clone + Debug;
    /// What the store holds.
    type State: Clone + Debug + Eq + Hash;

    /// Whether a read shows exactly the changes before it, in whatever order they came. A change of unknown outcome that no
    /// read shows can then be left out, and one that is shown took effect before that read; and the search knows which changes
    /// come before which read, so that it need not try.
    const READS_SHOW_CHANGES: bool = false;

    /// What the store holds at first.
    fn initial(&self) -> Self::State;

    /// The state after the operation, or nothing if it cannot have been answered so. Without an output the answer is
    /// unknown, and every answer is allowed.
    fn step(
        &self,
        state: &Self::State,
        input: &Self::Input,
        output: Option<&Self::Output>,
    ) -> Option<Self::State>;

    /// Whether the operation never changes the state.
    fn is_read(&self, input: &Self::Input) -> bool;

    /// Whether an answer shows that a change had taken effect. Asked only where reads show changes.
    fn shows(&self, _output: &Self::Output, _change: &Self::Input) -> bool {
        false
    }
}
