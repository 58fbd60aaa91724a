//! What is too much for one command is left to steps, says so, and comes right.

use crate::Lookup;
use crate::tests::{World, from_scratch, node, rules, seen};

fn step_until_settled(world: &mut World) -> usize {
    let mut steps = 0;
    while !world.resolver().pending(1).unwrap().is_empty() {
        let effects = world.resolver().step().unwrap();
        world.memory.apply(effects);
        steps += 1;
        assert!(steps < 10_000, "the steps do not end");
    }
    steps
}

#[test]
fn a_region_past_the_bound_is_attached_by_its_anchor_and_finished_by_steps() {
    let mut rules = rules();
    rules.region_nodes_max = 3;
    let mut world = World::new(rules.clone());
    let evidence = [
        seen("u1 e1", &[1]),
        seen("e1 e2", &[1]),
        seen("e2 e3", &[1]),
        seen("e3 e4", &[1]),
    ];
    for evidence in &evidence {
        world.observe(std::slice::from_ref(evidence));
    }
    let Lookup::Profile(view) = world.resolver().lookup(node("e4")).unwrap() else {
        panic!("what is new is found all the same")
    };
    assert!(view.pending);
    assert!(step_until_settled(&mut world) > 0);
    assert_eq!(world.profiles(), "u1 e1 e2 e3 e4");
    rules.region_nodes_max = 100;
    assert_eq!(
        world.partition(),
        from_scratch(&rules, &evidence, &[]).partition()
    );
}
