//! All orders of a few operations, one after the other: slow, and too simple to be wrong.

use acquaint_history::{Model, Outcome};

use crate::generated::HistoryOf;

/// Whether some order of the operations fits.
pub(crate) fn some_order_fits<M: Model>(model: &M, history: &HistoryOf<M>) -> bool {
    let mut left: Vec<usize> = (0..history.len())
        .filter(|&at| !matches!(history[at].outcome, Outcome::Failed))
        .collect();
    fits(model, history, &model.initial(), &mut left)
}

fn fits<M: Model>(
    model: &M,
    history: &HistoryOf<M>,
    state: &M::State,
    left: &mut Vec<usize>,
) -> bool {
    let is_done = |at: &usize| matches!(history[*at].outcome, Outcome::Done(_));
    if !left.iter().any(is_done) {
        return true;
    }
    for place in 0..left.len() {
        let at = left[place];
        let operation = &history[at];
        let mut others = left.iter().filter(|other| is_done(other));
        if others.any(|other| history[*other].end < operation.begin) {
            continue;
        }
        let Some(after) = model.step(state, &operation.input, operation.output()) else {
            continue;
        };
        left.remove(place);
        let found = fits(model, history, &after, left);
        left.insert(place, at);
        if found {
            return true;
        }
    }
    false
}
