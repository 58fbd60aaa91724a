//! Sessions that keep their promises, and each way to break one.

use acquaint_history::{Guarantee, Position, Step, Stepped, sessions};
use proptest::prelude::*;

use crate::generated::Dice;

fn step(session: u64, stepped: Stepped, index: u64) -> Step<&'static str> {
    Step {
        session,
        key: "a",
        stepped,
        position: Position::at(0, index),
    }
}

fn wrote(session: u64, message: u32, index: u64) -> Step<&'static str> {
    step(session, Stepped::Wrote(message), index)
}

fn read(session: u64, seen: &[u32], index: u64) -> Step<&'static str> {
    step(
        session,
        Stepped::Read(seen.iter().copied().collect()),
        index,
    )
}

fn broken(steps: &[Step<&'static str>]) -> Option<(usize, Guarantee)> {
    let broken = sessions(steps).err();
    broken.map(|broken| (broken.at, broken.guarantee))
}

#[test]
fn each_promise_is_checked_by_content_and_by_position() {
    let fine = [
        wrote(1, 5, 3),
        read(1, &[4, 5], 4),
        read(1, &[4, 5], 4),
        read(2, &[], 0),
    ];
    assert_eq!(broken(&fine), None);
    for (steps, guarantee) in [
        (
            [wrote(1, 5, 3), read(1, &[4], 4)],
            Guarantee::ReadYourWrites,
        ),
        (
            [wrote(1, 5, 3), read(1, &[5], 2)],
            Guarantee::ReadYourWrites,
        ),
        (
            [read(1, &[4, 5], 3), read(1, &[5], 3)],
            Guarantee::MonotonicReads,
        ),
        (
            [read(1, &[5], 3), read(1, &[5], 2)],
            Guarantee::MonotonicReads,
        ),
    ] {
        assert_eq!(broken(&steps), Some((1, guarantee)), "{steps:?}");
    }
}

#[test]
fn groups_and_keys_are_apart() {
    let mut other_key = read(1, &[], 3);
    other_key.key = "b";
    let mut other_group = read(1, &[5], 3);
    other_group.position = Position::at(1, 1);
    assert_eq!(broken(&[wrote(1, 5, 3), other_key, other_group]), None);
}

proptest! {
    /// Sessions that move among replicas which only go forward are fine as long as each replica is far enough; the first that
    /// is not is found.
    #[test]
    fn the_first_step_back_is_found(seed: u64, steps_count in 2_u64..60) {
        let mut dice = Dice(seed);
        let (mut steps, mut written, mut seen) = (Vec::new(), 0, 0);
        let mut first_back = None;
        for at in 0..steps_count {
            if dice.roll(2) == 0 {
                written += 1;
                steps.push(wrote(1, u32::try_from(written).unwrap(), written));
            } else {
                let at_replica = dice.roll(written + 1);
                let numbers: Vec<u32> = (1..=u32::try_from(at_replica).unwrap()).collect();
                steps.push(read(1, &numbers, at_replica));
                if at_replica < seen.max(written) && first_back.is_none() {
                    first_back = usize::try_from(at).ok();
                }
                seen = seen.max(at_replica);
            }
        }
        prop_assert_eq!(sessions(&steps).err().map(|broken| broken.at), first_back);
    }
}
