//! Histories of a store that is correct, of any length, and what becomes of them when an answer is changed.

use std::time::{Duration, Instant};

use acquaint_history::{
    Bounds, Clock, Counter, CounterInput, CounterOutput, MessageSet, Model, Operation, Outcome,
    Recorder, Refusal, Register, RegisterInput, RegisterOutput, SetInput, SetOutput, linearizable,
};
use proptest::prelude::*;

/// splitmix64
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

/// A store that does what its model says, at a moment between begin and end of each operation.
pub(crate) trait Simulated: Model {
    fn ask(&self, dice: &mut Dice, number: u32) -> Self::Input;
    fn answer(&self, state: &mut Self::State, input: &Self::Input) -> Self::Output;
}

impl Simulated for MessageSet {
    fn ask(&self, dice: &mut Dice, number: u32) -> SetInput {
        match dice.roll(2) {
            0 => SetInput::Read,
            _ => SetInput::Add(number),
        }
    }

    fn answer(&self, state: &mut Self::State, input: &SetInput) -> SetOutput {
        match input {
            SetInput::Read => SetOutput::Seen(state.clone()),
            SetInput::Add(message) => {
                state.insert(*message);
                SetOutput::Added
            }
        }
    }
}

impl Simulated for Register<u32> {
    fn ask(&self, dice: &mut Dice, number: u32) -> RegisterInput<u32> {
        match dice.roll(2) {
            0 => RegisterInput::Read,
            // Values come again, so that one can be taken for another.
            _ => RegisterInput::Write(number % 7),
        }
    }

    fn answer(&self, state: &mut Self::State, input: &RegisterInput<u32>) -> RegisterOutput<u32> {
        match input {
            RegisterInput::Read => RegisterOutput::Value(*state),
            RegisterInput::Write(value) => {
                *state = Some(*value);
                RegisterOutput::Written
            }
        }
    }
}

impl Simulated for Counter {
    fn ask(&self, dice: &mut Dice, _number: u32) -> CounterInput {
        match dice.roll(2) {
            0 => CounterInput::Read,
            _ => CounterInput::Add(1 + dice.roll(3)),
        }
    }

    fn answer(&self, state: &mut Self::State, input: &CounterInput) -> CounterOutput {
        if let CounterInput::Add(more) = input {
            *state += more;
        }
        CounterOutput::Sum(*state)
    }
}

pub(crate) type HistoryOf<M> = Vec<Operation<<M as Model>::Input, <M as Model>::Output>>;

/// Runs clients against a correct store. Of a hundred outcomes about `unknown` are never told.
pub(crate) fn generate<M: Simulated>(
    model: &M,
    dice: &mut Dice,
    clients: u64,
    operations: u32,
    unknown: u64,
) -> HistoryOf<M> {
    let recorder = Recorder::new(Clock::default());
    let mut state = model.initial();
    let mut pending: Vec<_> = (0..clients).map(|_| None).collect();
    let mut begun = 0;
    while begun < operations {
        let client = dice.roll(clients);
        let slot = &mut pending[usize::try_from(client).unwrap()];
        match slot.take() {
            None => {
                let input = model.ask(dice, begun);
                let operation = recorder.begin(client, (), input.clone());
                begun += 1;
                *slot = Some((operation, input, None));
            }
            Some((operation, input, None)) => match dice.roll(100) < unknown {
                // Half of what is unknown took effect.
                true => {
                    if dice.roll(2) == 0 {
                        model.answer(&mut state, &input);
                    }
                    recorder.end(operation, Outcome::Unknown);
                }
                false => {
                    let output = model.answer(&mut state, &input);
                    *slot = Some((operation, input, Some(output)));
                }
            },
            Some((operation, _, Some(output))) => recorder.end(operation, Outcome::Done(output)),
        }
    }
    recorder.histories().remove(&()).unwrap_or_default()
}

fn accepted<M: Simulated>(model: &M, seed: u64, unknown: u64) -> Result<(), Refusal> {
    let mut dice = Dice(seed);
    let clients = 1 + dice.roll(10);
    let history = generate(model, &mut dice, clients, 200, unknown);
    linearizable(model, &history, Bounds::default())
}

fn is_refused(history: &HistoryOf<MessageSet>) -> bool {
    let refused = linearizable(&MessageSet, history, Bounds::default());
    matches!(refused, Err(Refusal::NotLinearizable(_)))
}

proptest! {
    #[test]
    fn what_a_correct_store_answers_is_accepted(seed: u64) {
        accepted(&MessageSet, seed, 10)?;
        accepted(&Register::default(), seed, 3)?;
        accepted(&Counter, seed, 0)?;
    }

    /// An answer without a message that was acknowledged before it was asked for is refused; so is one with a message that
    /// was sent after it.
    #[test]
    fn a_lost_or_foreseen_message_is_refused(seed: u64) {
        let mut dice = Dice(seed);
        let clients = 1 + dice.roll(10);
        let history = generate(&MessageSet, &mut dice, clients, 200, 10);
        let (mut lost, mut foreseen) = (history.clone(), history.clone());
        let (mut is_lost, mut is_foreseen) = (false, false);
        for (at, read) in history.iter().enumerate() {
            let Some(SetOutput::Seen(seen)) = read.output() else { continue };
            for write in &history {
                let SetInput::Add(message) = write.input else { continue };
                let is_acknowledged = matches!(write.outcome, Outcome::Done(_));
                let mut seen = seen.clone();
                if !is_lost && is_acknowledged && write.end < read.begin {
                    seen.remove(message);
                    lost[at].outcome = Outcome::Done(SetOutput::Seen(seen));
                    is_lost = true;
                } else if !is_foreseen && write.begin > read.end {
                    seen.insert(message);
                    foreseen[at].outcome = Outcome::Done(SetOutput::Seen(seen));
                    is_foreseen = true;
                }
            }
        }
        prop_assert!(is_lost && is_foreseen, "the history is too small to be changed");
        prop_assert!(is_refused(&lost));
        prop_assert!(is_refused(&foreseen));
    }
}

#[test]
fn ten_thousand_operations_of_ten_clients_take_less_than_a_second() {
    let mut dice = Dice(1);
    let set = generate(&MessageSet, &mut dice, 10, 10_000, 5);
    let register = generate(&Register::default(), &mut dice, 10, 10_000, 0);
    for check in [
        &(|| linearizable(&MessageSet, &set, Bounds::default())) as &dyn Fn() -> _,
        &|| linearizable(&Register::default(), &register, Bounds::default()),
    ] {
        let begun = Instant::now();
        check().unwrap();
        let took = begun.elapsed();
        println!("10,000 operations: {took:?}");
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
}
