//! Repair: a link comes to a profile of so many people's nodes, or leaves it; the whole profile is
//! computed again.

use acquaint_benches::identity::{Stream, evidence, finish};
use acquaint_identity::{Evidence, Memory, Resolver, Rules};
use divan::Bencher;

/// People's nodes of the profile; the login is one of them.
const NODES: [usize; 5] = [4, 16, 64, 256, 1_024];

/// Rules under which a login may have any number of mailboxes.
fn without_caps() -> Rules {
    let mut rules = Stream::rules();
    rules.profile_nodes_max = u32::MAX;
    for namespace in &mut rules.namespaces {
        namespace.per_profile_max = u32::MAX;
        namespace.neighbours_max.fill(u32::MAX);
    }
    rules
}

fn mailbox(number: usize) -> Evidence {
    let email = format!("mail{number}@example.com");
    evidence(&[("user_id", "ada"), ("email", &email)], 20_000)
}

fn observe(memory: &mut Memory, evidence: Evidence, rules: &Rules) {
    let Ok(effects) = Resolver::new(&*memory, rules).observe(&[evidence]);
    finish(memory, effects, rules);
}

fn profile(nodes: usize, rules: &Rules) -> Memory {
    let mut memory = Memory::default();
    for number in 1..nodes {
        observe(&mut memory, mailbox(number), rules);
    }
    memory
}

#[divan::bench(args = NODES, sample_size = 1)]
fn mailbox_comes(bencher: Bencher, nodes: usize) {
    let rules = without_caps();
    let profile = profile(nodes, &rules);
    bencher
        .with_inputs(|| (profile.clone(), mailbox(nodes)))
        .bench_local_values(|(mut memory, mailbox)| {
            observe(&mut memory, mailbox, &rules);
            memory
        });
}

#[divan::bench(args = NODES, sample_size = 1)]
fn mailbox_leaves(bencher: Bencher, nodes: usize) {
    let rules = without_caps();
    let profile = profile(nodes + 1, &rules);
    let last = mailbox(nodes);
    bencher
        .with_inputs(|| profile.clone())
        .bench_local_refs(|memory| {
            let Ok(effects) = Resolver::new(&*memory, &rules).retract(last.strand, &last.source);
            finish(memory, effects, &rules);
        });
}
