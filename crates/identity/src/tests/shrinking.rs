//! Convergence once more with proptest, whose strength is to shrink a failure to a world that can be read.

use proptest::prelude::*;

use crate::tests::{World, from_scratch, named, rules, seen};
use crate::{Evidence, Rules};

/// Rules with caps that three neighbours reach.
fn low() -> Rules {
    let mut rules = rules();
    for namespace in &mut rules.namespaces {
        namespace.neighbours_max.fill(2);
    }
    rules
}

fn evidence() -> impl Strategy<Value = Evidence> {
    let identifiers = proptest::collection::btree_set((0..8usize, 0..4u8), 1..4);
    let days = proptest::collection::vec(0..5u32, 1..4);
    (identifiers, days, 0..6usize).prop_map(|(identifiers, days, name)| {
        let letters = ["u", "e", "s", "p", "l", "d", "g", "a"];
        let texts: Vec<String> = identifiers
            .into_iter()
            .map(|(at, number)| format!("{}{number}", letters[at]))
            .collect();
        let evidence = seen(&texts.join(" "), &days);
        match ["anna", "ben"].get(name) {
            Some(name) => named(name, evidence),
            None => evidence,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_equals_from_scratch(
        (evidence, shuffled) in proptest::collection::vec(evidence(), 1..25)
            .prop_flat_map(|evidence| (Just(evidence.clone()), Just(evidence).prop_shuffle()))
    ) {
        let mut world = World::new(low());
        for one in &shuffled {
            world.observe(std::slice::from_ref(one));
        }
        prop_assert_eq!(world.partition(), from_scratch(&low(), &evidence, &[]).partition());
    }
}
