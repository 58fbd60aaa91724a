//! A tablet in a shop on which everybody logs in, and the clerk who types for everybody.

use crate::tests::seen;
use crate::tests::worst_days::{Bounds, Day, size};
use crate::{Evidence, Lookup};

/// Customers visit with a login, an address, neither, or in the tablet's own browser.
fn visit(number: u32) -> Evidence {
    let day = [number / 100];
    match number % 4 {
        0 => seen(&format!("u{number} e{number} d1"), &day),
        1 => seen(&format!("e{number} d1"), &day),
        2 => seen(&format!("d1 a{number}"), &day),
        _ => seen(&format!("u{number} d1 a1"), &day),
    }
}

#[test]
fn a_kiosk_links_nobody_however_many_use_it() {
    let visits = size(2_000, 100_000);
    let mut day = Day::new("kiosk");
    let bounds = Bounds {
        read_max: 2_000,
        bytes_max: 50_000,
    };
    day.stream(visits, visit, &bounds);
    assert!(matches!(day.lookup("d1"), Lookup::Shared { .. }));
    assert_eq!(day.profile("e400"), ["u400", "e400"]);
    assert_eq!(day.profile("e401"), ["e401"]);
    assert_eq!(day.profile("u403"), ["u403"]);
    day.assert_right();
}

#[test]
fn a_clerk_is_nobodys_customer_however_many_are_served() {
    let visits = size(2_000, 100_000);
    let mut day = Day::new("clerk");
    for number in 0..20 {
        day.observe(visit(number));
    }
    day.observe(seen("u999 e999", &[1]));
    let bounds = Bounds {
        read_max: 5_000,
        bytes_max: 50_000,
    };
    let served = |number| {
        seen(
            &format!("u999 e{} p{number} d1", 1_000 + number),
            &[number / 100],
        )
    };
    day.stream(visits, served, &bounds);
    assert_eq!(
        day.profile("u999").len(),
        1,
        "the clerk's login stands alone"
    );
    assert_eq!(day.profile("e1500"), ["e1500", "p500"]);
    day.assert_right();
}
