//! Un-merge: an operator separates a profile of a thousand identifiers, half of them on each side,
//! and joins it again.

use acquaint_benches::identity::{Stream, evidence, finish, identifier};
use acquaint_identity::{
    Effects, Evidence, Fact, FactId, Memory, Resolver, Rules, Statement, Undo,
};
use divan::Bencher;

const IDENTIFIERS: usize = 1_000;
const EMAIL: &str = "ada@example.com";
const FACT: FactId = FactId([1; 16]);

/// A login with its phones, devices and browsers, and a mailbox with as many; both were seen
/// together.
fn person() -> Vec<Evidence> {
    let mut said = vec![evidence(&[("user_id", "ada"), ("email", EMAIL)], 20_000)];
    for number in 0..IDENTIFIERS - 2 {
        let side = if number % 2 == 0 {
            ("user_id", "ada")
        } else {
            ("email", EMAIL)
        };
        let (namespace, value) = match number {
            0..4 => ("phone", format!("+1212555{number:04}")),
            4..8 => ("loyalty_id", format!("card-{number}")),
            8..48 => ("device_id", format!("device-{number}")),
            48..148 => ("advertising_id", format!("ad-{number}")),
            _ => ("anonymous_id", format!("browser-{number}")),
        };
        let day = 20_000 + u32::try_from(number).expect("a small number");
        said.push(evidence(&[side, (namespace, &value)], day));
    }
    said
}

fn joined(rules: &Rules) -> Memory {
    let mut memory = Memory::default();
    for one in person() {
        let Ok(effects) = Resolver::new(&memory, rules).observe(&[one]);
        finish(&mut memory, effects, rules);
    }
    assert_eq!(profiles(&memory, rules), 1);
    memory
}

fn profiles(memory: &Memory, rules: &Rules) -> usize {
    let Ok(profiles) = Resolver::new(memory, rules).profiles(None, usize::MAX);
    profiles.len()
}

fn accepted<R>(outcome: Result<Effects, R>) -> Effects {
    outcome.ok().expect("the fact is new, and its ends are two")
}

fn separate(memory: &mut Memory, rules: &Rules) {
    let fact = Fact {
        id: FACT,
        statement: Statement::NeverLink(identifier("user_id", "ada"), identifier("email", EMAIL)),
        author: "bench".to_owned(),
        reason: "two people".to_owned(),
        at_ms: 1,
    };
    let Ok(outcome) = Resolver::new(&*memory, rules).fact(&fact);
    finish(memory, accepted(outcome), rules);
}

fn join(memory: &mut Memory, rules: &Rules) {
    let undo = Undo {
        author: "bench".to_owned(),
        reason: "one after all".to_owned(),
        at_ms: 2,
    };
    let Ok(outcome) = Resolver::new(&*memory, rules).undo(FACT, &undo);
    finish(memory, accepted(outcome), rules);
}

#[divan::bench(sample_size = 1)]
fn never_link(bencher: Bencher) {
    let rules = Stream::rules();
    let joined = joined(&rules);
    bencher
        .with_inputs(|| joined.clone())
        .bench_local_refs(|memory| separate(memory, &rules));
}

#[divan::bench(sample_size = 1)]
fn undo_of_never_link(bencher: Bencher) {
    let rules = Stream::rules();
    let mut apart = joined(&rules);
    separate(&mut apart, &rules);
    assert_eq!(profiles(&apart, &rules), 2);
    bencher
        .with_inputs(|| apart.clone())
        .bench_local_refs(|memory| join(memory, &rules));
}
