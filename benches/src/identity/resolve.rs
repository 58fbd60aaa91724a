//! Messages resolved in memory, on one thread: testimony → evidence of the strand → changed? →
//! resolver.

use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use acquaint_identity::{Effects, Evidence, Memory, Resolver, RowKey, RowValue, Rules, StrandId};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::{Message, Stream};
use acquaint_bench::Latencies;

/// Messages in one command, as the outbox of an anchors group delivers them.
pub const COMMAND_MESSAGES: usize = 1_000;

/// The state that anchors groups keep for identity: the evidence of every strand by source.
#[derive(Default)]
pub struct Strands(HashMap<StrandId, Vec<Evidence>>);

impl Strands {
    /// Adds messages. Returns the states of evidence that changed, each once, and the number of
    /// messages without effect.
    pub fn add(&mut self, messages: Vec<Message>) -> (Vec<Evidence>, usize) {
        let mut changed: Vec<(StrandId, usize)> = Vec::new();
        let count = messages.len();
        for message in messages {
            let strand = message.silent.strand;
            let sources = self.0.entry(strand).or_default();
            let known = sources
                .iter()
                .position(|one| one.source == message.silent.source);
            let index = known.unwrap_or_else(|| {
                sources.push(message.silent);
                sources.len() - 1
            });
            if sources[index].hear(&message.testimony) {
                changed.push((strand, index));
            }
        }
        let without_effect = count - changed.len();
        changed.sort_unstable();
        changed.dedup();
        let states = changed
            .iter()
            .map(|(strand, index)| self.0[strand][*index].clone());
        (states.collect(), without_effect)
    }
}

/// The result of resolving a stream.
pub struct Resolved {
    /// Distinct identifiers.
    pub identifiers: usize,
    /// Messages.
    pub messages: usize,
    /// States of evidence that reached the resolver.
    pub states: usize,
    /// Rows at the end.
    pub rows: usize,
    /// The time of all commands together.
    pub took: Duration,
    /// The time to look the same rows up and put each once into a hash map, in random order.
    pub floor: Duration,
    /// The time of each command of [`COMMAND_MESSAGES`] messages.
    pub commands: Latencies,
    /// Resident memory per identifier, where the system reports it: rows, and the evidence of every
    /// strand.
    pub bytes_per_identifier: Option<usize>,
}

impl Resolved {
    /// Messages resolved per second.
    pub fn messages_per_second(&self) -> f64 {
        self.messages as f64 / self.took.as_secs_f64()
    }

    /// The same rate if every message cost its share of the floor only.
    pub fn floor_messages_per_second(&self) -> f64 {
        self.messages as f64 / self.floor.as_secs_f64()
    }

    /// The measured rate as a share of the floor's rate.
    pub fn share_of_floor(&self) -> f64 {
        self.floor.as_secs_f64() / self.took.as_secs_f64()
    }
}

/// Resolves as many replicas of the stream as it takes to have at least so many identifiers.
pub fn resolve_identifiers(stream: &Stream, identifiers: usize, rules: &Rules) -> Resolved {
    resolve(stream, identifiers.div_ceil(stream.identifiers), rules)
}

/// Resolves the messages of so many replicas of the stream, one command after the other.
pub fn resolve(stream: &Stream, replicas: usize, rules: &Rules) -> Resolved {
    let resident_before = resident();
    let (mut memory, mut strands) = (Memory::default(), Strands::default());
    let (mut messages, mut states, mut commands) = (0, 0, Vec::new());
    for start in (0..stream.len(replicas)).step_by(COMMAND_MESSAGES) {
        // Making messages is not measured.
        let added = stream.messages(replicas, start..start + COMMAND_MESSAGES, rules);
        messages += added.len();
        let begun = Instant::now();
        let (changed, _) = strands.add(added);
        states += changed.len();
        let Ok(effects) = Resolver::new(&memory, rules).observe(&changed);
        finish(&mut memory, effects, rules);
        commands.push(begun.elapsed());
    }
    let identifiers = stream.identifiers * replicas;
    let grown = resident_before
        .zip(resident())
        .map(|(before, after)| after.saturating_sub(before));
    drop(strands);
    Resolved {
        identifiers,
        messages,
        states,
        rows: memory.rows().count(),
        took: commands.iter().sum(),
        floor: floor(&memory),
        commands: Latencies::from_iter(commands),
        bytes_per_identifier: grown.map(|bytes| bytes / identifiers),
    }
}

/// Applies a decision, then the steps that it put off: they are part of its cost.
pub fn finish(memory: &mut Memory, effects: Effects, rules: &Rules) {
    let mut is_pending = effects.pending;
    memory.apply(effects);
    while is_pending {
        let Ok(effects) = Resolver::new(&*memory, rules).step();
        memory.apply(effects);
        let Ok(left) = Resolver::new(&*memory, rules).pending(1);
        is_pending = !left.is_empty();
    }
}

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

/// Effects of single messages, in percent of all messages.
pub struct Shares {
    /// Messages without any effect.
    pub nothing: f64,
    /// Messages that change the evidence of their strand and no other row.
    pub evidence_only: f64,
    /// Messages that change the graph.
    pub graph: f64,
}

/// Resolves the stream once, message by message, and classifies the effects.
pub fn shares(stream: &Stream, rules: &Rules) -> Shares {
    let (mut memory, mut strands) = (Memory::default(), Strands::default());
    let (mut nothing, mut evidence_only, mut graph) = (0, 0, 0);
    for index in 0..stream.len(1) {
        let (changed, without_effect) = strands.add(stream.messages(1, index..index + 1, rules));
        nothing += without_effect;
        let Ok(effects) = Resolver::new(&memory, rules).observe(&changed);
        match effects.writes.len() {
            _ if changed.is_empty() => {}
            1 => evidence_only += 1,
            _ => graph += 1,
        }
        finish(&mut memory, effects, rules);
    }
    let percent = |count: usize| 100.0 * count as f64 / stream.len(1) as f64;
    Shares {
        nothing: percent(nothing),
        evidence_only: percent(evidence_only),
        graph: percent(graph),
    }
}

/// Resident bytes of this process, where the system reports them.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib << 10)
}
