//! A link comes and goes in a profile of so many people's nodes: all of it is looked at, twice.

use std::time::Instant;

use acquaint_bench::Latencies;
use acquaint_identity::{Evidence, Memory, Resolver, Rules};

use crate::resolve::settle;
use crate::stream::evidence;

/// People's nodes of the profile.
const NODES: [usize; 5] = [4, 16, 64, 256, 1_024];
const ROUNDS: usize = 200;

/// Rules under which a login may have any number of mailboxes.
fn without_caps(rules: &Rules) -> Rules {
    let mut rules = rules.clone();
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

pub(crate) fn bench(rules: &Rules) {
    let rules = without_caps(rules);
    println!(
        "repair in memory: a login with one mailbox more, then one fewer; {ROUNDS} rounds, caps lifted"
    );
    for nodes in NODES {
        let mut memory = Memory::default();
        // The login is one of the nodes.
        for number in 1..nodes {
            let Ok(effects) = Resolver::new(&memory, &rules).observe(&[mailbox(number)]);
            settle(&mut memory, effects, &rules);
        }
        let (mut coming, mut going) = (Vec::new(), Vec::new());
        let other = mailbox(nodes);
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            let Ok(effects) = Resolver::new(&memory, &rules).observe(std::slice::from_ref(&other));
            settle(&mut memory, effects, &rules);
            coming.push(begun.elapsed());
            let begun = Instant::now();
            let Ok(effects) = Resolver::new(&memory, &rules).retract(other.strand, &other.source);
            settle(&mut memory, effects, &rules);
            going.push(begun.elapsed());
        }
        println!("  {nodes:>5} nodes  comes {}", Latencies::from_iter(coming));
        println!("               goes {}", Latencies::from_iter(going));
    }
}
