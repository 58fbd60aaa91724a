//! States of evidence: their union, its bounds, and revisions.

use std::collections::{BTreeMap, BTreeSet};

use crate::tests::{World, named, rules, seen};
use crate::{Day, Evidence, SAMPLES_MAX, TRAIT_VALUES_MAX, Trust};

/// What one message says: number `seed` decides everything.
fn message(seed: u32) -> Evidence {
    let day = Day(seed % 5);
    Evidence {
        trust: if seed.is_multiple_of(7) {
            Trust::Server
        } else {
            Trust::Public
        },
        alias: seed.is_multiple_of(11),
        days: BTreeSet::from([day]),
        first_names: BTreeMap::from([(format!("name-{}", seed % 29), BTreeSet::from([day]))]),
        sample_message_ids: BTreeSet::from([format!("message-{seed}")]),
        ..seen("u1 e1", &[])
    }
}

fn sum(seeds: impl Iterator<Item = u32>) -> Evidence {
    let mut sum = message(0).silent();
    for seed in seeds {
        sum.merge(&message(seed));
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
    assert_eq!(forwards.sample_message_ids.len(), SAMPLES_MAX);
}

#[test]
fn it_tells_whether_anything_is_new() {
    let mut known = sum(0..200);
    let before = known.clone();
    for seed in 0..200 {
        assert!(!known.merge(&message(seed)), "{seed}");
    }
    assert_eq!(known, before);
    let later = Evidence {
        days: BTreeSet::from([Day(900)]),
        ..message(0)
    };
    assert!(known.merge(&later));
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
