//! Resolve: single pieces of evidence, lookups and explanations over a graph of 5,000 people in
//! memory.
//!
//! `observe` decides and writes nothing, so that every call sees the same graph. Inputs rotate
//! through many people.

use std::cell::Cell;
use std::sync::OnceLock;

use acquaint_benches::identity::finish;
use acquaint_identity::{Effects, Evidence, Explanation, Lookup, Memory, NodeId, Resolver, Rules};
use acquaint_profile::Identifiers;
use divan::Bencher;

use crate::workspace::Workspace;

const PEOPLE: usize = 5_000;
const SESSIONS: usize = 3;
/// Inputs of a benchmark, used in turn.
const INPUTS: usize = 256;

struct Graph {
    workspace: Workspace,
    rules: Rules,
    memory: Memory,
}

impl Graph {
    /// People with a login, a mailbox and a browser for each session, and readers with a mailbox
    /// and a browser only.
    fn get() -> &'static Self {
        static GRAPH: OnceLock<Graph> = OnceLock::new();
        GRAPH.get_or_init(|| {
            let workspace = Workspace::new();
            let mut graph = Self {
                rules: workspace.rules(),
                workspace,
                memory: Memory::default(),
            };
            for number in 0..PEOPLE {
                for session in 0..SESSIONS {
                    graph.add(graph.session(number, session, day(session)));
                }
                graph.add(graph.reader(number));
            }
            graph
        })
    }

    fn resolver(&self) -> Resolver<'_, Memory> {
        Resolver::new(&self.memory, &self.rules)
    }

    fn observe(&self, evidence: &Evidence) -> Effects {
        let Ok(effects) = self.resolver().observe(std::slice::from_ref(evidence));
        effects
    }

    fn add(&mut self, evidence: Evidence) {
        let effects = self.observe(&evidence);
        finish(&mut self.memory, effects, &self.rules);
    }

    fn identifiers(&self, pairs: &[(&str, String)]) -> Identifiers {
        let pairs: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(namespace, value)| (*namespace, value.as_str()))
            .collect();
        self.workspace.identifiers(&pairs)
    }

    fn session(&self, person: usize, session: usize, day: u32) -> Evidence {
        let identifiers = self.identifiers(&[
            ("user_id", format!("user-{person}")),
            ("email", format!("person{person}@example.com")),
            ("anonymous_id", format!("browser-{person}-{session}")),
        ]);
        self.workspace.evidence(&identifiers, day)
    }

    fn reader(&self, number: usize) -> Evidence {
        let identifiers = self.identifiers(&[
            ("email", format!("reader{number}@example.com")),
            ("anonymous_id", format!("reader-browser-{number}")),
        ]);
        self.workspace.evidence(&identifiers, 0)
    }

    /// A person's login with the mailbox of a reader, who is then the same customer.
    fn login_of_reader(&self, number: usize) -> Evidence {
        let identifiers = self.identifiers(&[
            ("user_id", format!("user-{number}")),
            ("email", format!("reader{number}@example.com")),
        ]);
        self.workspace.evidence(&identifiers, 9)
    }

    fn ends(&self, person: usize) -> (NodeId, NodeId) {
        (
            self.workspace
                .node("anonymous_id", &format!("browser-{person}-0")),
            self.workspace
                .node("anonymous_id", &format!("browser-{person}-1")),
        )
    }
}

fn day(session: usize) -> u32 {
    u32::try_from(session).expect("a small number")
}

/// Measures a call with each input in turn.
fn in_turn<I, T>(bencher: Bencher, inputs: &[I], call: impl Fn(&I) -> T) {
    let next = Cell::new(0);
    bencher
        .with_inputs(|| {
            next.set((next.get() + 1) % inputs.len());
            &inputs[next.get()]
        })
        .bench_local_values(call);
}

fn bench_observe(bencher: Bencher, evidence: impl Fn(&Graph, usize) -> Evidence) {
    let graph = Graph::get();
    let inputs: Vec<Evidence> = (0..INPUTS).map(|number| evidence(graph, number)).collect();
    in_turn(bencher, &inputs, |evidence| graph.observe(evidence));
}

#[divan::bench]
fn new_person(bencher: Bencher) {
    bench_observe(bencher, |graph, number| {
        graph.session(PEOPLE + number, 0, 0)
    });
}

#[divan::bench]
fn new_browser_of_known_person(bencher: Bencher) {
    bench_observe(bencher, |graph, number| graph.session(number, SESSIONS, 0));
}

#[divan::bench]
fn known_strand_on_another_day(bencher: Bencher) {
    bench_observe(bencher, |graph, number| graph.session(number, 0, 7));
}

#[divan::bench]
fn known_strand_without_news(bencher: Bencher) {
    bench_observe(bencher, |graph, number| graph.session(number, 0, day(0)));
}

#[divan::bench]
fn merging_two_profiles(bencher: Bencher) {
    let graph = Graph::get();
    let effects = graph.observe(&graph.login_of_reader(0));
    let merges = |change: &acquaint_identity::ProfileChange| change.old.len() > change.new.len();
    assert!(effects.changes.iter().any(merges), "{:?}", effects.changes);
    bench_observe(bencher, Graph::login_of_reader);
}

#[divan::bench]
fn lookup(bencher: Bencher) {
    let graph = Graph::get();
    let nodes: Vec<NodeId> = (0..INPUTS).map(|person| graph.ends(person).0).collect();
    in_turn(bencher, &nodes, |node| -> Lookup {
        let Ok(found) = graph.resolver().lookup(*node);
        found
    });
}

/// The explanation of two browsers of one person.
#[divan::bench]
fn explain(bencher: Bencher) {
    let graph = Graph::get();
    let pairs: Vec<(NodeId, NodeId)> = (0..INPUTS).map(|person| graph.ends(person)).collect();
    in_turn(bencher, &pairs, |(a, b)| -> Explanation {
        let Ok(explanation) = graph.resolver().explain(*a, *b);
        explanation
    });
}
