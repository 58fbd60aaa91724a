//! Invariant 1: the same set gives the same rows, whatever the order, the batches, the repetitions and the budget.

use crate::Evidence;
use crate::tests::graphs::random::Random;
use crate::tests::graphs::script::{Change, Event, Script};
use crate::tests::graphs::seeds::for_seeds;

/// Every prefix of a stream, worked in piece by piece, is what computing it at once gives.
#[test]
fn incremental_is_from_scratch_at_every_prefix() {
    for_seeds(60, |random| {
        let mut script = random.script();
        for _ in 0..24 {
            script.events.push(Event::See(vec![random.evidence()]));
            script.events.push(Event::Check);
        }
        script
    });
}

/// Every piece of evidence in a random order and in random batches, some of it again or in part.
fn shuffled(random: &mut Random, evidence: &[Evidence]) -> Vec<Event> {
    let mut stream = evidence.to_vec();
    for evidence in evidence {
        if random.one_in(3) {
            let mut part = evidence.clone();
            part.days.pop_first();
            part.first_names.clear();
            part.birth_dates.clear();
            stream.push(part);
        }
        if random.one_in(3) {
            stream.push(evidence.clone());
        }
    }
    random.shuffle(&mut stream);
    let mut events = Vec::new();
    let mut rest = stream.as_slice();
    while !rest.is_empty() {
        let (batch, after) = rest.split_at(rest.len().min(1 + random.below(24)));
        events.push(Event::See(batch.to_vec()));
        rest = after;
    }
    events
}

/// Order, duplicates, batches and states that come in parts change nothing.
#[test]
fn order_batches_and_duplicates_change_nothing() {
    for_seeds(60, |random| {
        let mut script = random.script();
        let evidence: Vec<Evidence> = (0..30).map(|_| random.evidence()).collect();
        script.events = shuffled(random, &evidence);
        script
    });
}

/// With hardly any budget per command everything is done by steps, and gives what it gives at once; evidence does not wait.
#[test]
fn budgets_change_nothing_in_the_end() {
    for_seeds(40, |random| {
        let mut script = random.script();
        hardly_any(random, &mut script);
        for _ in 0..24 {
            script.events.push(Event::See(vec![random.evidence()]));
            if random.one_in(4) {
                script.events.push(Event::Check);
            }
        }
        script
    });
}

/// A budget of few rows per command and regions of few nodes.
pub(crate) fn hardly_any(random: &mut Random, script: &mut Script) {
    script.changes.push(Change::Work(random.between(1, 61)));
    script.changes.push(Change::Region(random.between(1, 7)));
}
