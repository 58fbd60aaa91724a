//! Invariant 2: taking something back gives the rows of never having had it.

use crate::tests::graphs::convergence::hardly_any;
use crate::tests::graphs::random::Random;
use crate::tests::graphs::script::{Event, Script};
use crate::tests::graphs::seeds::for_seeds;
use crate::{Evidence, Fact};

/// Evidence taken back, in any order, leaves nothing behind; hubs turn back into links.
#[test]
fn retracting_is_never_having_had_it() {
    for_seeds(60, |random| {
        let mut script = random.script();
        let mut evidence: Vec<Evidence> = (0..30).map(|_| random.evidence()).collect();
        script.events.push(Event::See(evidence.clone()));
        random.shuffle(&mut evidence);
        for taken in evidence {
            script.events.push(Event::Forget(taken));
            script.events.push(Event::Check);
        }
        script
    });
}

/// Evidence and facts interleaved, some taken back.
fn interleaved(random: &mut Random, script: &mut Script, events: u8, one_check_in: usize) {
    let mut evidence: Vec<Evidence> = Vec::new();
    let mut facts: Vec<Fact> = Vec::new();
    for number in 0..events {
        match random.below(5) {
            0 if !facts.is_empty() => {
                let fact = facts.swap_remove(random.below(facts.len()));
                script.events.push(Event::Undo(fact.id.0[0]));
                // Said again, it stays withdrawn.
                script.events.push(Event::Fact(fact));
            }
            1 => {
                facts.push(random.fact(number));
                script
                    .events
                    .push(Event::Fact(facts[facts.len() - 1].clone()));
            }
            2 if !evidence.is_empty() && random.one_in(2) => {
                let taken = evidence.swap_remove(random.below(evidence.len()));
                script.events.push(Event::Forget(taken));
            }
            _ => {
                evidence.push(random.evidence());
                let one = evidence[evidence.len() - 1].clone();
                script.events.push(Event::See(vec![one]));
            }
        }
        if random.one_in(one_check_in) {
            script.events.push(Event::Check);
        }
    }
}

/// What remains in force decides: operators' facts, revoked sources among them, stated and undone between evidence.
#[test]
fn facts_and_undo_converge() {
    for_seeds(60, |random| {
        let mut script = random.script();
        interleaved(random, &mut script, 40, 1);
        script
    });
}

/// The same with hardly any budget, so that facts meet work that was put off.
#[test]
fn facts_converge_whatever_was_put_off() {
    for_seeds(60, |random| {
        let mut script = random.script();
        hardly_any(random, &mut script);
        interleaved(random, &mut script, 40, 6);
        script
    });
}
