//! The identity graph in the store answers as the one in memory: the resolver cannot tell them apart.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use acquaint_identity::{
    Day, Effects, Evidence, EvidenceIdentifier, Fact, FactId, IdentifierId, Memory, NodeId, Rank,
    Reader, Resolver, RowPrefix, Rules, Source, Statement, StrandId, Trust,
};
use acquaint_profile::WorkspaceId;
use acquaint_storage::{Batch, Graph, GroupId, PartitionDigest, Place, Store, StoreOptions};
use proptest::prelude::*;

const GROUP: GroupId = GroupId::Identity(2);
const PLACE: Place = Place {
    group: GROUP,
    workspace: WorkspaceId(9),
    epoch: 3,
};
/// More than the few rows of a test can need.
const STEPS_MAX: usize = 10_000;
const NAMES: [(&str, bool); 3] = [("user_id", true), ("email", false), ("device_id", false)];

fn identifier(number: u8) -> EvidenceIdentifier {
    let value = format!("value-{number}");
    EvidenceIdentifier {
        id: IdentifierId([number; 16]),
        rank: Rank(number % 3),
        canonical: value.clone(),
        node: NodeId([number + 1; 16]),
        key: value,
    }
}

fn evidence(numbers: &BTreeSet<u8>, day: u32) -> Evidence {
    let identifiers: Vec<_> = numbers.iter().map(|number| identifier(*number)).collect();
    let mut strand = [0; 16];
    numbers
        .iter()
        .for_each(|number| strand[usize::from(*number) / 8] |= 1 << (number % 8));
    Evidence {
        strand: StrandId(strand),
        source: Source("key".to_owned()),
        revision: 0,
        trust: Trust::Server,
        anchor: identifiers[0].id,
        identifiers,
        alias: false,
        days: BTreeSet::from([Day(day)]),
        first_names: BTreeMap::new(),
        birth_dates: BTreeMap::new(),
    }
}

fn write(batch: &mut Batch<'_>, effects: &Effects) {
    PLACE.write(effects.writes.clone(), batch);
}

/// Does all the work that was put off, in both, and compares every decision.
fn drain(store: &Store, memory: &mut Memory, rules: &Rules) {
    for _ in 0..STEPS_MAX {
        let mut batch = store.batch(GROUP);
        let wanted = Resolver::new(&*memory, rules).step().unwrap();
        let found = Resolver::new(&Graph::new(&batch, PLACE), rules)
            .step()
            .unwrap();
        assert_eq!(found, wanted);
        write(&mut batch, &found);
        memory.apply(wanted);
        batch.commit().unwrap();
        if !found.pending {
            return;
        }
    }
    panic!("work is pending after {STEPS_MAX} steps");
}

/// Works evidence in both ways, in batches of several commands, and compares every decision.
fn check(steps: &[(BTreeSet<u8>, u32)]) {
    let dir = tempfile::tempdir().unwrap();
    let mut options = StoreOptions::new(dir.path());
    options.sync = false;
    let store = Store::open(&options).unwrap();
    let (mut rules, mut memory) = (Rules::standard(&NAMES), Memory::default());
    // So little that most commands leave work for steps.
    rules.work_max = 2;
    for commands in steps.chunks(3) {
        let mut batch = store.batch(GROUP);
        for (numbers, day) in commands {
            let new = [evidence(numbers, *day)];
            let wanted = Resolver::new(&memory, &rules).observe(&new).unwrap();
            let found = Resolver::new(&Graph::new(&batch, PLACE), &rules)
                .observe(&new)
                .unwrap();
            assert_eq!(found, wanted);
            write(&mut batch, &found);
            memory.apply(wanted);
        }
        batch.commit().unwrap();
    }
    drain(&store, &mut memory, &rules);
    let fact = Fact {
        id: FactId([1; 16]),
        statement: Statement::NeverLink(identifier(0), identifier(1)),
        author: "a".to_owned(),
        reason: "b".to_owned(),
        at_ms: 1,
    };
    let view = store.snapshot();
    let graph = Graph::new(&view, PLACE);
    let (stored, in_memory) = (
        Resolver::new(&graph, &rules),
        Resolver::new(&memory, &rules),
    );
    assert_eq!(stored.fact(&fact).unwrap(), in_memory.fact(&fact).unwrap());
    for number in 0..12 {
        let node = identifier(number).node;
        assert_eq!(
            stored.lookup(node).unwrap(),
            in_memory.lookup(node).unwrap()
        );
        for prefix in [
            RowPrefix::Links(node),
            RowPrefix::NodeEvidence(node),
            RowPrefix::Profiles,
            RowPrefix::Nodes,
            RowPrefix::Members(node),
            RowPrefix::MembersOf(node, node),
            RowPrefix::AllMembers,
            RowPrefix::Attributions,
            RowPrefix::Vias(node),
            RowPrefix::PendingOf(node.0),
        ] {
            check_pages(&graph, &memory, &prefix);
        }
    }
    for (numbers, day) in steps {
        let strand = evidence(numbers, *day).strand;
        check_pages(&graph, &memory, &RowPrefix::EvidenceOf(strand));
    }
    let found = PartitionDigest::of(&graph).unwrap();
    assert_eq!(found, PartitionDigest::of(&memory).unwrap());
    assert!(!found.pending);
    // Another workspace, another group and another epoch see nothing of it.
    for place in [
        Place {
            workspace: WorkspaceId(8),
            ..PLACE
        },
        Place {
            group: GroupId::Identity(1),
            ..PLACE
        },
        Place { epoch: 4, ..PLACE },
    ] {
        let other = Graph::new(&view, place);
        assert_eq!(other.scan(&RowPrefix::Nodes, None, 10).unwrap(), []);
    }
    check_revoked(&store, &mut memory, &rules);
}

/// With its only source revoked the graph is empty, and what the source said waits beside it.
fn check_revoked(store: &Store, memory: &mut Memory, rules: &Rules) {
    let source = Source("key".to_owned());
    let fact = Fact {
        id: FactId([2; 16]),
        statement: Statement::Revoke(source.clone()),
        author: "a".to_owned(),
        reason: "b".to_owned(),
        at_ms: 2,
    };
    let mut batch = store.batch(GROUP);
    let wanted = Resolver::new(&*memory, rules).fact(&fact).unwrap().unwrap();
    let found = Resolver::new(&Graph::new(&batch, PLACE), rules)
        .fact(&fact)
        .unwrap()
        .unwrap();
    assert_eq!(found, wanted);
    write(&mut batch, &found);
    memory.apply(wanted);
    batch.commit().unwrap();
    drain(store, memory, rules);
    let view = store.snapshot();
    let graph = Graph::new(&view, PLACE);
    for prefix in [RowPrefix::Withheld(source.id()), RowPrefix::AllWithheld] {
        check_pages(&graph, memory, &prefix);
        assert!(!graph.scan(&prefix, None, 1).unwrap().is_empty());
    }
    assert_eq!(graph.scan(&RowPrefix::Nodes, None, 1).unwrap(), []);
    assert_eq!(graph.scan(&RowPrefix::Evidence, None, 1).unwrap(), []);
}

fn check_pages(
    graph: &impl Reader<Error = acquaint_storage::Error>,
    memory: &Memory,
    prefix: &RowPrefix,
) {
    let mut after = None;
    loop {
        let page = graph.scan(prefix, after.as_ref(), 2).unwrap();
        assert_eq!(
            page,
            memory.scan(prefix, after.as_ref(), 2).unwrap(),
            "{prefix:?} after {after:?}"
        );
        match page.last() {
            Some((last, _)) => after = Some(*last),
            None => return,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_stored_graph_is_the_graph_in_memory(
        steps in prop::collection::vec((prop::collection::btree_set(0..12u8, 1..4), 0..4u32), 1..20),
    ) {
        check(&steps);
    }
}
