//! Hubs link no one, and only in the namespaces where they are hubs.

use crate::tests::{World, block, fact, node, rules, seen};
use crate::{Explanation, Lookup, Stopped};

/// A device with more users than a family has.
fn kiosk(users: usize) -> Vec<crate::Evidence> {
    (0..users)
        .map(|user| seen(&format!("u{user} d1"), &[u32::try_from(user).unwrap()]))
        .collect()
}

#[test]
fn a_kiosk_links_no_one_and_says_so() {
    let mut world = World::new(rules());
    world.observe(&kiosk(1));
    assert!(matches!(
        world.resolver().lookup(node("d1")).unwrap(),
        Lookup::Profile(_)
    ));
    world.observe(&kiosk(6));
    assert_eq!(world.profiles(), "d1 | u0 | u1 | u2 | u3 | u4 | u5");
    let Lookup::Shared { profile, sides, .. } = world.resolver().lookup(node("d1")).unwrap() else {
        panic!("not a hub")
    };
    assert_eq!(profile.members.len(), 1);
    assert_eq!((sides[0].neighbours, sides[0].cap), (6, 5));
    let explanation = world.resolver().explain(node("u0"), node("u1")).unwrap();
    assert!(matches!(
        explanation,
        Explanation::Stopped(
            Stopped::Hub {
                neighbours: 6,
                cap: 5,
                ..
            },
            _
        )
    ));
}

#[test]
fn what_has_many_peoples_addresses_is_nobodys_even_if_few_logged_in() {
    let mut world = World::new(rules());
    world.observe(&[seen("u1 d1", &[1, 2, 3])]);
    for customer in 0..7 {
        world.observe(&[seen(&format!("e{customer} d1"), &[customer])]);
    }
    assert_eq!(
        world.profiles(),
        "d1 | e0 | e1 | e2 | e3 | e4 | e5 | e6 | u1"
    );
}

#[test]
fn an_account_with_many_addresses_stays_reachable() {
    let mut world = World::new(rules());
    for customer in 0..9 {
        world.observe(&[seen(&format!("u1 e{customer}"), &[customer])]);
    }
    assert!(matches!(
        world.resolver().lookup(node("u1")).unwrap(),
        Lookup::Profile(_)
    ));
    assert!(matches!(
        world.resolver().lookup(node("e1")).unwrap(),
        Lookup::Profile(_)
    ));
}

#[test]
fn a_hub_of_old_links_again() {
    let mut world = World::new(rules());
    world.observe(&kiosk(5));
    let before = world.partition();
    world.observe(&kiosk(6));
    world.retract(&kiosk(6)[5]);
    assert_eq!(world.partition(), before);
}

#[test]
fn a_customer_with_countless_browsers_stays_a_customer() {
    let mut world = World::new(rules());
    world.observe(&[seen("u1 e1", &[1]), seen("e1 p1", &[1])]);
    for browser in 0..600 {
        world.observe(&[seen(&format!("u1 a{browser}"), &[browser])]);
    }
    let Lookup::Profile(profile) = world.resolver().lookup(node("u1")).unwrap() else {
        panic!("gone")
    };
    assert_eq!(
        profile.members.len(),
        3,
        "the person is whole, the browsers are on their own"
    );
    assert!(!profile.pending);
}

#[test]
fn a_blocked_value_links_no_one() {
    let mut world = World::new(rules());
    let strands = [
        seen("u1 e1", &[1]),
        seen("e1 p1", &[1]),
        seen("p1 a1", &[1]),
    ];
    world.observe(&strands);
    let before = world.partition();
    world.fact(&fact(1, 0, block("e1")));
    assert_eq!(world.profiles(), "e1 | p1 a1 | u1");
    assert!(matches!(
        world.resolver().lookup(node("e1")).unwrap(),
        Lookup::Blocked { .. }
    ));
    world.undo(1);
    assert_eq!(world.partition(), before);
}
