//! `a + a = a`, for the parts that are semilattices.

use acquaint_profile::Semilattice;
use proptest::prelude::*;

use crate::{draw, sum};

fn twice<S: Semilattice + Clone>(part: &S) -> S {
    let mut sum = part.clone();
    sum.merge(part);
    sum
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn merging_again_changes_nothing(draws in draw::some()) {
        let a = sum(&draws.interactions());
        prop_assert_eq!(&twice(&a.traits), &a.traits);
        prop_assert_eq!(&twice(&a.preferences), &a.preferences);
        prop_assert_eq!(&twice(&a.consents), &a.consents);
        prop_assert_eq!(&twice(&a.groups), &a.groups);
        prop_assert_eq!(&twice(&a.active_days), &a.active_days);
    }
}
