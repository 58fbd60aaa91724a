//! States of evidence: their union, its bounds, and revisions.

use crate::tests::{World, named, rules, seen};
use crate::{Day, Evidence, TRAIT_VALUES_MAX, Testimony, Trust};

/// What a message says: its number decides everything.
fn testimony(number: u32) -> Testimony {
    let day = Day(number % 5);
    Testimony {
        trust: if number.is_multiple_of(7) {
            Trust::Server
        } else {
            Trust::Public
        },
        alias: number.is_multiple_of(11),
        day,
        first_name: Some(format!("name-{}", number % 29)),
        birth_date: number
            .is_multiple_of(3)
            .then(|| format!("1990-01-{:02}", number % 28)),
    }
}

fn hear(known: &mut Evidence, number: u32) -> bool {
    known.hear(&testimony(number))
}

fn sum(numbers: impl Iterator<Item = u32>) -> Evidence {
    let mut sum = seen("u1 e1", &[]).silent();
    for number in numbers {
        hear(&mut sum, number);
    }
    sum
}

fn revised(revision: u32, evidence: Evidence) -> Evidence {
    Evidence {
        revision,
        ..evidence
    }
}

#[test]
fn order_and_repetition_do_not_show_past_every_bound() {
    let forwards = sum(0..200);
    assert_eq!(forwards, sum((0..200).rev()));
    assert_eq!(forwards, sum((0..200).chain(50..150)));
    assert_eq!(forwards.first_names.len(), TRAIT_VALUES_MAX);
}

#[test]
fn states_add_up_like_their_messages() {
    let mut halves = sum(0..90);
    assert!(halves.merge(&sum(70..200)));
    assert_eq!(halves, sum(0..200));
    assert!(!halves.merge(&sum(30..150)));
}

#[test]
fn it_tells_whether_anything_is_new() {
    let mut known = sum(0..200);
    let before = known.clone();
    for number in 0..200 {
        assert!(!hear(&mut known, number), "{number}");
    }
    assert_eq!(known, before);
    let later = Testimony {
        day: Day(900),
        ..testimony(0)
    };
    assert!(known.hear(&later));
}

#[test]
fn a_later_revision_takes_the_place_of_an_earlier_one_whichever_comes_first() {
    let (earlier, later) = (sum(0..200), revised(1, sum(3..5)));
    let mut known = earlier.clone();
    assert!(known.merge(&later));
    assert_eq!(known, later);
    assert!(!known.merge(&earlier));
    assert_eq!(known, later);
}

#[test]
fn what_a_later_revision_leaves_out_is_as_if_it_had_never_been_said() {
    let said = named("anna", seen("u1 e1", &[1, 2, 3]));
    let left = seen("u1 e1", &[2]);
    let beside = seen("u1 p1", &[4]);
    for silent in [false, true] {
        let left = if silent { left.silent() } else { left.clone() };
        let mut world = World::new(rules());
        world.observe(&[said.clone(), beside.clone()]);
        world.observe(&[revised(1, left.clone())]);
        let mut never = World::new(rules());
        never.observe(std::slice::from_ref(&beside));
        if !silent {
            never.observe(&[revised(1, left)]);
        }
        assert_eq!(world.partition(), never.partition());

        // And back.
        world.observe(&[revised(2, said.clone())]);
        let mut always = World::new(rules());
        always.observe(&[revised(2, said.clone()), beside.clone()]);
        assert_eq!(world.partition(), always.partition());
    }
}
