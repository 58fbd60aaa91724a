//! `(a + b) + c = a + (b + c)`.

use proptest::prelude::*;

use crate::{draw, plus, sum};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn brackets_can_be_moved(a in draw::some(), b in draw::some(), c in draw::some()) {
        let [a, b, c] = [a, b, c].map(|draws| sum(&draws.interactions()));
        prop_assert_eq!(plus(&plus(&a, &b), &c), plus(&a, &plus(&b, &c)));
    }
}
