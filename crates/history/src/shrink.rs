//! Makes a history that does not fit small enough to be read.
//!
//! Only what cannot have been the fault is left out: what came later, what never changed anything, and, where reads show
//! changes, changes that none shows. What is left is part of what happened, and still does not fit.

use crate::linearizable::{Bounds, History, search};
use crate::model::Model;
use crate::operation::{Operation, Outcome};
use crate::search::Found;
use crate::violation::Violation;

pub(crate) fn shrink<M: Model>(
    model: &M,
    history: &[Operation<M::Input, M::Output>],
    bounds: Bounds,
) -> Violation {
    let mut shrinking = Shrinking {
        model,
        bounds,
        shrinks: 0,
        history: history.to_vec(),
    };
    shrinking.end_early();
    shrinking.leave_out();
    shrinking.finish(history.len())
}

struct Shrinking<'a, M: Model> {
    model: &'a M,
    bounds: Bounds,
    shrinks: usize,
    /// The smallest history so far that does not fit.
    history: History<M>,
}

impl<M: Model> Shrinking<'_, M> {
    fn fits(&mut self, history: &[Operation<M::Input, M::Output>]) -> bool {
        self.shrinks += 1;
        let found = search(self.model, history, self.bounds.configurations_max);
        // One that cannot be decided is no better a proof than the one before it.
        !matches!(found, Found::Nothing(_))
    }

    /// Ends the history with the first answer after which it does not fit: every beginning of a history that fits fits, too.
    fn end_early(&mut self) {
        let mut ends: Vec<u64> = self
            .history
            .iter()
            .filter(|operation| matches!(operation.outcome, Outcome::Done(_)))
            .map(|operation| operation.end)
            .collect();
        ends.sort_unstable();
        let (mut fits, mut fails) = (0, ends.len());
        while fits + 1 < fails {
            let middle = fits + (fails - fits) / 2;
            let shorter = until(&self.history, ends[middle - 1]);
            match self.fits(&shorter) {
                true => fits = middle,
                false => fails = middle,
            }
        }
        if let Some(end) = fails.checked_sub(1).and_then(|at| ends.get(at)) {
            self.history = until(&self.history, *end);
        }
    }

    /// Leaves out what can be, in pieces that get smaller.
    fn leave_out(&mut self) {
        let mut piece = self.history.len().div_ceil(2);
        while piece > 0 {
            let mut from = 0;
            while from < self.history.len() && self.shrinks < self.bounds.shrinks_max {
                let smaller = self.without(from, piece);
                if smaller.len() < self.history.len() && !self.fits(&smaller) {
                    self.history = smaller;
                } else {
                    from += piece;
                }
            }
            piece /= 2;
        }
    }

    fn without(&self, from: usize, piece: usize) -> History<M> {
        let range = from..from + piece;
        let kept = self.history.iter().enumerate();
        kept.filter(|(at, operation)| !(range.contains(at) && self.is_innocent(operation)))
            .map(|(_, operation)| operation.clone())
            .collect()
    }

    fn is_innocent(&self, operation: &Operation<M::Input, M::Output>) -> bool {
        let model = self.model;
        if matches!(operation.outcome, Outcome::Failed) || model.is_read(&operation.input) {
            return true;
        }
        let mut outputs = self.history.iter().filter_map(Operation::output);
        M::READS_SHOW_CHANGES
            && operation.output().is_none()
            && !outputs.any(|output| model.shows(output, &operation.input))
    }

    fn finish(self, operations: usize) -> Violation {
        let found = search(self.model, &self.history, self.bounds.configurations_max);
        let (order, state) = match found {
            Found::Nothing(deepest) => (deepest.order, format!("{:?}", deepest.state)),
            Found::Order | Found::GaveUp => (Vec::new(), "unknown".to_owned()),
        };
        Violation::new(operations, &self.history, &order, state)
    }
}

/// The history as it was at a moment: what had not been answered was unknown.
fn until<I: Clone, O: Clone>(history: &[Operation<I, O>], moment: u64) -> Vec<Operation<I, O>> {
    let begun = history.iter().filter(|operation| operation.begin <= moment);
    begun
        .cloned()
        .map(|mut operation| {
            // What failed took no effect, whether or not its client knew by then.
            let is_failed = matches!(operation.outcome, Outcome::Failed);
            if operation.end > moment && !is_failed {
                operation.outcome = Outcome::Unknown;
                operation.end = u64::MAX;
            }
            operation
        })
        .collect()
}
