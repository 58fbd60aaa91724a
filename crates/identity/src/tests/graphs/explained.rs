//! Whoever is one customer is explained by a whole path, and every picture has both ends of its links.

use crate::tests::World;
use crate::tests::graphs::random::Random;
use crate::{Explanation, LinkRule, Lookup};

/// Random worlds per property.
const SEEDS: u64 = 100;

/// A world of random evidence and facts.
fn random_world(seed: u64) -> World {
    let random = &mut Random::new(seed);
    let mut world = World::new(random.script().rules());
    let evidence: Vec<_> = (0..25).map(|_| random.evidence()).collect();
    world.observe(&evidence);
    for number in 0..3 {
        let fact = random.fact(number);
        world.fact(&fact);
    }
    while !world.resolver().pending(1).unwrap().is_empty() {
        let effects = world.resolver().step().unwrap();
        world.memory.apply(effects);
    }
    world
}

#[test]
fn both_ends_of_every_link_are_drawn() {
    for seed in 0..SEEDS {
        let world = random_world(seed);
        for view in world.resolver().profiles(None, usize::MAX).unwrap() {
            let picture = world.resolver().picture(&view).unwrap();
            let nodes: Vec<_> = picture.nodes.iter().map(|node| node.node).collect();
            let accepted = picture.links.iter().map(|link| (link.from, link.to));
            let refused = picture.refused.iter().map(|link| (link.from, link.to));
            for (from, to) in accepted.chain(refused) {
                assert!(nodes.contains(&from) && nodes.contains(&to), "seed {seed}");
            }
            assert_eq!(picture.weakest.is_some(), !picture.links.is_empty());
        }
    }
}

#[test]
fn whoever_looks_up_as_one_is_explained_by_a_path_with_days_and_messages() {
    for seed in 0..SEEDS {
        let world = random_world(seed);
        for view in world.resolver().profiles(None, usize::MAX).unwrap() {
            let theirs = |node| match world.resolver().lookup(node).unwrap() {
                Lookup::Profile(found) => found.root == view.root,
                _ => false,
            };
            let members = view.members.iter().map(|member| member.node);
            let members: Vec<_> = members.filter(|node| theirs(*node)).collect();
            for pair in members.windows(2).filter(|pair| pair[0] != pair[1]) {
                let (a, b) = (pair[0], pair[1]);
                let explanation = world.resolver().explain(a, b).unwrap();
                let Explanation::Linked { path, weakest } = explanation else {
                    panic!("seed {seed}: {a:?} and {b:?}: {explanation:?}")
                };
                assert!(weakest < path.len());
                let mut at = a;
                for step in path {
                    assert_eq!(step.from, at);
                    at = step.to;
                    if !matches!(step.rule, LinkRule::MustLink(_)) {
                        assert!(step.seen.days > 0, "seed {seed}: {step:?}");
                        assert!(!step.seen.strands.is_empty(), "seed {seed}: {step:?}");
                    }
                }
                assert_eq!(at, b);
            }
        }
    }
}
