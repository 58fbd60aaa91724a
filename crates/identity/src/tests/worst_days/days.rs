//! A couple's browser with days of decades, in any order, days to come among them.

use crate::tests::seen;
use crate::tests::worst_days::{Bounds, Day, size};
use crate::{DAYS_MAX, RowValue};

#[test]
fn back_dated_days_do_not_grow_for_ever() {
    let days = size(1_000, 10_000);
    let mut day = Day::new("back-dated days");
    // A step that shares no factor with the number of days comes to each once; day 20,000 is in the year 2024.
    let piece = |number: u32| {
        let at = 16_000 + (number / 2 * 7_919) % days;
        let who = 1 + number % 2;
        let on = if at.is_multiple_of(3) {
            at
        } else {
            at + days * (who - 1)
        };
        seen(&format!("u{who} a1"), &[on])
    };
    let bounds = Bounds {
        read_max: 100,
        bytes_max: 120_000,
    };
    day.stream(2 * days, piece, &bounds);
    for (_, row) in day.world.memory.rows() {
        if let RowValue::Evidence(evidence) = row {
            assert!(evidence.days.len() <= DAYS_MAX);
        }
    }
    assert_eq!(day.profile("u1")[0], "u1");
    assert_eq!(day.profile("u2")[0], "u2");
    day.assert_right();
}
