//! `a + b = b + a`.

use proptest::prelude::*;

use crate::{draw, plus, sum};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn sides_can_be_swapped(a in draw::some(), b in draw::some()) {
        let (a, b) = (sum(&a.interactions()), sum(&b.interactions()));
        prop_assert_eq!(plus(&a, &b), plus(&b, &a));
    }
}
