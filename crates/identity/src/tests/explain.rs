//! Every link and every refusal can be told.

use crate::tests::{World, node, rules, seen};
use crate::{Day, Explanation, LinkRule, Reason, Source};

#[test]
fn a_path_names_rules_days_sources_and_messages() {
    let mut world = World::new(rules());
    world.observe(&[
        seen("u1 e1", &[1, 5]),
        seen("e1 p1", &[2, 3]),
        seen("u1 a1", &[7]),
    ]);
    let Explanation::Linked { path, weakest } =
        world.resolver().explain(node("p1"), node("a1")).unwrap()
    else {
        panic!()
    };
    assert_eq!(
        path.iter().map(|step| step.to).collect::<Vec<_>>(),
        [node("e1"), node("u1"), node("a1")]
    );
    assert_eq!(weakest, 2, "the browser");
    assert_eq!(path[1].rule, LinkRule::SeenTogether { tier: 1 });
    assert_eq!(
        (path[1].days, path[1].first, path[1].last),
        (2, Some(Day(1)), Some(Day(5)))
    );
    assert!(path[1].sources.contains(&Source("web".to_owned())));
    assert!(path[1].sample_message_ids.contains("m u1 e1"));
}

#[test]
fn a_refusal_names_its_predicate() {
    let mut world = World::new(rules());
    world.observe(&[seen("u1 d1", &[1]), seen("u2 d1", &[1, 2])]);
    let Explanation::Refused(refused) = world.resolver().explain(node("u1"), node("u2")).unwrap()
    else {
        panic!()
    };
    assert_eq!((refused[0].from, refused[0].to), (node("u1"), node("u2")));
    assert_eq!(refused[0].reason, Reason::Exclusive(crate::Rank(0)));
}

#[test]
fn strangers_have_no_path() {
    let mut world = World::new(rules());
    world.observe(&[seen("u1 d1", &[1]), seen("u2 d2", &[1])]);
    assert_eq!(
        world.resolver().explain(node("u1"), node("u2")).unwrap(),
        Explanation::NoPath
    );
    assert_eq!(
        world.resolver().explain(node("u1"), node("u9")).unwrap(),
        Explanation::Unknown(node("u9"))
    );
    assert_eq!(
        world.resolver().explain(node("u1"), node("u1")).unwrap(),
        Explanation::SameNode(node("u1"))
    );
}
