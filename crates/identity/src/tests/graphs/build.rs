//! A partition built beside the serving one, while evidence and facts come in, is what its rules make of them at once.

use std::convert::Infallible;

use crate::tests::graphs::random::Random;
use crate::tests::graphs::seeds::each_seed;
use crate::tests::{World, difference, from_scratch};
use crate::{
    Build, Effects, Evidence, Fact, FactId, Memory, Reader, RowKey, RowPrefix, RowValue, Rules,
    Statement, Taken, Undo,
};

/// Steps that a small world can need at most.
const STEPS_MAX: usize = 10_000;

/// The inputs of one memory with the derived rows of another.
struct Beside<'a> {
    inputs: &'a Memory,
    derived: &'a Memory,
}

impl Reader for Beside<'_> {
    type Error = Infallible;

    fn get(&self, key: &RowKey) -> Result<Option<RowValue>, Infallible> {
        let rows = if key.is_input() {
            self.inputs
        } else {
            self.derived
        };
        rows.get(key)
    }

    fn scan(
        &self,
        prefix: &RowPrefix,
        after: Option<&RowKey>,
        limit: usize,
    ) -> Result<Vec<(RowKey, RowValue)>, Infallible> {
        let rows = if prefix.is_input() {
            self.inputs
        } else {
            self.derived
        };
        rows.scan(prefix, after, limit)
    }
}

/// A serving world with another one being built under other rules.
struct Twins {
    serving: World,
    building: World,
    taken: Taken,
}

impl Twins {
    fn new(serving: Rules, building: Rules) -> Self {
        Self {
            serving: World::new(serving),
            building: World::new(building),
            taken: Taken::NOTHING,
        }
    }

    /// What the serving world decides, and what the other makes of it, before either is written.
    fn decide(&mut self, decided: &Effects) {
        let rows = Beside {
            inputs: &self.serving.memory,
            derived: &self.building.memory,
        };
        let followed = Build::new(&rows, &self.building.rules, self.taken)
            .follow(decided)
            .unwrap();
        self.serving.memory.apply(decided.clone());
        self.building.memory.apply(followed);
    }

    fn advance(&mut self) {
        let rows = Beside {
            inputs: &self.serving.memory,
            derived: &self.building.memory,
        };
        let advance = Build::new(&rows, &self.building.rules, self.taken)
            .advance()
            .unwrap();
        self.building.memory.apply(advance.effects);
        self.taken = advance.taken;
    }

    fn is_ready(&self) -> bool {
        let rows = Beside {
            inputs: &self.serving.memory,
            derived: &self.building.memory,
        };
        Build::new(&rows, &self.building.rules, self.taken)
            .is_ready()
            .unwrap()
    }

    fn step(&mut self) {
        let decided = self.serving.resolver().step().unwrap();
        self.decide(&decided);
    }

    fn finish(&mut self) {
        for _ in 0..STEPS_MAX {
            if !self.serving.resolver().pending(1).unwrap().is_empty() {
                self.step();
            } else if self.is_ready() {
                return;
            } else {
                self.advance();
            }
        }
        panic!("not ready after {STEPS_MAX} steps");
    }

    /// The world as it would serve.
    fn switched(&self) -> World {
        let mut world = World::new(self.building.rules.clone());
        let inputs = self.serving.memory.rows().filter(|(key, _)| key.is_input());
        let rows = inputs.chain(self.building.memory.rows());
        world.memory.apply(Effects {
            writes: rows
                .map(|(key, value)| (*key, Some(value.clone())))
                .collect(),
            ..Effects::default()
        });
        world
    }
}

/// Evidence and facts come and go, and steps of both come between, in any order.
#[test]
fn what_is_built_under_load_is_what_the_rules_give() {
    each_seed(60, |random| {
        let (serving, mut building) = (random.script().rules(), random.script().rules());
        if random.one_in(2) {
            building.work_max = u32::try_from(1 + random.below(60)).unwrap();
        }
        let mut twins = Twins::new(serving, building.clone());
        let mut evidence: Vec<Evidence> = Vec::new();
        let mut facts: Vec<Fact> = Vec::new();
        for number in 0..60u8 {
            change(random, number, &mut twins, &mut evidence, &mut facts);
            // Half of the story is over when building begins.
            if number >= 30 && random.one_in(2) {
                twins.advance();
            }
            if random.one_in(2) {
                twins.step();
            }
        }
        twins.finish();
        building.work_max = Rules::standard(&crate::tests::NAMESPACES).work_max;
        let scratch = from_scratch(&building, &evidence, &facts);
        assert_eq!(difference(&twins.switched(), &scratch), None);
    });
}

fn change(
    random: &mut Random,
    number: u8,
    twins: &mut Twins,
    evidence: &mut Vec<Evidence>,
    facts: &mut Vec<Fact>,
) {
    let resolver = twins.serving.resolver();
    let decided = match random.below(6) {
        0 if !facts.is_empty() => {
            let fact = facts.swap_remove(random.below(facts.len()));
            let undo = Undo {
                author: "operator".to_owned(),
                reason: "mistaken".to_owned(),
                at_ms: 0,
            };
            resolver.undo(fact.id, &undo).unwrap().unwrap()
        }
        1 => {
            let mut fact = random.fact(number);
            // Ids are not in order of time, so that some come before what is taken.
            fact.id = FactId([number.reverse_bits(); 16]);
            facts.push(fact.clone());
            resolver.fact(&fact).unwrap().unwrap()
        }
        2 if !evidence.is_empty() && !is_revoked(facts) => {
            let taken = evidence.swap_remove(random.below(evidence.len()));
            let key = (taken.strand, taken.source.clone());
            evidence.retain(|other| (other.strand, other.source.clone()) != key);
            resolver.retract(taken.strand, &taken.source).unwrap()
        }
        _ => {
            evidence.push(random.evidence());
            resolver.observe(&evidence[evidence.len() - 1..]).unwrap()
        }
    };
    twins.decide(&decided);
}

/// Taking evidence back that is withheld is tested elsewhere.
fn is_revoked(facts: &[Fact]) -> bool {
    facts
        .iter()
        .any(|fact| matches!(fact.statement, Statement::Revoke(_)))
}

/// Before anything is taken, nothing is derived, whatever comes in.
#[test]
fn what_is_not_taken_yet_is_not_followed() {
    let mut random = Random::new(7);
    let mut twins = Twins::new(random.script().rules(), random.script().rules());
    for _ in 0..8 {
        let evidence = random.evidence();
        let decided = twins.serving.resolver().observe(&[evidence]).unwrap();
        twins.decide(&decided);
    }
    assert_eq!(twins.building.memory.rows().count(), 0);
    assert_eq!(twins.taken.per_mille(), 0);
    assert!(!twins.is_ready());
    twins.finish();
    assert_eq!(twins.taken, Taken::All);
    assert_eq!(twins.taken.per_mille(), 1_000);
}
