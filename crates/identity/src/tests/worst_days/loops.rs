//! What is joined and parted again and again leaves nothing behind.

use crate::tests::worst_days::{Bounds, Cost, Day, size};
use crate::tests::{fact, must, named, never, seen};
use crate::{Fact, RowKey, RowValue};

/// Identifiers of each large profile.
const LARGE: u32 = 1_000;

/// A step reads its budget (20,000 rows), and then what it needs to say which profiles it changed.
const BOUNDS: Bounds = Bounds {
    read_max: 40_000,
    bytes_max: 1_000_000,
};

/// A customer with a thousand identifiers: browsers of a login, of two mailboxes and of a social account.
fn customer(day: &mut Day, who: u32) {
    let people = format!("u{who} e{who} e{} s{who}", who + 10);
    day.observe(named("anna", seen(&people, &[1, 2, 3])));
    let holders = [
        format!("u{who}"),
        format!("e{who}"),
        format!("e{}", who + 10),
    ];
    for browser in 0..LARGE - 4 {
        let holder = &holders[(browser % 3) as usize];
        day.observe(seen(
            &format!("{holder} a{}", who * 10_000 + browser),
            &[browser % 50],
        ));
    }
    assert_eq!(day.profile(&format!("u{who}")).len(), LARGE as usize);
}

/// All rows but facts, which stay on record when they are undone.
fn rows(day: &Day) -> Vec<(RowKey, RowValue)> {
    let rows = day.world.memory.rows();
    let derived = rows.filter(|(key, _)| !matches!(key, RowKey::Fact { .. }));
    derived.map(|(key, value)| (*key, value.clone())).collect()
}

/// Does something and takes it back, several times: the rows are those of before each time.
fn again_and_again(day: &mut Day, join: impl Fn(&mut Day, u8), part: impl Fn(&mut Day, u8)) {
    let before = rows(day);
    let mut joined = None;
    for round in 0..u8::try_from(size(4, 60)).unwrap() {
        day.cost = Cost::default();
        join(day, round);
        let now = rows(day);
        assert!(joined.get_or_insert_with(|| now.clone()).len() == now.len());
        assert!(now != before, "round {round} changed nothing");
        part(day, round);
        assert!(rows(day) == before, "round {round} left something behind");
        day.assert_within(&[day.cost], &BOUNDS);
    }
}

fn linking(round: u8) -> Fact {
    fact(round, i64::from(round), must("u1", "u2"))
}

#[test]
fn two_large_profiles_are_linked_and_unlinked_by_facts() {
    let mut day = Day::new("large profiles, facts");
    customer(&mut day, 1);
    customer(&mut day, 2);
    again_and_again(
        &mut day,
        |day, round| {
            day.fact(&linking(round));
            assert_eq!(day.profile("u1").len(), 2 * LARGE as usize);
        },
        |day, round| day.undo(linking(round).id),
    );
    let keep_apart = fact(200, 300, never("u1", "u2"));
    day.fact(&keep_apart);
    day.undo(keep_apart.id);
    assert_eq!(day.profile("u1").len(), LARGE as usize);
    day.assert_right();
}

#[test]
fn two_large_profiles_are_linked_and_unlinked_by_evidence() {
    let mut day = Day::new("large profiles, evidence");
    customer(&mut day, 1);
    customer(&mut day, 2);
    let alias = crate::tests::server_alias(seen("u1 u2", &[4]));
    again_and_again(
        &mut day,
        |day, _| {
            day.observe(alias.clone());
            assert_eq!(day.profile("u1").len(), 2 * LARGE as usize);
        },
        |day, _| day.retract(&alias),
    );
    day.assert_right();
}

#[test]
fn a_mailbox_is_shared_and_no_more() {
    let mut day = Day::new("shared and not");
    for browser in 0..400 {
        day.observe(seen(&format!("e1 a{browser}"), &[browser % 50]));
    }
    day.observe(named("anna", seen("u1 e1", &[1, 2])));
    let second = named("ben", seen("u2 e1", &[1, 2]));
    again_and_again(
        &mut day,
        |day, _| day.observe(second.clone()),
        |day, _| day.retract(&second),
    );
    day.assert_right();
}

#[test]
fn a_device_is_over_its_cap_and_no_more() {
    let mut day = Day::new("over and under");
    for user in 0..5 {
        day.observe(seen(&format!("u{user} e{user} d1"), &[user]));
    }
    for browser in 0..size(500, 20_000) {
        day.observe(seen(&format!("d1 a{browser}"), &[browser % 50]));
    }
    let sixth = seen("u6 d1", &[9]);
    again_and_again(
        &mut day,
        |day, _| day.observe(sixth.clone()),
        |day, _| day.retract(&sixth),
    );
    day.assert_right();
}
