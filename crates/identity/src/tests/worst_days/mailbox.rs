//! Values that everybody types, and one that has countless spellings.

use crate::tests::worst_days::{Bounds, Day, size};
use crate::tests::{named, node, seen};
use crate::{Evidence, Lookup};

const FEW: Bounds = Bounds {
    read_max: 2_000,
    bytes_max: 50_000,
};

fn login(number: u32) -> Evidence {
    let name = format!("name-{}", number % 500);
    named(
        &name,
        seen(&format!("u{number} e1 p{number}"), &[number / 100]),
    )
}

#[test]
fn an_address_that_everybody_uses_joins_nobody() {
    let logins = size(2_000, 100_000);
    let mut day = Day::new("everybody's address");
    day.stream(logins, login, &FEW);
    assert!(matches!(day.lookup("e1"), Lookup::Shared { .. }));
    assert_eq!(day.profile("u700"), ["u700", "p700"]);
    day.assert_right();
}

#[test]
fn a_call_centres_login_joins_none_of_its_callers() {
    let calls = size(2_000, 100_000);
    let mut day = Day::new("call centre");
    let call = |number: u32| {
        let name = format!("name-{}", number % 500);
        named(
            &name,
            seen(&format!("u1 e{number} p{number}"), &[number / 100]),
        )
    };
    day.stream(calls, call, &FEW);
    assert_eq!(day.profile("u1"), ["u1"]);
    assert_eq!(day.profile("e700"), ["e700", "p700"]);
    day.assert_right();
}

/// Anybody can send a stranger's address with a tag. However many there are, what becomes of the mailbox is one row.
#[test]
fn a_mailbox_with_countless_tags_is_handed_about_in_pieces() {
    let tags = size(2_000, 100_000);
    let mut day = Day::new("tags");
    let tagged = |number: u32| seen(&format!("e1+{number} a{}", number % 50), &[number / 100]);
    let at_once = Bounds {
        read_max: 45_000,
        bytes_max: 4_000_000,
    };
    day.stream(tags, tagged, &at_once);
    let mut flips = Vec::new();
    for _ in 0..2 {
        day.cost = Default::default();
        let two = [seen("u1 e1", &[1, 2]), seen("u2 e1", &[1, 2])];
        day.observe(two[0].clone());
        day.observe(two[1].clone());
        assert!(matches!(day.lookup("e1"), Lookup::Shared { .. }));
        for one in &two {
            day.retract(one);
        }
        assert!(matches!(day.lookup("e1"), Lookup::Profile(_)));
        flips.push(day.cost);
    }
    day.assert_within(&flips, &at_once);
    let Lookup::Profile(view) = day.lookup("e1") else {
        panic!("not a profile");
    };
    assert_eq!(view.root, node("e1"));
    for number in 0..20 {
        day.cost = Default::default();
        day.retract(&tagged(number));
        assert!(day.cost.read_max < 500, "{:?}", day.cost);
    }
    day.assert_right();
}
