//! What is printed of a history that does not fit: little, and enough.

use acquaint_history::{
    Bounds, MessageSet, Operation, Outcome, Refusal, Register, RegisterInput, RegisterOutput,
    SetInput, SetOutput, Violation, linearizable,
};

use crate::generated::{Dice, generate};

fn violation(history: &[Operation<SetInput, SetOutput>]) -> Box<Violation> {
    match linearizable(&MessageSet, history, Bounds::default()) {
        Err(Refusal::NotLinearizable(violation)) => violation,
        other => panic!("refused for no reason: {other:?}"),
    }
}

#[test]
fn a_stale_read_in_a_long_history_is_shown_alone() {
    let history = generate(&MessageSet, &mut Dice(5), 10, 2_000, 5);
    let mut broken = history.clone();
    let stale = history.iter().enumerate().skip(1_000);
    let mut stale = stale.filter_map(|(at, read)| match read.output()? {
        SetOutput::Seen(seen) if seen.len() > 10 => Some((at, seen.clone())),
        _ => None,
    });
    let (at, mut seen) = stale.next().unwrap();
    let lost = seen.iter().next().unwrap();
    seen.remove(lost);
    broken[at].outcome = Outcome::Done(SetOutput::Seen(seen));
    let violation = violation(&broken);
    let reads = violation
        .part
        .iter()
        .filter(|line| line.text.starts_with("Read"));
    assert!(reads.count() <= 2, "{violation}");
    assert_eq!(violation.operations, 2_000);
}

#[test]
fn it_is_drawn_over_time() {
    let operation = |client, input, outcome, begin, end| Operation {
        client,
        input,
        outcome,
        begin,
        end,
    };
    let value = |value| Outcome::Done(RegisterOutput::Value(value));
    let written = Outcome::Done(RegisterOutput::Written);
    let history = [
        operation(1, RegisterInput::Write(7), written, 0, 3),
        operation(2, RegisterInput::Write(8), Outcome::Unknown, 1, u64::MAX),
        operation(3, RegisterInput::Read, value(Some(8)), 2, 4),
        operation(1, RegisterInput::Read, value(None), 5, 6),
    ];
    let refused = linearizable(&Register::default(), &history, Bounds::default());
    let expected = "\
not linearizable: these 3 of 4 operations do not fit
  client 1   ├─────────────────┤                                 #1 Write(7) → Written
  client 2            ├─────────────────────────────────────…       Write(8) → ?
  client 1                               ├────────┤                 Read → Value(None)
after those with a number nothing can come, where the state is Some(7)";
    assert_eq!(refused.unwrap_err().to_string(), expected);
}

#[test]
fn a_search_that_is_given_up_is_no_pass() {
    let history = generate(&MessageSet, &mut Dice(5), 10, 200, 5);
    let bounds = Bounds {
        configurations_max: 50,
        ..Bounds::default()
    };
    let refused = linearizable(&MessageSet, &history, bounds);
    assert!(
        matches!(refused, Err(Refusal::Undecided { .. })),
        "{refused:?}"
    );
}
