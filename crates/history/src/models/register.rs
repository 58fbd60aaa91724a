//! A register: it holds what was written last.

use std::fmt::Debug;
use std::hash::Hash;
use std::marker::PhantomData;

use crate::model::Model;

/// A register of a value, empty at first.
pub struct Register<T>(PhantomData<T>);

/// What is asked of a register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegisterInput<T> {
    /// Put this value in place of the old.
    Write(T),
    /// Which value is it?
    Read,
}

/// What a register answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegisterOutput<T> {
    /// It was written.
    Written,
    /// The value, if any was written yet.
    Value(Option<T>),
}

impl<T> Default for Register<T> {
    fn default() -> Self {
        Register(PhantomData)
    }
}

impl<T: Clone + Debug + Eq + Hash> Model for Register<T> {
    type Input = RegisterInput<T>;
    type Output = RegisterOutput<T>;
    type State = Option<T>;

    fn initial(&self) -> Option<T> {
        None
    }

    fn step(
        &self,
        state: &Option<T>,
        input: &RegisterInput<T>,
        output: Option<&RegisterOutput<T>>,
    ) -> Option<Option<T>> {
        match (input, output) {
            (RegisterInput::Write(value), None | Some(RegisterOutput::Written)) => {
                Some(Some(value.clone()))
            }
            (RegisterInput::Read, None) => Some(state.clone()),
            (RegisterInput::Read, Some(RegisterOutput::Value(value))) => {
                (value == state).then(|| state.clone())
            }
            _ => None,
        }
    }

    fn is_read(&self, input: &RegisterInput<T>) -> bool {
        matches!(input, RegisterInput::Read)
    }
}
