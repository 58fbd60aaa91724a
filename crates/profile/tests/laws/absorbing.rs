//! Absorbing a sum is merging it.

use acquaint_profile::{Monoid, Rollup};
use proptest::prelude::*;

use crate::{draw, plus, sum};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn absorbing_is_merging(a in draw::some(), b in draw::some()) {
        let (a, b) = (sum(&a.interactions()), sum(&b.interactions()));
        let mut absorbed = a.clone();
        absorbed.absorb(b.clone());
        prop_assert_eq!(&absorbed, &plus(&a, &b));
        let mut onto_nothing = Rollup::empty();
        onto_nothing.absorb(b.clone());
        prop_assert_eq!(onto_nothing, b);
    }
}
