//! `empty + a = a = a + empty`.

use acquaint_profile::{Monoid, Rollup};
use proptest::prelude::*;

use crate::{draw, plus, sum};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn empty_changes_nothing(draws in draw::some()) {
        let a = sum(&draws.interactions());
        prop_assert_eq!(&plus(&Rollup::empty(), &a), &a);
        prop_assert_eq!(&plus(&a, &Rollup::empty()), &a);
    }
}
