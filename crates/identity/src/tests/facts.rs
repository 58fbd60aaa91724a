//! Operators overrule evidence, and the later fact wins.

use crate::tests::{World, fact, must, never, node, rules, seen};
use crate::{Explanation, LinkRule, Reason, Refusal};

#[test]
fn never_link_splits_and_undo_joins_again() {
    let mut world = World::new(rules());
    world.observe(&[seen("u1 e1", &[1]), seen("e1 p1", &[1, 2])]);
    let before = world.partition();
    world.fact(&fact(1, 10, never("u1", "p1")));
    assert_eq!(world.profiles(), "p1 | u1 e1");
    let Explanation::Refused(refused) = world.resolver().explain(node("u1"), node("p1")).unwrap()
    else {
        panic!()
    };
    assert!(matches!(refused[0].reason, Reason::NeverLink(_)));
    world.undo(1);
    assert_eq!(world.partition(), before);
}

#[test]
fn must_link_joins_two_accounts() {
    let mut world = World::new(rules());
    world.observe(&[seen("u1 e1", &[1]), seen("u2 e2", &[1])]);
    world.fact(&fact(1, 10, must("u1", "u2")));
    assert_eq!(world.profiles(), "u1 u2 e1 e2");
    let Explanation::Linked { path, .. } =
        world.resolver().explain(node("e1"), node("u2")).unwrap()
    else {
        panic!()
    };
    assert!(matches!(path[1].rule, LinkRule::MustLink(_)));
}

#[test]
fn must_link_moves_what_another_account_held() {
    let mut world = World::new(rules());
    world.observe(&[seen("u1 e1", &[1]), seen("u2 e2", &[1])]);
    world.fact(&fact(1, 10, must("u1", "e2")));
    assert_eq!(world.profiles(), "u1 e1 e2 | u2");
}

#[test]
fn the_later_fact_wins() {
    for (must_at, never_at, expected) in [(1, 2, "u1 | u2"), (2, 1, "u1 u2")] {
        let mut world = World::new(rules());
        world.observe(&[seen("u1", &[1]), seen("u2", &[1])]);
        world.fact(&fact(1, must_at, must("u1", "u2")));
        world.fact(&fact(2, never_at, never("u1", "u2")));
        assert_eq!(world.profiles(), expected);
    }
}

#[test]
fn a_never_link_between_two_must_links_overrules_the_earlier() {
    let mut world = World::new(rules());
    world.fact(&fact(1, 1, must("u1", "u2")));
    world.fact(&fact(2, 2, never("u1", "u3")));
    world.fact(&fact(3, 3, must("u2", "u3")));
    assert_eq!(world.profiles(), "u1 | u2 u3");
    let candidates = world.resolver().candidates(node("u1"), 10).unwrap();
    assert!(matches!(candidates[0].refused.reason, Reason::Overruled(_)));
}

#[test]
fn a_fact_about_unseen_identifiers_waits_for_them_and_goes_with_its_undo() {
    let mut world = World::new(rules());
    world.fact(&fact(1, 1, must("u1", "e1")));
    assert_eq!(world.profiles(), "u1 e1");
    world.undo(1);
    assert!(world.partition().is_empty());
}

#[test]
fn what_cannot_be_said_is_refused() {
    let mut world = World::new(rules());
    world.fact(&fact(1, 1, must("u1", "e1")));
    let refusal =
        |world: &World, fact: &crate::Fact| world.resolver().fact(fact).unwrap().unwrap_err();
    assert_eq!(
        refusal(&world, &fact(1, 1, must("u1", "e2"))),
        Refusal::FactIdTaken
    );
    assert_eq!(
        refusal(&world, &fact(2, 1, must("e1", "e1+tag"))),
        Refusal::SameNode
    );
    let undo = crate::Undo {
        author: String::new(),
        reason: String::new(),
        at_ms: 0,
    };
    assert_eq!(
        world
            .resolver()
            .undo(crate::FactId([9; 16]), &undo)
            .unwrap()
            .unwrap_err(),
        Refusal::UnknownFact
    );
    for number in 2..=64 {
        world.fact(&fact(number, 1, never("u1", &format!("a{number}"))));
    }
    assert_eq!(
        refusal(&world, &fact(65, 1, never("u1", "a65"))),
        Refusal::TooManyFacts
    );
}
