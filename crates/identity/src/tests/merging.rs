//! Who is merged with whom, and who is not.

use crate::tests::{World, check, named, rules, seen, server_alias};
use crate::{Day, Reason};

#[test]
fn identifiers_seen_together_are_one() {
    check(
        &[
            seen("u1 e1", &[1]),
            seen("e1 p1", &[2]),
            seen("u1 a1", &[1]),
            seen("a2", &[1]),
        ],
        "a2 | u1 e1 p1 a1",
    );
}

#[test]
fn identifiers_with_one_matching_key_are_one() {
    check(
        &[seen("u1 e1+shop", &[1]), seen("e1 a1", &[2])],
        "u1 e1 e1+shop a1",
    );
}

#[test]
fn a_person_has_one_user_id() {
    // The mailbox goes with the account that it was seen with on most days, if one stands out.
    check(
        &[seen("u1 e1", &[2]), seen("u2 e1", &[1, 2, 3])],
        "u1 | u2 e1",
    );
    check(
        &[seen("u1 e1", &[1, 2]), seen("u2 e1", &[1, 2, 3])],
        "e1 | u1 | u2",
    );
    // Whoever stops using one account and goes on with another has registered again.
    check(
        &[seen("u1 e1", &[1, 2]), seen("u2 e1", &[3, 4])],
        "u1 u2 e1",
    );
}

#[test]
fn a_shared_browser_is_each_ones_on_days_of_their_own() {
    check(
        &[
            seen("u1 a1", &[1]),
            seen("u2 a1", &[1, 2]),
            seen("u1 e1", &[1]),
        ],
        "a1 | u1 e1 | u2 a1",
    );
}

#[test]
fn only_a_server_can_alias_accounts() {
    check(
        &[server_alias(seen("u1 u2", &[1])), seen("u2 e1", &[1])],
        "u1 u2 e1",
    );
    let mut from_browser = seen("u1 u2", &[1]);
    from_browser.alias = true;
    check(&[from_browser, seen("u2 e1", &[1])], "u1 | u2 e1");
}

#[test]
fn different_names_stay_apart() {
    check(
        &[
            named("anna", seen("u1 e1", &[1])),
            named("ben", seen("e2 p1", &[1])),
            seen("e1 p1", &[1]),
        ],
        "e2 | p1 | u1 e1",
    );
    // A name that was given once among many is a slip of the pen.
    check(
        &[
            named("anna", seen("u1 e1", &[1, 2, 3, 4])),
            named("anja", seen("u1", &[5])),
            named("anna", seen("e2 u1", &[1])),
        ],
        "u1 e1 e2",
    );
}

#[test]
fn a_shared_phone_does_not_join_two_customers() {
    let household = [seen("e1 p1", &[1]), seen("e2 p1", &[1, 2])];
    check(&household, "e1 | e2 | p1");
    let mut world = World::new(rules());
    world.observe(&household);
    let refused = world
        .resolver()
        .candidates(crate::tests::node("e1"), 10)
        .unwrap();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].refused.reason, Reason::Uncorroborated);
    // The same name on both makes them one.
    check(
        &[
            named("anna", seen("e1 p1", &[1])),
            named("anna", seen("e2 p1", &[1, 2])),
        ],
        "e1 e2 p1",
    );
}

#[test]
fn more_days_on_one_link_can_move_a_shared_thing() {
    let mut world = World::new(rules());
    world.observe(&[seen("u1 d1", &[1]), seen("u2 d1", &[1, 2, 3, 4])]);
    assert_eq!(world.profiles(), "u1 | u2 d1");
    let days: Vec<u32> = (5..30).collect();
    let effects = world.observe(&[seen("u1 d1", &days)]);
    assert_eq!(world.profiles(), "u1 d1 | u2");
    assert_eq!(effects.changes.len(), 1);
    assert_eq!(
        (effects.changes[0].old.len(), effects.changes[0].new.len()),
        (2, 2)
    );
}

#[test]
fn a_day_on_a_calm_profile_only_writes_its_rows() {
    let mut world = World::new(rules());
    world.observe(&[seen("u1 e1 a1", &[1])]);
    let mut more = seen("u1 e1 a1", &[1, 2]);
    more.days.insert(Day(3));
    let effects = world.observe(&[more]);
    // The evidence and its three links.
    assert_eq!(effects.writes.len(), 4);
    assert!(effects.changes.is_empty());
}

#[test]
fn changes_say_who_became_whom() {
    let mut world = World::new(rules());
    let count = |effects: crate::Effects| -> Vec<(usize, usize)> {
        effects
            .changes
            .iter()
            .map(|change| (change.old.len(), change.new.len()))
            .collect()
    };
    assert_eq!(
        count(world.observe(&[seen("u1", &[1])])),
        [(0, 1)],
        "a newcomer"
    );
    assert_eq!(count(world.observe(&[seen("e1", &[1])])), [(0, 1)]);
    assert_eq!(
        count(world.observe(&[seen("u1 e1", &[1])])),
        [(2, 1)],
        "a merge"
    );
    assert_eq!(
        count(world.observe(&[seen("u1 a1", &[1])])),
        [(1, 1)],
        "an identifier more"
    );
    assert_eq!(
        count(world.observe(&[seen("u1 a1", &[2])])),
        [],
        "a day more"
    );
    assert_eq!(
        count(world.retract(&seen("u1 e1", &[]))),
        [(1, 2)],
        "a split"
    );
    assert_eq!(count(world.retract(&seen("e1", &[]))), [(1, 0)], "gone");
}
