//! Messages resolved in memory, on one thread: testimony → evidence of the strand → changed? → resolver.

use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use acquaint_bench::Latencies;
use acquaint_identity::{Effects, Evidence, Memory, Resolver, RowKey, RowValue, Rules, StrandId};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::stream::{Message, Stream};

/// Messages in one command, as the outbox hands them on.
pub(crate) const COMMAND_MESSAGES: usize = 1_000;

/// What the anchors groups keep: the evidence of every strand by source.
#[derive(Default)]
pub(crate) struct Strands(HashMap<StrandId, Vec<Evidence>>);

impl Strands {
    /// Hears messages; answers the states of evidence that they changed, each once, and how many told nothing new.
    pub(crate) fn hear(&mut self, messages: Vec<Message>) -> (Vec<Evidence>, usize) {
        let mut changed: Vec<(StrandId, usize)> = Vec::new();
        let count = messages.len();
        for message in messages {
            let strand = message.silent.strand;
            let sources = self.0.entry(strand).or_default();
            let known = sources
                .iter()
                .position(|one| one.source == message.silent.source);
            let at = known.unwrap_or_else(|| {
                sources.push(message.silent);
                sources.len() - 1
            });
            if sources[at].hear(&message.id, &message.testimony) {
                changed.push((strand, at));
            }
        }
        let silent = count - changed.len();
        changed.sort_unstable();
        changed.dedup();
        let states = changed
            .iter()
            .map(|(strand, at)| self.0[strand][*at].clone());
        (states.collect(), silent)
    }
}

/// What resolving came to.
struct Resolved {
    memory: Memory,
    messages: usize,
    states: usize,
    commands: Vec<Duration>,
}

impl Resolved {
    fn took(&self) -> Duration {
        self.commands.iter().sum()
    }
}

/// Resolves the messages of so many replicas.
fn resolve(stream: &Stream, replicas: usize, rules: &Rules) -> Resolved {
    let (mut memory, mut strands) = (Memory::default(), Strands::default());
    let (mut messages, mut states, mut commands) = (0, 0, Vec::new());
    for start in (0..stream.len(replicas)).step_by(COMMAND_MESSAGES) {
        // Making messages is not measured.
        let heard = stream.messages(replicas, start..start + COMMAND_MESSAGES, rules);
        messages += heard.len();
        let begun = Instant::now();
        let (changed, _) = strands.hear(heard);
        states += changed.len();
        let Ok(effects) = Resolver::new(&memory, rules).observe(&changed);
        settle(&mut memory, effects, rules);
        commands.push(begun.elapsed());
    }
    Resolved {
        memory,
        messages,
        states,
        commands,
    }
}

/// Does what was decided, and what was put off: that is part of the price.
pub(crate) fn settle(memory: &mut Memory, effects: Effects, rules: &Rules) {
    let mut is_pending = effects.pending;
    memory.apply(effects);
    while is_pending {
        let Ok(effects) = Resolver::new(&*memory, rules).step();
        memory.apply(effects);
        let Ok(left) = Resolver::new(&*memory, rules).pending(1);
        is_pending = !left.is_empty();
    }
}

/// How long it takes to look the same rows up and put them into a hash map, in no order.
fn floor(memory: &Memory) -> Duration {
    let mut rows: Vec<(RowKey, RowValue)> = memory
        .rows()
        .map(|(key, value)| (*key, value.clone()))
        .collect();
    rows.shuffle(&mut ChaCha8Rng::seed_from_u64(5));
    let begun = Instant::now();
    let mut map = HashMap::new();
    for (key, value) in rows {
        map.entry(key).or_insert(value);
    }
    let took = begun.elapsed();
    drop(black_box(map));
    took
}

/// How many of a hundred messages tell nothing new, change no more than their evidence, or change the graph.
fn shares(stream: &Stream, rules: &Rules) -> [f64; 3] {
    let (mut memory, mut strands) = (Memory::default(), Strands::default());
    let mut counts = [0_usize; 3];
    for place in 0..stream.len(1) {
        let (changed, silent) = strands.hear(stream.messages(1, place..place + 1, rules));
        counts[0] += silent;
        let Ok(effects) = Resolver::new(&memory, rules).observe(&changed);
        if !changed.is_empty() {
            counts[if effects.writes.len() == 1 { 1 } else { 2 }] += 1;
        }
        settle(&mut memory, effects, rules);
    }
    counts.map(|count| 100.0 * count as f64 / stream.len(1) as f64)
}

/// Resident bytes of this process, where the system tells.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib << 10)
}

/// Measures from the smallest number of identifiers to the largest, each ten times the one before.
pub(crate) fn bench(stream: &Stream, smallest: usize, largest: usize, rules: &Rules) {
    println!(
        "resolve in memory, one thread: the {} of {} messages and {} identifiers, replicated; no cache",
        stream.name,
        stream.len(1),
        stream.identifiers
    );
    let [silent, alone, graph] = shares(stream, rules);
    println!(
        "  {silent:.1} % of the messages tell nothing new, {alone:.1} % change their evidence only, {graph:.1} % the graph"
    );
    println!(
        "  identifiers    messages  states of evidence        rows  messages/s  x floor  bytes each  a command of {COMMAND_MESSAGES}"
    );
    let mut wanted = smallest;
    while wanted <= largest {
        let replicas = wanted.div_ceil(stream.identifiers);
        let before = resident();
        let resolved = resolve(stream, replicas, rules);
        let identifiers = stream.identifiers * replicas;
        let bytes = match (before, resident()) {
            (Some(before), Some(after)) => {
                format!("{}", after.saturating_sub(before) / identifiers)
            }
            _ => "unknown".to_owned(),
        };
        let took = resolved.took().as_secs_f64();
        let ratio = floor(&resolved.memory).as_secs_f64() / took;
        println!(
            "  {identifiers:>11}  {:>10}  {:>18}  {:>10}  {:>10.0}  {ratio:>7.3}  {bytes:>10}  {}",
            resolved.messages,
            resolved.states,
            resolved.memory.rows().count(),
            resolved.messages as f64 / took,
            Latencies::from_iter(resolved.commands),
        );
        wanted *= 10;
    }
}
