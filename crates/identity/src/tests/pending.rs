//! A component past its bound is left as it is, says so, and comes right when it shrinks.

use crate::tests::{World, from_scratch, node, rules, seen};
use crate::{Explanation, Lookup};

#[test]
fn past_the_bound_new_evidence_is_attached_by_its_anchor_only() {
    let mut rules = rules();
    rules.component_nodes_max = 4;
    let mut world = World::new(rules.clone());
    world.observe(&[
        seen("u1 e1", &[1]),
        seen("e1 p1", &[1]),
        seen("p1 a1", &[1]),
    ]);
    assert_eq!(world.profiles(), "u1 e1 p1 a1");
    world.observe(&[seen("p1 e2", &[1])]);
    assert_eq!(world.profiles(), "e2 | u1 e1 p1 a1");
    let Lookup::Profile(view) = world.resolver().lookup(node("u1")).unwrap() else {
        panic!()
    };
    assert!(view.pending);
    assert_eq!(world.resolver().pending(10).unwrap().len(), 2);
    assert_eq!(
        world.resolver().explain(node("u1"), node("e2")).unwrap(),
        Explanation::Pending
    );

    world.retract(&seen("p1 a1", &[]));
    assert_eq!(world.resolver().pending(10).unwrap(), []);
    let left = [
        seen("u1 e1", &[1]),
        seen("e1 p1", &[1]),
        seen("p1 e2", &[1]),
    ];
    assert_eq!(
        world.partition(),
        from_scratch(&rules, &left, &[]).partition()
    );
}
