//! One operation of one client.

/// What a client asked, what it was told, and when.
///
/// Moments come from one [`Clock`](crate::Clock): an operation was over before another began if its end is smaller than the
/// other's begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation<I, O> {
    /// Who asked.
    pub client: u64,
    /// What was asked.
    pub input: I,
    /// What came of it.
    pub outcome: Outcome<O>,
    /// When it was asked.
    pub begin: u64,
    /// When the client knew, or gave up.
    pub end: u64,
}

/// What came of an operation, as far as its client knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<O> {
    /// It took effect, and this was the answer.
    Done(O),
    /// It took no effect and never will.
    Failed,
    /// It may have taken effect, or may still.
    Unknown,
}

impl<I, O> Operation<I, O> {
    /// The answer, if there was one.
    pub fn output(&self) -> Option<&O> {
        match &self.outcome {
            Outcome::Done(output) => Some(output),
            Outcome::Failed | Outcome::Unknown => None,
        }
    }

    /// When it must have taken effect at the latest.
    pub(crate) fn deadline(&self) -> u64 {
        match self.outcome {
            Outcome::Done(_) => self.end,
            Outcome::Failed | Outcome::Unknown => u64::MAX,
        }
    }
}
