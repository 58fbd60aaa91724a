//! Runs a script, and says what is wrong at the first check that finds something.

use std::collections::BTreeSet;

use crate::tests::graphs::script::{Event, Script};
use crate::tests::graphs::{coverage, oracle};
use crate::tests::{World, difference, from_scratch, outdated, unsettled};
use crate::{Effects, Evidence, Fact, FactId, Rules, Undo};

/// Steps that finish anything in a small world.
const STEPS_MAX: u32 = 10_000;

/// A world with what it was told.
struct Told {
    world: World,
    evidence: Vec<Evidence>,
    facts: Vec<Fact>,
    withdrawn: BTreeSet<FactId>,
}

/// Runs a script; every check in it, and one at the end.
pub(crate) fn run(script: &Script) -> Result<World, String> {
    let mut told = Told {
        world: World::new(script.rules()),
        evidence: Vec::new(),
        facts: Vec::new(),
        withdrawn: BTreeSet::new(),
    };
    for (number, event) in script.events.iter().enumerate() {
        let at = |wrong| format!("at event {number}: {wrong}");
        told.take(event).map_err(at)?;
        coverage::everybody_is_found(&told.world).map_err(at)?;
        outdated(&told.world).map_or(Ok(()), |wrong| Err(at(wrong)))?;
    }
    told.check()
        .map_err(|wrong| format!("at the end: {wrong}"))?;
    told.world.rules = told.generous();
    let again = told.world.resolver().observe(&told.evidence).unwrap();
    if !again.writes.is_empty() || !again.changes.is_empty() {
        return Err(format!("what is known writes {:?}", again.writes));
    }
    match unsettled(&told.world) {
        Some(row) => Err(format!("at the end: {row}")),
        None => Ok(told.world),
    }
}

impl Told {
    fn take(&mut self, event: &Event) -> Result<(), String> {
        match event {
            Event::See(batch) => {
                self.evidence.extend_from_slice(batch);
                self.world.observe(batch);
            }
            Event::Forget(taken) => {
                let of = |other: &Evidence| (other.strand, other.source.clone());
                self.evidence.retain(|other| of(other) != of(taken));
                self.world.retract(taken);
            }
            Event::Fact(fact) => {
                let effects = self.world.resolver().fact(fact).unwrap();
                let is_known = self.withdrawn.contains(&fact.id) || self.facts.contains(fact);
                self.apply(effects);
                if !is_known {
                    self.facts.push(fact.clone());
                }
            }
            Event::Undo(number) => {
                let id = FactId([*number; 16]);
                let undo = Undo {
                    author: "operator".to_owned(),
                    reason: "mistaken".to_owned(),
                    at_ms: 0,
                };
                let effects = self.world.resolver().undo(id, &undo).unwrap();
                self.apply(effects);
                if self.facts.iter().any(|fact| fact.id == id) {
                    self.facts.retain(|fact| fact.id != id);
                    self.withdrawn.insert(id);
                }
            }
            Event::Check => return self.check(),
        }
        Ok(())
    }

    /// A refusal changes nothing. (A world made smaller undoes facts that nobody stated.)
    fn apply<E>(&mut self, outcome: Result<Effects, E>) {
        if let Ok(effects) = outcome {
            self.world.memory.apply(effects);
        }
    }

    fn check(&mut self) -> Result<(), String> {
        self.settle()?;
        let scratch = from_scratch(&self.generous(), &self.evidence, &self.facts);
        if let Some(difference) = difference(&self.world, &scratch) {
            return Err(format!(
                "not what computing all at once gives: {difference}"
            ));
        }
        coverage::check(&self.world)?;
        oracle::check(&self.world)
    }

    /// The rules without a bound on what one command does.
    fn generous(&self) -> Rules {
        Rules {
            work_max: u32::MAX,
            region_nodes_max: u32::MAX >> 8,
            ..self.world.rules.clone()
        }
    }

    fn settle(&mut self) -> Result<(), String> {
        for _ in 0..STEPS_MAX {
            if self.world.resolver().pending(1).unwrap().is_empty() {
                return Ok(());
            }
            let effects = self.world.resolver().step().unwrap();
            self.world.memory.apply(effects);
        }
        Err("the steps do not end".to_owned())
    }
}
