//! Rows of the identity graph for every way in which a node can be placed and classed, and for every reason of a refusal.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_identity::{
    CandidateRow, Class, Day, DayRange, FactId, IdentifierId, NodeId, NodeRow, Placement, Rank,
    Reason, RowValue, Run, Scope,
};

const NODE: NodeId = NodeId([0x12; 16]);
const OTHER: NodeId = NodeId([0x23; 16]);
pub(super) const DAYS: DayRange = DayRange {
    first: Day(20_119),
    last: Day(20_120),
};

pub(super) fn rows() -> Vec<(&'static str, RowValue)> {
    let nodes = BTreeSet::from([NODE, OTHER]);
    let owned = Placement::Owned {
        owner: OTHER,
        direct: true,
    };
    let split = Placement::Split {
        runs: vec![Run {
            days: DAYS,
            owner: OTHER,
        }],
        handed_on: true,
    };
    let nobody = Placement::Nobody {
        among: nodes.clone(),
    };
    let succession = Class::Succession {
        logins: nodes.clone(),
    };
    vec![
        ("node.owned", node(Class::Plain, owned, Scope::All)),
        ("node.split", node(Class::Shared, split, Scope::Strands)),
        ("node.nobody", node(succession, nobody.clone(), Scope::All)),
        (
            "node.operator",
            node(Class::Operator { own: nodes }, nobody, Scope::All),
        ),
        (
            "candidate.never",
            refused(Reason::NeverLink(FactId([0xFA; 16]))),
        ),
        (
            "candidate.overruled",
            refused(Reason::Overruled(FactId([0xFA; 16]))),
        ),
        ("candidate.exclusive", refused(Reason::Exclusive(Rank(1)))),
        (
            "candidate.dates",
            refused(Reason::BirthDates(
                "1990-12-10".to_owned(),
                "1991-12-10".to_owned(),
            )),
        ),
        ("candidate.uncorroborated", refused(Reason::Uncorroborated)),
        (
            "candidate.limit",
            refused(Reason::NamespaceLimit(Rank(1), 300)),
        ),
        ("candidate.size", refused(Reason::Size(300))),
        ("candidate.mailbox", refused(Reason::SharedMailbox)),
        ("candidate.dominated", refused(Reason::Dominated(OTHER))),
        ("candidate.operator", refused(Reason::Operator)),
    ]
}

fn refused(reason: Reason) -> RowValue {
    RowValue::from(CandidateRow { reason })
}

fn node(class: Class, placement: Placement, scope: Scope) -> RowValue {
    RowValue::from(NodeRow {
        rank: Rank(1),
        canonical: IdentifierId([0x11; 16]),
        references: 1,
        neighbours: BTreeMap::new(),
        traits: 0,
        candidates: 0,
        blocked_by_rule: false,
        blocks: 0,
        splits: 0,
        facts: BTreeSet::new(),
        witnessed: BTreeSet::new(),
        kiosks: 0,
        loose: 0,
        class,
        placement,
        homes: BTreeMap::from([(OTHER, scope)]),
    })
}
