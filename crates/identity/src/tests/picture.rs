//! A profile as a graph: whole where it is small, counted where it is large.

use crate::tests::{World, named, node, rules, seen};
use crate::{LinkRule, Lookup, PICTURE_NODES_OF_RANK_MAX, Picture, Rank, Reason, Scope};

fn picture(world: &World, of: &str) -> Picture {
    let Lookup::Profile(view) = world.resolver().lookup(node(of)).unwrap() else {
        panic!("{of} is nobody's")
    };
    world.resolver().picture(&view).unwrap()
}

fn keys(picture: &Picture) -> Vec<&str> {
    picture.nodes.iter().map(|node| node.key.as_str()).collect()
}

#[test]
fn a_profile_is_drawn_with_its_links_its_things_and_what_was_kept_out() {
    let mut world = World::new(rules());
    world.observe(&[
        named("ada", seen("u1 e1", &[1, 5, 9])),
        seen("u1 e2", &[2]),
        named("ada", seen("u1 p1", &[1, 2])),
        named("grace", seen("u2 p1", &[3])),
        seen("e2 d1", &[4]),
        seen("d1 a1", &[4, 5]),
    ]);
    let picture = picture(&world, "a1");
    assert_eq!(keys(&picture), ["u1", "e1", "e2", "d1", "a1", "u2"]);
    let strangers = picture.nodes.iter().filter(|node| node.scope.is_none());
    assert_eq!(strangers.count(), 1);
    let links: Vec<_> = picture
        .links
        .iter()
        .map(|link| (link.rule, link.seen.days))
        .collect();
    assert_eq!(
        links,
        [
            (LinkRule::SeenTogether { tier: 1 }, 3),
            (LinkRule::SeenTogether { tier: 1 }, 1),
            (LinkRule::Owned, 1),
            (LinkRule::Owned, 2),
        ]
    );
    assert_eq!(picture.weakest, Some(1));
    assert_eq!(picture.refused.len(), 1);
    assert_eq!(
        (picture.refused[0].from, picture.refused[0].to),
        (node("u1"), node("u2"))
    );
    assert_eq!(picture.refused[0].reason, Reason::Exclusive(Rank(0)));
    assert!(picture.omitted.is_empty() && !picture.unlinked);
}

#[test]
fn a_tablet_of_a_household_is_drawn_with_each_on_their_days() {
    let mut world = World::new(rules());
    world.observe(&[seen("u1 d1", &[1, 3]), seen("u2 d1", &[2, 4])]);
    let picture = picture(&world, "u1");
    assert_eq!(keys(&picture), ["u1", "d1", "u2"]);
    assert!(matches!(picture.nodes[1].scope, Some(Scope::Days(_))));
    assert_eq!(
        (picture.links[0].from, picture.links[0].to),
        (node("d1"), node("u1"))
    );
    assert_eq!(picture.links[0].seen.days, 2);
}

#[test]
fn of_a_thousand_browsers_some_are_drawn_and_the_rest_are_counted() {
    let mut world = World::new(rules());
    let browsers: Vec<_> = (0..400)
        .map(|one| seen(&format!("u1 a{one}"), &[one]))
        .collect();
    world.observe(&browsers);
    let picture = picture(&world, "u1");
    assert_eq!(picture.nodes.len(), 1 + PICTURE_NODES_OF_RANK_MAX);
    assert_eq!(picture.links.len(), PICTURE_NODES_OF_RANK_MAX);
    let omitted = 400 - u32::try_from(PICTURE_NODES_OF_RANK_MAX).unwrap();
    assert_eq!(
        picture.omitted.into_iter().collect::<Vec<_>>(),
        [(Rank(7), omitted)]
    );
}
