//! Whether there is an order in which the operations of a history took effect.

use crate::model::Model;
use crate::operation::{Operation, Outcome};
use crate::search::{Found, Item, Search};
use crate::shrink::shrink;
use crate::violation::Refusal;

/// A history of the operations of a model.
pub(crate) type History<M> = Vec<Operation<<M as Model>::Input, <M as Model>::Output>>;

/// How much work a check may do.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Configurations of the search. A history that fits takes about as many as it has operations.
    pub configurations_max: usize,
    /// Smaller histories that are tried to find out what is wrong with one that does not fit.
    pub shrinks_max: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds {
            configurations_max: 1_000_000,
            shrinks_max: 400,
        }
    }
}

/// Finds out whether a history of one key could have come from the model: every operation at one moment between its begin and
/// its end.
pub fn linearizable<M: Model>(
    model: &M,
    history: &[Operation<M::Input, M::Output>],
    bounds: Bounds,
) -> Result<(), Refusal> {
    let configurations_max = bounds.configurations_max;
    match search(model, history, configurations_max) {
        Found::Order => Ok(()),
        Found::GaveUp => Err(Refusal::Undecided { configurations_max }),
        Found::Nothing(_) => Err(Refusal::NotLinearizable(Box::new(shrink(
            model, history, bounds,
        )))),
    }
}

pub(crate) fn search<M: Model>(
    model: &M,
    history: &[Operation<M::Input, M::Output>],
    configurations_max: usize,
) -> Found<M> {
    let items = history
        .iter()
        .enumerate()
        .filter_map(|(at, operation)| item(model, history, at, operation))
        .collect();
    Search::new(model, items, configurations_max).run()
}

/// What the search has to place, if anything.
fn item<M: Model>(
    model: &M,
    history: &[Operation<M::Input, M::Output>],
    at: usize,
    operation: &Operation<M::Input, M::Output>,
) -> Option<Item<M>> {
    let deadline = match operation.outcome {
        Outcome::Failed => return None,
        Outcome::Done(_) => Some(operation.end),
        // A read whose answer nobody got tells nothing.
        Outcome::Unknown if model.is_read(&operation.input) => return None,
        Outcome::Unknown if M::READS_SHOW_CHANGES => {
            Some(first_shown(model, history, &operation.input)?)
        }
        Outcome::Unknown => None,
    };
    Some(Item {
        at,
        input: operation.input.clone(),
        output: operation.output().cloned(),
        begin: operation.begin,
        deadline,
    })
}

/// The end of the first answer that shows a change.
fn first_shown<M: Model>(
    model: &M,
    history: &[Operation<M::Input, M::Output>],
    change: &M::Input,
) -> Option<u64> {
    let showing = history.iter().filter(|operation| {
        operation
            .output()
            .is_some_and(|output| model.shows(output, change))
    });
    showing.map(|operation| operation.end).min()
}
