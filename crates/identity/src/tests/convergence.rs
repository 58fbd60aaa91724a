//! Invariants 1 and 2: the same set gives the same rows, and taking something back gives the rows of never having had it.

use crate::tests::seeds::for_seeds;
use crate::tests::{World, assert_same, from_scratch};
use crate::{Evidence, Fact, Resolver, RowKey, RowValue};

/// Every prefix of a stream, worked in piece by piece, is what computing it at once gives.
#[test]
fn incremental_equals_from_scratch_at_every_prefix() {
    for_seeds(60, |random| {
        let rules = random.rules();
        let mut world = World::new(rules.clone());
        let mut evidence = Vec::new();
        for _ in 0..24 {
            evidence.push(random.evidence());
            world.observe(&evidence[evidence.len() - 1..]);
            let scratch = from_scratch(&rules, &evidence, &[]);
            assert_same(
                &world,
                &scratch,
                &format!("after {} pieces", evidence.len()),
            );
        }
        counts_are_exact(&world);
    });
}

/// Order, duplicates, batches and states that come in parts change nothing.
#[test]
fn order_batches_and_duplicates_change_nothing() {
    for_seeds(60, |random| {
        let rules = random.rules();
        let evidence: Vec<Evidence> = (0..30).map(|_| random.evidence()).collect();
        let mut straight = World::new(rules.clone());
        straight.observe(&evidence);
        let mut shuffled = World::new(rules);
        let mut stream = evidence.clone();
        for evidence in &evidence {
            if random.one_in(3) {
                let mut part = evidence.clone();
                part.days.pop_first();
                part.first_names.clear();
                stream.push(part);
            }
            if random.one_in(3) {
                stream.push(evidence.clone());
            }
        }
        random.shuffle(&mut stream);
        let mut rest = stream.as_slice();
        while !rest.is_empty() {
            let (batch, after) = rest.split_at(rest.len().min(1 + random.below(24)));
            shuffled.observe(batch);
            rest = after;
        }
        assert_same(&shuffled, &straight, "shuffled");
        let again = Resolver::new(&shuffled.memory, &shuffled.rules)
            .observe(&evidence)
            .unwrap();
        assert!(
            again.writes.is_empty() && again.changes.is_empty(),
            "what is known writes nothing"
        );
    });
}

/// Evidence taken back, in any order, leaves nothing behind; hubs turn back into links.
#[test]
fn retracting_is_never_having_had_it() {
    for_seeds(60, |random| {
        let rules = random.rules();
        let mut evidence: Vec<Evidence> = (0..30).map(|_| random.evidence()).collect();
        let mut world = World::new(rules.clone());
        world.observe(&evidence);
        random.shuffle(&mut evidence);
        while let Some(taken) = evidence.pop() {
            let key = (taken.strand, taken.source.clone());
            evidence.retain(|other| (other.strand, other.source.clone()) != key);
            world.retract(&taken);
            let scratch = from_scratch(&rules, &evidence, &[]);
            assert_same(&world, &scratch, &format!("with {} left", evidence.len()));
        }
        assert!(world.partition().is_empty());
    });
}

/// Facts and evidence interleaved, some facts withdrawn: what remains in force decides.
#[test]
fn facts_and_undo_converge() {
    for_seeds(60, |random| {
        let rules = random.rules();
        let mut world = World::new(rules.clone());
        let mut evidence: Vec<Evidence> = Vec::new();
        let mut facts: Vec<Fact> = Vec::new();
        for number in 0..40u8 {
            match random.below(5) {
                0 if !facts.is_empty() => {
                    let fact = facts.swap_remove(random.below(facts.len()));
                    world.undo(fact.id.0[0]);
                    world.fact(&fact); // said again, it stays withdrawn
                }
                1 => {
                    let fact = random.fact(number);
                    world.fact(&fact);
                    facts.push(fact);
                }
                2 if !evidence.is_empty() && random.one_in(2) => {
                    let taken = evidence.swap_remove(random.below(evidence.len()));
                    let key = (taken.strand, taken.source.clone());
                    evidence.retain(|other| (other.strand, other.source.clone()) != key);
                    world.retract(&taken);
                }
                _ => {
                    evidence.push(random.evidence());
                    world.observe(&evidence[evidence.len() - 1..]);
                }
            }
            let mut order = facts.clone();
            random.shuffle(&mut order);
            let scratch = from_scratch(&rules, &evidence, &order);
            assert_same(&world, &scratch, &format!("after {number}"));
        }
        counts_are_exact(&world);
    });
}

/// The counts on node rows are those of the rows that they count.
fn counts_are_exact(world: &World) {
    let mut links = std::collections::BTreeMap::new();
    let mut traits = std::collections::BTreeMap::new();
    let mut candidates = std::collections::BTreeMap::new();
    for (key, _) in world.memory.rows() {
        match key {
            RowKey::Link { node, rank, .. } => *links.entry((*node, *rank)).or_insert(0) += 1,
            RowKey::Trait { node, .. } => *traits.entry(*node).or_insert(0) += 1,
            RowKey::Candidate { node, .. } => *candidates.entry(*node).or_insert(0) += 1,
            _ => {}
        }
    }
    for (key, value) in world.memory.rows() {
        let (RowKey::Node { node }, RowValue::Node(row)) = (key, value) else {
            continue;
        };
        for (rank, count) in &row.neighbours {
            assert_eq!(links.get(&(*node, *rank)), Some(count));
        }
        assert_eq!(traits.get(node).copied().unwrap_or(0), row.traits);
        assert_eq!(candidates.get(node).copied().unwrap_or(0), row.candidates);
    }
}
