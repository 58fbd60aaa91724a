//! A profile of a thousand identifiers is taken apart by an operator and put together again.

use std::time::{Duration, Instant};

use acquaint_bench::Latencies;
use acquaint_identity::{
    Evidence, EvidenceIdentifier, Fact, FactId, Memory, Resolver, Rules, Statement, Undo,
};

use crate::resolve::settle;
use crate::stream::{evidence, identifier};

const IDENTIFIERS: usize = 1_000;
const ROUNDS: usize = 200;

/// A login with its phones, devices and browsers, and a mailbox with as many; both were seen together.
fn person() -> Vec<Evidence> {
    let mut said = vec![evidence(&[("user_id", "ada"), ("email", EMAIL)], 20_000)];
    for number in 0..IDENTIFIERS - 2 {
        let whose = if number % 2 == 0 {
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
        said.push(evidence(&[whose, (namespace, &value)], day));
    }
    said
}

const EMAIL: &str = "ada@example.com";

fn separation(number: u128) -> Fact {
    let end = |namespace, value| -> EvidenceIdentifier { identifier(namespace, value) };
    Fact {
        id: FactId(number.to_be_bytes()),
        statement: Statement::NeverLink(end("user_id", "ada"), end("email", EMAIL)),
        author: "bench".to_owned(),
        reason: "two people".to_owned(),
        at_ms: 1,
    }
}

fn taken<T, R>(outcome: Result<T, R>) -> T {
    outcome.ok().expect("the fact is new, and its ends are two")
}

pub(crate) fn bench(rules: &Rules) {
    let mut memory = Memory::default();
    for one in person() {
        let Ok(effects) = Resolver::new(&memory, rules).observe(&[one]);
        settle(&mut memory, effects, rules);
    }
    let profile = |memory: &Memory| {
        let Ok(profiles) = Resolver::new(memory, rules).profiles(None, usize::MAX);
        let sizes = profiles.iter().map(|profile| profile.members.len());
        (profiles.len(), sizes.max().unwrap_or(0))
    };
    let (profiles, members) = profile(&memory);
    println!("un-merge in memory: {profiles} profile of {members} identifiers, {ROUNDS} rounds");
    let (mut apart, mut together): (Vec<Duration>, Vec<Duration>) = (Vec::new(), Vec::new());
    let undo = Undo {
        author: "bench".to_owned(),
        reason: "one after all".to_owned(),
        at_ms: 2,
    };
    for round in 0..ROUNDS {
        let fact = separation(u128::try_from(round).expect("a small number"));
        let begun = Instant::now();
        let Ok(outcome) = Resolver::new(&memory, rules).fact(&fact);
        settle(&mut memory, taken(outcome), rules);
        apart.push(begun.elapsed());
        if round == 0 {
            let (profiles, members) = profile(&memory);
            println!("  apart: {profiles} profiles, the larger of {members} identifiers");
        }
        let begun = Instant::now();
        let Ok(outcome) = Resolver::new(&memory, rules).undo(fact.id, &undo);
        settle(&mut memory, taken(outcome), rules);
        together.push(begun.elapsed());
    }
    println!("  never-link  {}", Latencies::from_iter(apart));
    println!("  its undo    {}", Latencies::from_iter(together));
}
