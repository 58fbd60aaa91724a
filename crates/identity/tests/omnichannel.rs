//! The sample, in several orders and with duplicates: one partition, nothing pending, people kept apart.
//!
//! The sample stands beside the repository; without it the test says that it was skipped.

#![allow(clippy::unwrap_used)]

use acquaint_identity::{Evidence, Memory, Resolver, RowValue, Rules};

#[allow(
    dead_code,
    reason = "the example that scores the sample reads more of it"
)]
#[path = "../examples/omnichannel/sample.rs"]
mod sample;

/// Messages that are worked in: enough for kiosks to become hubs, few enough for CI.
const MESSAGES: usize = 8_000;
/// Messages in one call.
const BATCH: usize = 100;

fn resolve(evidence: &[Evidence], rules: &Rules) -> Memory {
    let mut memory = Memory::default();
    for batch in evidence.chunks(BATCH) {
        let effects = Resolver::new(&memory, rules).observe(batch).unwrap();
        memory.apply(effects);
    }
    memory
}

#[test]
fn every_order_gives_one_partition() {
    let directory = sample::directory();
    if !directory.is_dir() {
        eprintln!("SKIPPED: there is no sample at {}", directory.display());
        return;
    }
    let rules = Rules::standard(&sample::NAMESPACES);
    let messages = sample::messages(&directory).into_iter().take(MESSAGES);
    let mut evidence: Vec<Evidence> = messages.map(|message| message.evidence).collect();
    let in_order = resolve(&evidence, &rules);
    evidence.reverse();
    assert!(resolve(&evidence, &rules) == in_order, "in reverse order");
    evidence.extend(evidence.clone().into_iter().step_by(3));
    evidence.sort_by_cached_key(|one| {
        (
            one.strand,
            one.days.first().map(|day| day.0 % 7),
            one.source.clone(),
        )
    });
    assert!(
        resolve(&evidence, &rules) == in_order,
        "sorted by strand, with duplicates"
    );

    let resolver = Resolver::new(&in_order, &rules);
    assert!(resolver.pending(1).unwrap().is_empty());
    for profile in resolver.profiles(None, usize::MAX).unwrap() {
        let logins = profile
            .members
            .iter()
            .filter(|member| member.rank.0 == 0)
            .count();
        // Two only when the first was given up before the second was made.
        assert!(logins <= 2, "{} is several people", profile.root);
    }
    assert!(
        in_order
            .rows()
            .any(|(_, value)| matches!(value, RowValue::Candidate(_)))
    );
}
