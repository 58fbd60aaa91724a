//! Rows survive the encoding that storage gives them, and keys sort as their parts do.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use acquaint_identity::{
    Day, Evidence, EvidenceIdentifier, Fact, FactId, IdentifierId, Memory, NodeId, Rank, Resolver,
    RowKey, RowValue, Rules, RulesRow, Source, Statement, StrandId, Trust, Undo,
};

const CONFIG: bincode::config::Configuration = bincode::config::standard();

fn identifier(rank: u8, number: u8) -> EvidenceIdentifier {
    EvidenceIdentifier {
        id: IdentifierId([number; 16]),
        rank: Rank(rank),
        canonical: format!("Value{number}"),
        node: NodeId([100 + number; 16]),
        key: format!("value{number}"),
    }
}

/// A world with a row in every table.
fn world() -> Memory {
    let rules = Rules::standard(&[("user_id", true), ("device_id", false)]);
    let mut memory = Memory::default();
    for (number, days) in [(1, 1..3), (2, 1..4)] {
        let identifiers = vec![identifier(0, number), identifier(1, 9)];
        let evidence = Evidence {
            strand: StrandId([number; 16]),
            source: Source("web".to_owned()),
            revision: 0,
            trust: Trust::Public,
            anchor: identifiers[0].id,
            identifiers,
            alias: false,
            days: days.map(Day).collect(),
            first_names: [("anna".to_owned(), BTreeSet::from([Day(1)]))].into(),
            birth_dates: [("1990-01-01".to_owned(), BTreeSet::from([Day(1)]))].into(),
        };
        let effects = Resolver::new(&memory, &rules).observe(&[evidence]).unwrap();
        memory.apply(effects);
    }
    let fact = Fact {
        id: FactId([7; 16]),
        statement: Statement::NeverLink(identifier(0, 1), identifier(0, 2)),
        author: "operator".to_owned(),
        reason: "twins".to_owned(),
        at_ms: -1,
    };
    let effects = Resolver::new(&memory, &rules).fact(&fact).unwrap().unwrap();
    memory.apply(effects);
    let undo = Undo {
        author: "operator".to_owned(),
        reason: "mistaken".to_owned(),
        at_ms: 2,
    };
    let effects = Resolver::new(&memory, &rules)
        .undo(fact.id, &undo)
        .unwrap()
        .unwrap();
    memory.apply(effects);
    memory
}

#[test]
fn every_row_survives_bincode() {
    let memory = world();
    let mut kinds = BTreeSet::new();
    for (key, value) in memory.rows() {
        let bytes = bincode::serde::encode_to_vec((key, value), CONFIG).unwrap();
        let (back, read): ((RowKey, RowValue), usize) =
            bincode::serde::decode_from_slice(&bytes, CONFIG).unwrap();
        assert_eq!((&back.0, &back.1, read), (key, value, bytes.len()));
        kinds.insert(format!("{key:?}").split(' ').next().unwrap().to_owned());
    }
    let expected = [
        "Candidate",
        "Evidence",
        "Extent",
        "Fact",
        "Identifier",
        "Link",
        "Member",
        "Node",
        "NodeEvidence",
        "Profile",
        "SourceStrand",
        "Trait",
        "Via",
    ];
    assert_eq!(
        kinds.iter().map(String::as_str).collect::<Vec<_>>(),
        expected
    );
}

#[test]
fn rules_survive_bincode() {
    let rules = RowValue::from(RulesRow {
        rules: Rules::standard(&[("user_id", true), ("email", false)]),
        text: "# none".to_owned(),
        author: "operator".to_owned(),
        reason: "first".to_owned(),
        at_ms: 1,
    });
    let bytes = bincode::serde::encode_to_vec(&rules, CONFIG).unwrap();
    let (back, _): (RowValue, usize) = bincode::serde::decode_from_slice(&bytes, CONFIG).unwrap();
    assert_eq!(back, rules);
}

#[test]
fn tables_keep_their_order() {
    let node = NodeId([1; 16]);
    let keys = [
        RowKey::Node { node },
        RowKey::Link {
            node,
            rank: Rank(0),
            neighbour: NodeId([9; 16]),
        },
        RowKey::Link {
            node,
            rank: Rank(1),
            neighbour: NodeId([0; 16]),
        },
        RowKey::Link {
            node: NodeId([2; 16]),
            rank: Rank(0),
            neighbour: node,
        },
        RowKey::Profile { root: node },
        RowKey::Rules { epoch: 1 },
        RowKey::Rules { epoch: 256 },
    ];
    assert!(keys.is_sorted());
}
