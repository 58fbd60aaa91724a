//! Identifiers resolve to their profile, whatever happens to it, and a lookup is bounded.

use crate::tests::{World, identifier, node, outdated, rules, seen};
use crate::{EXTENT_ROWS_MAX, IDENTIFIERS_SHOWN_MAX, Lookup, Reader, RowKey, SHARERS_SHOWN_MAX};

#[test]
fn a_profile_id_resolves_through_every_merge() {
    let mut world = World::new(rules());
    world.observe(&[seen("a1", &[1])]);
    let id = identifier("a1").id;
    let canonical = |world: &World| {
        let node = world.resolver().resolve(id).unwrap().unwrap();
        let Lookup::Profile(view) = world.resolver().lookup(node).unwrap() else {
            panic!()
        };
        view.canonical
    };
    assert_eq!(canonical(&world), id);
    world.observe(&[seen("e1 a1", &[1])]);
    assert_eq!(canonical(&world), identifier("e1").id);
    world.observe(&[seen("u1 e1", &[1])]);
    assert_eq!(canonical(&world), identifier("u1").id);
}

/// The profile id of a mailbox that made a customer, and that everybody uses by now.
#[test]
fn the_id_of_a_founder_that_became_a_hub_leads_to_a_bounded_list() {
    let mut world = World::new(rules());
    world.observe(&[seen("e1 a1", &[1])]);
    let id = identifier("e1").id;
    let found = |world: &World| {
        let node = world.resolver().resolve(id).unwrap().unwrap();
        world.resolver().lookup(node).unwrap()
    };
    assert!(matches!(found(&world), Lookup::Profile(_)));
    let shared = |world: &World| match found(world) {
        Lookup::Shared { sharers, more, .. } => (sharers, more),
        other => panic!("{other:?}"),
    };
    for users in [5, 40] {
        let logins: Vec<String> = (0..users).map(|number| format!("u{number}")).collect();
        let seen: Vec<_> = logins
            .iter()
            .map(|login| seen(&format!("{login} e1"), &[2]))
            .collect();
        world.observe(&seen);
        let (sharers, more) = shared(&world);
        let all: Vec<_> = logins.iter().map(|login| identifier(login).id).collect();
        assert_eq!(sharers.len(), all.len().min(SHARERS_SHOWN_MAX));
        assert!(sharers.iter().all(|id| all.contains(id)));
        assert_eq!(more, all.len() > SHARERS_SHOWN_MAX);
    }
}

/// What only phones and cards were seen with leads to whose those are.
#[test]
fn a_shared_things_successors_are_found_through_their_numbers() {
    let mut world = World::new(rules());
    let households: Vec<_> = (0..8)
        .flat_map(|one| {
            [
                seen(&format!("u{one} p{one}"), &[1]),
                seen(&format!("p{one} d1"), &[2]),
            ]
        })
        .collect();
    world.observe(&households);
    let Lookup::Shared { sharers, more, .. } = world.resolver().lookup(node("d1")).unwrap() else {
        panic!()
    };
    assert_eq!((sharers.len(), more), (8, false));
    assert!(sharers.contains(&identifier("u3").id));
}

#[test]
fn members_stand_strongest_first_with_their_identifiers() {
    let mut world = World::new(rules());
    world.observe(&[seen("a1 e1+shop u1", &[1]), seen("e1", &[1])]);
    let Lookup::Profile(view) = world.resolver().lookup(node("a1")).unwrap() else {
        panic!()
    };
    let keys: Vec<&str> = view
        .members
        .iter()
        .map(|member| member.key.as_str())
        .collect();
    assert_eq!(keys, ["u1", "e1", "a1"]);
    let mut mailbox: Vec<(&str, bool)> = view.members[1]
        .identifiers
        .iter()
        .map(|one| (one.canonical.as_str(), one.is_anchor))
        .collect();
    mailbox.sort_unstable();
    assert_eq!(mailbox, [("e1", true), ("e1+shop", false)]);
}

#[test]
fn a_mailbox_with_countless_tags_is_cut_and_says_so() {
    let mut world = World::new(rules());
    let tags: Vec<_> = (0..=IDENTIFIERS_SHOWN_MAX)
        .map(|tag| seen(&format!("e1+{tag}"), &[1]))
        .collect();
    world.observe(&tags);
    let Lookup::Profile(view) = world.resolver().lookup(node("e1")).unwrap() else {
        panic!()
    };
    assert!(view.truncated);
    assert_eq!(view.members[0].identifiers.len(), IDENTIFIERS_SHOWN_MAX);
}

/// The row that a lookup reads goes where it would grow with every browser, and comes back with fewer of them.
#[test]
fn a_customer_of_many_browsers_has_no_extent_and_is_found_all_the_same() {
    let mut world = World::new(rules());
    let browsers = EXTENT_ROWS_MAX + 6;
    let seen: Vec<_> = (0..browsers)
        .map(|number| seen(&format!("u1 a{number}"), &[1]))
        .collect();
    let members = |world: &World| {
        let Lookup::Profile(view) = world.resolver().lookup(node("u1")).unwrap() else {
            panic!()
        };
        assert_eq!(outdated(world), None);
        let row = world.memory.get(&RowKey::Extent { root: node("u1") });
        (view.members.len(), row.unwrap().is_some())
    };
    for (count, has_extent) in [
        (EXTENT_ROWS_MAX - 1, true),
        (EXTENT_ROWS_MAX, false),
        (browsers, false),
    ] {
        world.observe(&seen[..count]);
        assert_eq!(members(&world), (count + 1, has_extent));
    }
    for seen in &seen[9..] {
        world.retract(seen);
    }
    assert_eq!(members(&world), (10, true));
}
