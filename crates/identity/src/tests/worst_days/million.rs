//! A public key sends a new anonymous id with every message for one customer.

use crate::Lookup;
use crate::tests::seen;
use crate::tests::worst_days::{Bounds, Day, size};

#[test]
fn a_customer_with_a_million_browsers_stays_reachable_and_whole() {
    let browsers = size(2_000, 1_000_000);
    let mut day = Day::new("a million browsers");
    day.observe(seen("u1 e1 p1 l1", &[1, 2, 3]));
    // All that was linked until the cap is looked at once.
    let bounds = Bounds {
        read_max: 20_000,
        bytes_max: 1_000_000,
    };
    let message = |number: u32| seen(&format!("u1 a{number}"), &[number / 1_000]);
    day.stream(browsers, message, &bounds);
    let Lookup::Profile(view) = day.lookup("u1") else {
        panic!("the customer is no profile any more");
    };
    assert!(!view.truncated);
    for identifier in ["u1", "e1", "p1", "l1"] {
        assert_eq!(day.profile(identifier), ["u1", "e1", "p1", "l1"]);
    }
    assert_eq!(day.profile("a700"), ["a700"]);
    // A new phone is the customer's at once.
    day.observe(seen("u1 d1", &[2_000]));
    assert_eq!(day.profile("d1"), ["u1", "e1", "p1", "l1", "d1"]);
    day.assert_right();
}
