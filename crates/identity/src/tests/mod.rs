//! The resolver's properties, over small worlds written as text and over random ones.
//!
//! A world's identifiers are written `u1` (user id), `e1` (email), `s1` (social), `p1` (phone), `l1` (card), `d1`
//! (device), `g1` (advertising id), `a1` (anonymous id); what follows a `+` is a tag that the matching key drops.

mod evidence;
mod explain;
mod facts;
mod graphs;
mod hubs;
mod lookup;
mod merging;
mod pending;
mod picture;
mod shrinking;
mod worst_days;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::aggregate::replace_evidence;
use crate::drain::drain;
use crate::graph::Graph;
use crate::lookup::gather;
use crate::work::Work;
use crate::{
    Cause, Day, EXTENT_ROWS_MAX, Effects, Evidence, EvidenceIdentifier, Fact, FactId, IdentifierId,
    Memory, NodeId, Placement, Rank, Reader, Resolver, RowKey, RowValue, Rules, Source, Stage,
    Statement, StrandId, Trust, Undo, ValueId,
};

pub(crate) const NAMESPACES: [(&str, bool); 8] = [
    ("user_id", true),
    ("email", false),
    ("social", false),
    ("phone", false),
    ("loyalty_id", false),
    ("device_id", false),
    ("advertising_id", false),
    ("anonymous_id", false),
];

pub(crate) fn rules() -> Rules {
    Rules::standard(&NAMESPACES)
}

fn id(text: &str) -> [u8; 16] {
    ValueId::of(text).0
}

pub(crate) fn node(text: &str) -> NodeId {
    NodeId(id(text.split('+').next().unwrap()))
}

pub(crate) fn identifier(text: &str) -> EvidenceIdentifier {
    let rank = "uespldga".find(&text[..1]).unwrap();
    EvidenceIdentifier {
        id: IdentifierId(id(&format!("identifier {text}"))),
        rank: Rank(u8::try_from(rank).unwrap()),
        canonical: text.to_owned(),
        node: node(text),
        key: text.split('+').next().unwrap().to_owned(),
    }
}

/// Evidence of a strand written as identifiers with spaces between, seen on some days.
pub(crate) fn seen(identifiers: &str, days: &[u32]) -> Evidence {
    let mut identifiers: Vec<EvidenceIdentifier> =
        identifiers.split_whitespace().map(identifier).collect();
    identifiers.sort_by_key(|identifier| (identifier.rank, identifier.id));
    let text: Vec<&str> = identifiers
        .iter()
        .map(|identifier| identifier.canonical.as_str())
        .collect();
    let text = text.join(" ");
    Evidence {
        strand: StrandId(id(&text)),
        source: Source("web".to_owned()),
        revision: 0,
        trust: Trust::Public,
        anchor: identifiers[0].id,
        identifiers,
        alias: false,
        days: days.iter().map(|day| Day(*day)).collect(),
        first_names: BTreeMap::new(),
        birth_dates: BTreeMap::new(),
    }
}

pub(crate) fn named(name: &str, mut evidence: Evidence) -> Evidence {
    evidence
        .first_names
        .insert(name.to_owned(), evidence.days.clone());
    evidence
}

pub(crate) fn server_alias(mut evidence: Evidence) -> Evidence {
    evidence.alias = true;
    evidence.trust = Trust::Server;
    evidence
}

pub(crate) fn fact(number: u8, at_ms: i64, statement: Statement) -> Fact {
    Fact {
        id: FactId([number; 16]),
        statement,
        author: "operator".to_owned(),
        reason: "asked".to_owned(),
        at_ms,
    }
}

pub(crate) fn must(a: &str, b: &str) -> Statement {
    Statement::MustLink(identifier(a), identifier(b))
}

pub(crate) fn never(a: &str, b: &str) -> Statement {
    Statement::NeverLink(identifier(a), identifier(b))
}

pub(crate) fn block(a: &str) -> Statement {
    Statement::Block(identifier(a))
}

/// A graph in memory with its rules.
pub(crate) struct World {
    pub(crate) rules: Rules,
    pub(crate) memory: Memory,
}

impl World {
    pub(crate) fn new(rules: Rules) -> Self {
        Self {
            rules,
            memory: Memory::default(),
        }
    }

    pub(crate) fn resolver(&self) -> Resolver<'_, Memory> {
        Resolver::new(&self.memory, &self.rules)
    }

    fn apply(&mut self, effects: Effects) -> Effects {
        self.memory.apply(effects.clone());
        effects
    }

    pub(crate) fn observe(&mut self, evidence: &[Evidence]) -> Effects {
        let effects = self.resolver().observe(evidence).unwrap();
        self.apply(effects)
    }

    pub(crate) fn retract(&mut self, evidence: &Evidence) -> Effects {
        let effects = self
            .resolver()
            .retract(evidence.strand, &evidence.source)
            .unwrap();
        self.apply(effects)
    }

    pub(crate) fn fact(&mut self, fact: &Fact) -> Effects {
        let effects = self.resolver().fact(fact).unwrap().unwrap();
        self.apply(effects)
    }

    pub(crate) fn undo(&mut self, number: u8) -> Effects {
        let undo = Undo {
            author: "operator".to_owned(),
            reason: "mistaken".to_owned(),
            at_ms: 0,
        };
        let effects = self
            .resolver()
            .undo(FactId([number; 16]), &undo)
            .unwrap()
            .unwrap();
        self.apply(effects)
    }

    /// The profiles as text: members with spaces between, profiles with ` | ` between.
    pub(crate) fn profiles(&self) -> String {
        let mut profiles: Vec<String> = self
            .resolver()
            .profiles(None, usize::MAX)
            .unwrap()
            .into_iter()
            .map(|view| {
                let identifiers = view
                    .members
                    .into_iter()
                    .flat_map(|member| member.identifiers);
                let mut texts: Vec<(usize, String)> = identifiers
                    .map(|identifier| {
                        (
                            "uespldga".find(&identifier.canonical[..1]).unwrap(),
                            identifier.canonical,
                        )
                    })
                    .collect();
                texts.sort();
                texts
                    .into_iter()
                    .map(|(_, text)| text)
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect();
        profiles.sort();
        profiles.join(" | ")
    }

    /// All rows but those of the facts.
    fn derived(&self) -> impl Iterator<Item = (&RowKey, &RowValue)> {
        let is_fact = |key: &RowKey| matches!(key, RowKey::Fact { .. });
        self.memory.rows().filter(move |(key, _)| !is_fact(key))
    }

    /// The same as text.
    pub(crate) fn partition(&self) -> Vec<String> {
        let rows = self.derived();
        rows.map(|(key, value)| format!("{key:?} = {value:?}"))
            .collect()
    }
}

/// The world of a set of evidence and facts, computed at once: all counts first, then every component, no shortcut.
pub(crate) fn from_scratch(rules: &Rules, evidence: &[Evidence], facts: &[Fact]) -> World {
    let mut world = World::new(rules.clone());
    let mut graph = Graph::new(&world.memory, rules);
    let mut work = Work::new(Cause::Step);
    for evidence in evidence {
        let key = RowKey::Evidence {
            strand: evidence.strand,
            source: evidence.source.id(),
        };
        let old = graph.evidence(&key).unwrap();
        let mut union = old.clone().unwrap_or_else(|| evidence.silent().into());
        Arc::make_mut(&mut union).merge(evidence);
        replace_evidence(&mut graph, old.as_ref(), Some(&union), &mut work).unwrap();
    }
    assert!(drain(&mut graph, &mut work).unwrap());
    crate::extent::refresh(&mut graph).unwrap();
    let effects = graph.finish();
    world.memory.apply(effects);
    for fact in facts {
        world.fact(fact);
    }
    world
}

/// A derived row that is not what its inputs give: computing each of them again should write nothing.
pub(crate) fn unsettled(world: &World) -> Option<String> {
    let mut graph = Graph::new(&world.memory, &world.rules);
    let mut work = Work::new(Cause::Step);
    for (key, value) in world.memory.rows() {
        if let (RowKey::Node { node }, RowValue::Node(row)) = (key, value) {
            for stage in [
                Stage::OPERATOR,
                Stage::MAILBOX,
                Stage::VIA,
                Stage::SPREAD_ALL,
                Stage::STRANDS,
            ] {
                work.node(stage, *node);
            }
            let layer = world.rules.namespace(row.rank).layer;
            work.node(Stage::own(layer), *node);
            if matches!(row.placement, Placement::Person { .. }) {
                let is_person = world.rules.is_person(row);
                work.node(
                    if is_person {
                        Stage::PEOPLE
                    } else {
                        Stage::cluster(layer)
                    },
                    *node,
                );
            }
        }
    }
    assert!(drain(&mut graph, &mut work).unwrap());
    let writes = graph.finish().writes.into_iter();
    writes
        .map(|(key, new)| (key, world.memory.get(&key).unwrap(), new))
        .find(|(_, old, new)| old != new)
        .map(|(key, old, new)| format!("{key:?} is {old:?}, and should be {new:?}"))
}

/// A copy that is not what it is a copy of: the extents of the profiles, and the number of rows of pending work.
pub(crate) fn outdated(world: &World) -> Option<String> {
    let mut graph = Graph::new(&world.memory, &world.rules);
    let mut extents = BTreeMap::new();
    let mut pending = 0;
    for (key, value) in world.memory.rows() {
        match (key, value) {
            (RowKey::Profile { root }, RowValue::Profile(profile)) => {
                let gathered = gather(&mut graph, profile, EXTENT_ROWS_MAX).unwrap();
                if !gathered.truncated {
                    let extent = (profile.canonical, gathered.members, gathered.strands);
                    extents.insert(*root, extent);
                }
            }
            (RowKey::Pending { .. }, _) => pending += 1,
            _ => {}
        }
    }
    for (key, value) in world.memory.rows() {
        if let (RowKey::Extent { root }, RowValue::Extent(row)) = (key, value) {
            let copy = (row.canonical, row.members.clone(), row.strands.clone());
            let expected = extents.remove(root);
            if expected.as_ref() != Some(&copy) {
                return Some(format!(
                    "the extent of {root:?} is {copy:?}, and should be {expected:?}"
                ));
            }
        }
    }
    if let Some(root) = extents.keys().next() {
        return Some(format!("{root:?} has no extent"));
    }
    let counted = graph.pending_before().unwrap();
    (counted != pending)
        .then(|| format!("{counted} rows are counted as pending, and {pending} are"))
}

/// The rows in which two worlds differ.
pub(crate) fn difference(one: &World, other: &World) -> Option<String> {
    if one.derived().eq(other.derived()) {
        return None;
    }
    let (one, other) = (one.partition(), other.partition());
    let only = |a: &[String], b: &[String]| {
        let b: BTreeSet<&String> = b.iter().collect();
        let rows: Vec<String> = a.iter().filter(|row| !b.contains(row)).cloned().collect();
        rows.join("\n")
    };
    let (left, right) = (only(&one, &other), only(&other, &one));
    Some(format!(
        "only in the one:\n{left}\nonly in the other:\n{right}"
    ))
}

/// Checks the profiles that evidence gives, whatever its order.
pub(crate) fn check(evidence: &[Evidence], expected: &str) {
    let mut world = World::new(rules());
    world.observe(evidence);
    assert_eq!(world.profiles(), expected);
    let mut reversed = World::new(rules());
    for evidence in evidence.iter().rev() {
        reversed.observe(std::slice::from_ref(evidence));
    }
    assert_eq!(reversed.profiles(), expected, "in reverse order");
}
