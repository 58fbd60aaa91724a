//! Every link and every refusal can be told.

use crate::tests::{World, named, node, rules, seen};
use crate::{
    Contradiction, Day, Explanation, IdentifierId, LinkRule, Reason, Source, Stopped, StrandId,
};

/// Where the messages of a strand are found.
fn place(identifiers: &str) -> (IdentifierId, StrandId) {
    let evidence = seen(identifiers, &[]);
    (evidence.anchor, evidence.strand)
}

#[test]
fn a_path_names_rules_days_sources_and_strands() {
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
        (path[1].seen.days, path[1].seen.first, path[1].seen.last),
        (2, Some(Day(1)), Some(Day(5)))
    );
    assert!(path[1].seen.sources.contains(&Source("web".to_owned())));
    assert!(path[1].seen.strands.contains(&place("u1 e1")));
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

#[test]
fn what_two_were_seen_with_is_named_with_its_days_and_strands() {
    let mut world = World::new(rules());
    world.observe(&[
        named("ada", seen("e1 d1", &[1, 2, 3])),
        named("ada", seen("e2 d1", &[2, 4])),
        seen("e2 a1", &[9]),
    ]);
    let Explanation::Linked { path, .. } =
        world.resolver().explain(node("e1"), node("a1")).unwrap()
    else {
        panic!()
    };
    assert_eq!(path[0].rule, LinkRule::SameThing { layer: 2 });
    let seen = &path[0].seen;
    assert_eq!(seen.through, Some(node("d1")));
    assert_eq!(
        (seen.days, seen.first, seen.last),
        (2, Some(Day(1)), Some(Day(4)))
    );
    assert_eq!(seen.strands, [place("e1 d1"), place("e2 d1")].into());
}

#[test]
fn a_refusal_names_both_values_and_what_it_was_seen_with() {
    let mut world = World::new(rules());
    world.observe(&[
        named("ada", seen("e1 p1", &[1, 2])),
        named("grace", seen("e2 p1", &[2])),
    ]);
    for (from, to, values) in [
        ("e1", "e2", ["ada", "grace"]),
        ("e2", "e1", ["grace", "ada"]),
    ] {
        let Explanation::Refused(refused) = world.resolver().explain(node(from), node(to)).unwrap()
        else {
            panic!()
        };
        let [a, b] = values.map(str::to_owned);
        assert_eq!(refused[0].contradiction, Some(Contradiction::Values(a, b)));
        assert_eq!(refused[0].seen.through, Some(node("p1")));
        assert_eq!(refused[0].seen.days, 1);
        assert!(refused[0].seen.strands.contains(&place("e1 p1")));
    }
    let mut world = World::new(rules());
    world.observe(&[seen("u1 e1", &[1, 2, 3]), seen("u2 e1", &[2])]);
    let explanation = world.resolver().explain(node("u2"), node("u1")).unwrap();
    let Explanation::Refused(refused) = explanation else {
        panic!("{explanation:?}")
    };
    assert_eq!(refused[0].reason, Reason::Dominated(node("u1")));
    let logins = Contradiction::Nodes(node("u2"), node("u1"));
    assert_eq!(refused[0].contradiction, Some(logins));
}

#[test]
fn a_thing_that_is_somebodys_on_some_days_says_which() {
    let mut world = World::new(rules());
    world.observe(&[seen("u1 d1", &[1, 3]), seen("u2 d1", &[2, 4, 5])]);
    let explanation = world.resolver().explain(node("u2"), node("d1")).unwrap();
    let Explanation::Stopped(Stopped::ByDay { node: thing, days }, seen) = explanation else {
        panic!("{explanation:?}")
    };
    assert_eq!(thing, node("d1"));
    let ends: Vec<(u32, u32)> = days.iter().map(|run| (run.first.0, run.last.0)).collect();
    assert_eq!(ends, [(2, 2), (4, 5)]);
    assert_eq!(seen.days, 3);
}

#[test]
fn what_was_handed_on_is_explained_by_its_present_owner() {
    let mut world = World::new(rules());
    world.observe(&[seen("u1 d1", &[1, 2]), seen("u2 d1", &[5, 6])]);
    let now = world.resolver().explain(node("d1"), node("u2")).unwrap();
    let Explanation::Linked { path, .. } = now else {
        panic!("{now:?}")
    };
    assert_eq!((path[0].from, path[0].to), (node("d1"), node("u2")));
    assert_eq!(path[0].rule, LinkRule::Owned);
}
