//! Any order and any grouping of the same interactions gives the same bytes.

use acquaint_profile::{Interaction, Rollup, fold};
use proptest::prelude::*;

use crate::{draw, sum};

/// The interactions under another order, cut into groups as anchors and days would, and the groups folded.
fn grouped(interactions: &[Interaction], order: &[prop::sample::Index], cuts: usize) -> Rollup {
    let mut left: Vec<_> = interactions.to_vec();
    let mut groups = vec![Vec::new(); cuts];
    for (at, index) in order.iter().cycle().take(interactions.len()).enumerate() {
        let drawn = left.swap_remove(index.index(left.len()));
        groups[(at * 7 + index.index(cuts)) % cuts].push(drawn);
    }
    let rollups: Vec<_> = groups.iter().map(|group| sum(group)).collect();
    fold(rollups).rollup
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn order_and_grouping_do_not_show(
        draws in draw::some(),
        order in prop::collection::vec(any::<prop::sample::Index>(), 1..64),
        cuts in 1..9_usize,
    ) {
        let interactions = draws.interactions();
        let expected = sum(&interactions);
        let actual = grouped(&interactions, &order, cuts);
        let bytes = |rollup: &Rollup| bincode::serde::encode_to_vec(rollup, bincode::config::standard()).unwrap();
        prop_assert_eq!(&actual, &expected);
        prop_assert_eq!(bytes(&actual), bytes(&expected));
    }
}
