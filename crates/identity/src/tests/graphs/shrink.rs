//! Makes a script that fails as small as it gets.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::Evidence;
use crate::tests::graphs::run::run;
use crate::tests::graphs::script::{Event, Script};
use crate::tests::seen;

/// What is wrong with a script; a panic is wrong, too.
pub(crate) fn wrong(script: &Script) -> Option<String> {
    match catch_unwind(AssertUnwindSafe(|| run(script))) {
        Ok(Ok(_)) => None,
        Ok(Err(wrong)) => Some(wrong),
        Err(_) => Some("it panicked".to_owned()),
    }
}

/// The smallest script found that fails, whatever with.
pub(crate) fn shrink(mut script: Script) -> Script {
    loop {
        let before = script.to_string().len();
        script = without_lines(script);
        script = with_smaller_strands(script);
        if script.to_string().len() == before {
            return script;
        }
    }
}

/// Leaves lines out, many at first.
fn without_lines(mut script: Script) -> Script {
    let mut length = script.changes.len() + script.events.len();
    while length > 0 {
        let mut at = 0;
        while at < script.changes.len() + script.events.len() {
            let smaller = without(&script, at, length);
            if wrong(&smaller).is_some() {
                script = smaller;
            } else {
                at += length;
            }
        }
        length /= 2;
    }
    script
}

fn without(script: &Script, at: usize, length: usize) -> Script {
    let out = at..at + length;
    let first = script.changes.len();
    let kept = |place: &usize| !out.contains(place);
    let changes = (0..first).filter(kept).map(|place| script.changes[place]);
    let events = (first..first + script.events.len())
        .filter(kept)
        .map(|place| script.events[place - first].clone());
    Script {
        changes: changes.collect(),
        events: events.collect(),
    }
}

/// Leaves pieces of evidence, identifiers, days, names and dates out.
fn with_smaller_strands(mut script: Script) -> Script {
    for place in 0..script.events.len() {
        let mut at = 0;
        while let Event::See(batch) = &script.events[place] {
            let smaller = smaller(batch);
            let Some(batch) = smaller.get(at) else { break };
            let mut next = script.clone();
            next.events[place] = Event::See(batch.clone());
            if wrong(&next).is_some() {
                script = next;
            } else {
                at += 1;
            }
        }
    }
    script
}

/// Batches that are smaller by one thing.
fn smaller(batch: &[Evidence]) -> Vec<Vec<Evidence>> {
    let mut found = Vec::new();
    for (at, evidence) in batch.iter().enumerate() {
        let mut put = |one: Option<Evidence>| {
            let mut other = batch.to_vec();
            other.splice(at..=at, one);
            found.push(other);
        };
        if batch.len() > 1 {
            put(None);
        }
        for identifier in &evidence.identifiers {
            let left = evidence.identifiers.iter().filter(|i| *i != identifier);
            let left: Vec<&str> = left.map(|i| i.canonical.as_str()).collect();
            if !left.is_empty() {
                let strand = seen(&left.join(" "), &[]);
                put(Some(Evidence {
                    strand: strand.strand,
                    anchor: strand.anchor,
                    identifiers: strand.identifiers,
                    ..evidence.clone()
                }));
            }
        }
        for day in evidence.days.iter().filter(|_| evidence.days.len() > 1) {
            let mut other = evidence.clone();
            other.days.remove(day);
            for days in other
                .first_names
                .values_mut()
                .chain(other.birth_dates.values_mut())
            {
                *days = other.days.clone();
            }
            put(Some(other));
        }
        for value in evidence
            .first_names
            .keys()
            .chain(evidence.birth_dates.keys())
        {
            let mut other = evidence.clone();
            other.first_names.remove(value);
            other.birth_dates.remove(value);
            put(Some(other));
        }
        let plain = seen("u1", &[]);
        if evidence.source != plain.source || evidence.trust != plain.trust || evidence.alias {
            put(Some(Evidence {
                source: plain.source.clone(),
                ..evidence.clone()
            }));
            put(Some(Evidence {
                trust: plain.trust,
                ..evidence.clone()
            }));
            put(Some(Evidence {
                alias: false,
                ..evidence.clone()
            }));
        }
    }
    let same = batch.iter().map(|e| format!("{e:?}")).collect::<Vec<_>>();
    let mut known = BTreeSet::from([same]);
    found.retain(|batch| known.insert(batch.iter().map(|e| format!("{e:?}")).collect()));
    found
}
