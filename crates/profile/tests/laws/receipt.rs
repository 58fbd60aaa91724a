//! When and how a message was taken in does not show: only what it says.

use acquaint_profile::{Flags, Rollup, Timestamp};
use proptest::prelude::*;

use crate::draw;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn receipt_does_not_show(draws in draw::few(), received in 0..1_000_000_i64) {
        for interaction in &mut draws.interactions() {
            let before = Rollup::of(interaction);
            interaction.received = Timestamp(received);
            interaction.flags = Flags::ID_REUSED;
            prop_assert_eq!(Rollup::of(interaction), before);
        }
    }
}
