//! The search says of small histories what trying every order says, whether they fit or not.

use acquaint_history::{
    Bounds, Counter, CounterOutput, MessageSet, NumberSet, Outcome, Refusal, Register,
    RegisterOutput, SetOutput, linearizable,
};
use proptest::prelude::*;

use crate::every_order::some_order_fits;
use crate::generated::{Dice, HistoryOf, Simulated, generate};

/// A store that may be wrong: answers of some reads are changed to others that look possible.
trait Wrong: Simulated {
    fn change(output: &mut Self::Output, dice: &mut Dice);
}

impl Wrong for MessageSet {
    fn change(output: &mut SetOutput, dice: &mut Dice) {
        if let SetOutput::Seen(seen) = output {
            let number = u32::try_from(dice.roll(7)).unwrap();
            match seen.contains(number) {
                true => seen.remove(number),
                false => *seen = seen.iter().chain([number]).collect::<NumberSet>(),
            }
        }
    }
}

impl Wrong for Register<u32> {
    fn change(output: &mut RegisterOutput<u32>, dice: &mut Dice) {
        if let RegisterOutput::Value(value) = output {
            *value = dice
                .roll(7)
                .checked_sub(1)
                .map(|value| u32::try_from(value).unwrap());
        }
    }
}

impl Wrong for Counter {
    fn change(output: &mut CounterOutput, dice: &mut Dice) {
        *output = CounterOutput::Sum(dice.roll(8));
    }
}

fn maybe_wrong<M: Wrong>(model: &M, seed: u64) -> HistoryOf<M> {
    let mut dice = Dice(seed);
    let clients = 1 + dice.roll(4);
    let mut history = generate(model, &mut dice, clients, 7, 20);
    for operation in &mut history {
        match &mut operation.outcome {
            Outcome::Done(output) if dice.roll(4) == 0 => M::change(output, &mut dice),
            Outcome::Unknown if dice.roll(4) == 0 => operation.outcome = Outcome::Failed,
            _ => {}
        }
    }
    history
}

/// Whether both say that the history fits.
fn agree<M: Wrong>(model: &M, seed: u64) -> bool {
    let history = maybe_wrong(model, seed);
    let found = linearizable(model, &history, Bounds::default());
    let fits = some_order_fits(model, &history);
    match found {
        Ok(()) => assert!(
            fits,
            "seed {seed}: accepted, and no order fits: {history:#?}"
        ),
        Err(Refusal::NotLinearizable(violation)) => {
            assert!(
                !fits,
                "seed {seed}: an order fits, and was refused: {violation}"
            );
        }
        Err(undecided) => panic!("seed {seed}: {undecided}"),
    }
    fits
}

proptest! {
    #[test]
    fn the_search_says_what_every_order_says(seed: u64) {
        agree(&MessageSet, seed);
        agree(&Register::default(), seed);
        agree(&Counter, seed);
    }
}

/// Neither saying yes nor saying no to everything passes above.
#[test]
fn both_kinds_of_histories_are_tried() {
    let fitting = [
        (0..200).filter(|&seed| agree(&MessageSet, seed)).count(),
        (0..200)
            .filter(|&seed| agree(&Register::default(), seed))
            .count(),
        (0..200).filter(|&seed| agree(&Counter, seed)).count(),
    ];
    assert!(
        fitting.iter().all(|fit| (40..160).contains(fit)),
        "{fitting:?} of 200 fit"
    );
}
