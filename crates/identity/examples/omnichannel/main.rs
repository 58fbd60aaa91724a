//! Resolves the omnichannel sample in memory and scores the partition against the truth: a bench for the rules.
//!
//! ```sh
//! cargo run --release -p acquaint-identity --example omnichannel [directory]
//! ```
//!
//! - A message belongs to the profile that holds its anchor on its day, or its strand. Scores are over pairs of messages that the truth calls `ok`.

#![allow(clippy::unwrap_used)]

mod sample;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use acquaint_identity::{
    Evidence, IdentifierId, Lookup, Memory, NodeId, Resolver, RowKey, RowValue, Rules, Scope,
    Source, StrandId, ValueId,
};
use sample::{Message, NAMESPACES, read};

fn main() {
    let directory = std::env::args()
        .nth(1)
        .map_or_else(sample::directory, PathBuf::from);
    if !directory.is_dir() {
        eprintln!("SKIPPED: there is no sample at {}", directory.display());
        return;
    }
    let messages: Vec<Message> = sample::messages(&directory);
    let rules = Rules::standard(&NAMESPACES);
    let (memory, states) = resolve(&messages, &rules);
    report_partition(&memory, &rules);
    println!(
        "states of evidence: {states} of {} messages",
        messages.len()
    );
    score(&directory, &messages, &memory, &rules);
}

/// Works every message in, one by one, as the whole state of its (strand, source).
fn resolve(messages: &[Message], rules: &Rules) -> (Memory, usize) {
    let mut known: BTreeMap<(StrandId, Source), Evidence> = BTreeMap::new();
    let mut memory = Memory::default();
    let (mut states, mut changed, mut written) = (0, 0, 0);
    #[allow(clippy::disallowed_methods)] // a bench measures
    let start = std::time::Instant::now();
    let mut slowest = std::time::Duration::ZERO;
    for message in messages {
        let new = &message.evidence;
        let (state, is_known) = match known.entry((new.strand, new.source.clone())) {
            Entry::Occupied(place) => (place.into_mut(), true),
            Entry::Vacant(place) => (place.insert(new.clone()), false),
        };
        if !state.merge(new) && is_known {
            continue;
        }
        let one = start.elapsed();
        let effects = Resolver::new(&memory, rules)
            .observe(std::slice::from_ref(state))
            .unwrap();
        slowest = slowest.max(start.elapsed() - one);
        states += 1;
        changed += usize::from(!effects.changes.is_empty());
        written += effects.writes.len();
        memory.apply(effects);
    }
    let seconds = start.elapsed().as_secs_f64();
    let each = messages.len() as f64 / seconds;
    println!(
        "resolved {} messages in {seconds:.2} s ({each:.0}/s), slowest {slowest:?}",
        messages.len()
    );
    println!("rows written {written}, states that changed a profile {changed}");
    (memory, states)
}

fn report_partition(memory: &Memory, rules: &Rules) {
    let resolver = Resolver::new(memory, rules);
    let profiles = resolver.profiles(None, usize::MAX).unwrap();
    let nodes: usize = profiles.iter().map(|profile| profile.members.len()).sum();
    let largest = profiles
        .iter()
        .map(|profile| profile.members.len())
        .max()
        .unwrap_or(0);
    println!(
        "identifiers {nodes}, profiles {}, largest {largest} identifiers",
        profiles.len()
    );
    let people = memory.rows().filter_map(|(_, value)| match value {
        RowValue::Profile(profile) => Some(profile.nodes.len()),
        _ => None,
    });
    println!(
        "most people's nodes in a profile {}, pending {}",
        people.max().unwrap_or(0),
        resolver.pending(10).unwrap().len()
    );
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for (_, value) in memory.rows() {
        if let RowValue::Candidate(row) = value {
            let name = format!("{:?}", row.reason);
            *reasons
                .entry(name.split('(').next().unwrap().to_owned())
                .or_default() += 1;
        }
    }
    println!("refused links, twice each: {reasons:?}");
    let hubs = memory.rows().filter(|(key, _)| match key {
        RowKey::Node { node } => matches!(resolver.lookup(*node).unwrap(), Lookup::Shared { .. }),
        _ => false,
    });
    println!("shared {}", hubs.count());
}

fn score(directory: &Path, messages: &[Message], memory: &Memory, rules: &Rules) {
    let resolver = Resolver::new(memory, rules);
    let truth = read(directory, "truth.csv");
    let persons: BTreeMap<&str, &str> = truth
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            (cells[4] == "ok").then(|| (cells[0], cells[1]))
        })
        .collect();
    let oracle = Oracle::new(directory, messages);
    let attribution = Attribution::new(&resolver);
    let mut seen = BTreeSet::new();
    // Messages by (ours, person), (oracle's, person) and so on.
    let (mut ours, mut theirs): (Cells, Cells) = (Cells::new(), Cells::new());
    for message in messages {
        let Some(person) = persons.get(message.id.as_str()) else {
            continue;
        };
        if !seen.insert(&message.id) {
            continue;
        }
        let root = attribution.root_of(message);
        *ours.entry(root).or_default().entry(person).or_default() += 1;
        *theirs
            .entry(oracle.root_of(message))
            .or_default()
            .entry(person)
            .or_default() += 1;
    }
    let (right, claimed, mixed) = pairs(&ours);
    let (oracle_right, oracle_claimed, _) = pairs(&theirs);
    let everyone: BTreeSet<&&str> = ours.values().flat_map(BTreeMap::keys).collect();
    println!("precision {:.4}", right as f64 / claimed as f64);
    println!(
        "recall as a share of the oracle's {:.4}",
        right as f64 / oracle_right as f64
    );
    println!(
        "(the oracle's precision {:.4})",
        oracle_right as f64 / oracle_claimed as f64
    );
    println!(
        "persons in a mixed profile {:.2} % of {}",
        100.0 * mixed as f64 / everyone.len() as f64,
        everyone.len()
    );
    let most = ours.values().map(BTreeMap::len).max().unwrap_or(0);
    println!(
        "most persons in one profile {most}, profiles per person {:.2}",
        ours.len() as f64 / everyone.len() as f64
    );
    if std::env::var_os("MIXED").is_some() {
        print_mixed(&ours, &resolver);
    }
}

/// Whose each message is, by what the profiles hold.
#[derive(Default)]
struct Attribution {
    anchors: BTreeMap<IdentifierId, Vec<(Scope, NodeId)>>,
    strands: BTreeMap<StrandId, Vec<(Scope, NodeId)>>,
}

impl Attribution {
    fn new(resolver: &Resolver<'_, Memory>) -> Self {
        let mut attribution = Self::default();
        for view in resolver.profiles(None, usize::MAX).unwrap() {
            for member in view.members {
                for identifier in member.identifiers {
                    let held = attribution.anchors.entry(identifier.id).or_default();
                    held.push((member.scope.clone(), view.root));
                }
            }
            for part in view.strands {
                let held = attribution.strands.entry(part.strand).or_default();
                held.push((part.scope, view.root));
            }
        }
        attribution
    }

    fn root_of(&self, message: &Message) -> NodeId {
        let evidence = &message.evidence;
        let day = *evidence.days.first().unwrap();
        let strands = self.strands.get(&evidence.strand);
        let anchors = self.anchors.get(&evidence.anchor);
        let mut held = strands.into_iter().chain(anchors).flatten();
        let found = held.find(|(scope, _)| scope.contains(day));
        found
            .map(|(_, root)| *root)
            .expect("every message is somebody's")
    }
}

type Cells<'a> = BTreeMap<NodeId, BTreeMap<&'a str, u64>>;

/// Pairs of messages that are rightly together, pairs together, and persons in a profile with somebody else.
fn pairs(cells: &Cells<'_>) -> (u64, u64, usize) {
    let two = |count: u64| count * count.saturating_sub(1) / 2;
    let (mut right, mut claimed) = (0, 0);
    let mut mixed: BTreeSet<&str> = BTreeSet::new();
    for persons in cells.values() {
        right += persons.values().map(|count| two(*count)).sum::<u64>();
        claimed += two(persons.values().sum());
        if persons.len() > 1 {
            mixed.extend(persons.keys().copied());
        }
    }
    (right, claimed, mixed.len())
}

fn print_mixed(ours: &Cells<'_>, resolver: &Resolver<'_, Memory>) {
    for (root, persons) in ours.iter().filter(|(_, persons)| persons.len() > 1) {
        println!("--- {persons:?}");
        let view = match resolver.lookup(*root).unwrap() {
            Lookup::Profile(view)
            | Lookup::Shared { profile: view, .. }
            | Lookup::Blocked { profile: view } => view,
            Lookup::Unknown => continue,
        };
        for member in &view.members {
            println!(
                "    {} {}",
                NAMESPACES[usize::from(member.rank.0)].0,
                member.key
            );
        }
    }
}

/// What perfect knowledge of ownership reaches: identifiers of one owner that were seen together.
struct Oracle {
    towards: BTreeMap<NodeId, NodeId>,
    owned: BTreeSet<NodeId>,
}

impl Oracle {
    fn new(directory: &Path, messages: &[Message]) -> Self {
        let mut owned = BTreeSet::new();
        for line in read(directory, "identifiers.csv").lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            if !cells[2].is_empty() && !cells[2].contains(';') {
                let name = if cells[0] == "idfa" {
                    "advertising_id"
                } else {
                    cells[0]
                };
                let value = if name == "phone" {
                    format!("+1{}", cells[1])
                } else {
                    cells[1].to_lowercase()
                };
                owned.insert(NodeId(ValueId::of(&format!("{name}:{value}")).0));
            }
        }
        let mut oracle = Self {
            towards: BTreeMap::new(),
            owned,
        };
        for message in messages {
            let nodes: Vec<NodeId> = message
                .evidence
                .identifiers
                .iter()
                .map(|identifier| identifier.node)
                .collect();
            let mut of_one: Vec<NodeId> = nodes
                .into_iter()
                .filter(|node| oracle.owned.contains(node))
                .collect();
            if let Some(first) = of_one.pop() {
                for other in of_one {
                    let (a, b) = (oracle.find(first), oracle.find(other));
                    oracle.towards.insert(a, b);
                }
            }
        }
        oracle
    }

    fn find(&self, node: NodeId) -> NodeId {
        let mut top = node;
        while let Some(next) = self.towards.get(&top).filter(|next| **next != top) {
            top = *next;
        }
        top
    }

    fn root_of(&self, message: &Message) -> NodeId {
        let owned = message
            .evidence
            .identifiers
            .iter()
            .map(|identifier| identifier.node);
        let first = owned.clone().find(|node| self.owned.contains(node));
        // A message without an owned identifier is alone.
        first.map_or_else(
            || NodeId(ValueId::of(&message.id).0),
            |node| self.find(node),
        )
    }
}
