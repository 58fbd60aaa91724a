//! Partitions computed in memory, beside the node's.

use std::convert::Infallible;

use acquaint_identity::{Effects, Evidence, Fact, Memory, Resolver, Rules};
use anyhow::{anyhow, bail};

/// Steps after which a computation is given up: far more than any evidence needs.
const STEPS_MAX: u32 = 1_000_000;

/// States of evidence that are worked in at once.
const BATCH: usize = 256;

/// What these rules make of the evidence and the facts.
pub(super) fn partition(
    rules: &Rules,
    evidence: &[Evidence],
    facts: &[Fact],
) -> anyhow::Result<Memory> {
    let mut memory = Memory::default();
    for batch in evidence.chunks(BATCH) {
        memory.apply(observed(&memory, rules, batch));
    }
    for fact in facts {
        take_fact(&mut memory, rules, fact)?;
    }
    finish(&mut memory, rules)?;
    Ok(memory)
}

/// What a batch of evidence changes.
pub(super) fn observed(memory: &Memory, rules: &Rules, batch: &[Evidence]) -> Effects {
    infallible(Resolver::new(memory, rules).observe(batch))
}

/// Takes a fact that the node has taken before.
pub(super) fn take_fact(memory: &mut Memory, rules: &Rules, fact: &Fact) -> anyhow::Result<()> {
    let effects = infallible(Resolver::new(memory, rules).fact(fact));
    memory.apply(effects.map_err(|refusal| anyhow!("a fact was refused: {refusal}"))?);
    Ok(())
}

/// Does what was put off: only a partition for which nothing is pending can be compared.
pub(super) fn finish(memory: &mut Memory, rules: &Rules) -> anyhow::Result<()> {
    for _ in 0..STEPS_MAX {
        if infallible(Resolver::new(memory, rules).pending(1)).is_empty() {
            return Ok(());
        }
        let effects = infallible(Resolver::new(memory, rules).step());
        memory.apply(effects);
    }
    bail!("work is still pending after {STEPS_MAX} steps")
}

/// Memory can always be read.
pub(super) fn infallible<T>(result: Result<T, Infallible>) -> T {
    match result {
        Ok(value) => value,
        Err(never) => match never {},
    }
}
