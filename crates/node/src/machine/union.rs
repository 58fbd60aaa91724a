//! The union of two states of one (strand, source), and whether it said anything new.
//!
//! - Commutative, associative, idempotent: order and duplicates do not show.
//! - The bounds keep the smallest, so that they are order-free too: what is among the smallest of all was among the smallest
//!   of every part, and has lost nothing.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_identity::{Day, Evidence, SAMPLES_MAX};

/// Distinct first names, and distinct birth dates, that one (strand, source) keeps. More than these is a shared device or a
/// broken sender, which is known long before.
const VALUES_MAX: usize = 16;

/// Adds what `new` says to `known`; false when `known` said it all.
pub(super) fn union(known: &mut Evidence, new: &Evidence) -> bool {
    let mut changed = false;
    if new.trust > known.trust {
        known.trust = new.trust;
        changed = true;
    }
    if new.alias && !known.alias {
        known.alias = true;
        changed = true;
    }
    for day in &new.days {
        changed |= known.days.insert(*day);
    }
    changed |= values(&mut known.first_names, &new.first_names);
    changed |= values(&mut known.birth_dates, &new.birth_dates);
    changed |= smallest(&mut known.sample_message_ids, &new.sample_message_ids);
    changed
}

type Values = BTreeMap<String, BTreeSet<Day>>;

fn values(known: &mut Values, new: &Values) -> bool {
    let mut changed = false;
    for (value, days) in new {
        let largest = known.last_key_value().map(|(largest, _)| largest);
        if known.len() >= VALUES_MAX && largest.is_some_and(|largest| value > largest) {
            continue;
        }
        let known_days = known.entry(value.clone()).or_default();
        for day in days {
            changed |= known_days.insert(*day);
        }
        if known.len() > VALUES_MAX {
            known.pop_last();
        }
    }
    changed
}

fn smallest(known: &mut BTreeSet<String>, new: &BTreeSet<String>) -> bool {
    let mut changed = false;
    for id in new {
        if known.len() >= SAMPLES_MAX && known.last().is_some_and(|largest| id > largest) {
            continue;
        }
        changed |= known.insert(id.clone());
        if known.len() > SAMPLES_MAX {
            known.pop_last();
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use acquaint_identity::{IdentifierId, Source, StrandId, Trust};

    use super::*;

    /// Evidence of one message: number `seed` decides everything.
    fn evidence(seed: u32) -> Evidence {
        let day = Day(seed % 5);
        let name = format!("name-{}", seed % 29);
        Evidence {
            strand: StrandId([1; 16]),
            source: Source("web".to_owned()),
            trust: if seed.is_multiple_of(7) {
                Trust::Server
            } else {
                Trust::Public
            },
            anchor: IdentifierId([2; 16]),
            identifiers: Vec::new(),
            alias: seed.is_multiple_of(11),
            days: BTreeSet::from([day]),
            first_names: BTreeMap::from([(name, BTreeSet::from([day]))]),
            birth_dates: BTreeMap::new(),
            sample_message_ids: BTreeSet::from([format!("message-{seed}")]),
        }
    }

    fn all(seeds: impl Iterator<Item = u32>) -> Evidence {
        let mut seeds = seeds.map(evidence);
        let mut known = seeds.next().expect("there is a first");
        for new in seeds {
            union(&mut known, &new);
        }
        known
    }

    #[test]
    fn order_and_repetition_do_not_show_past_every_bound() {
        let forwards = all(0..200);
        assert_eq!(forwards, all((0..200).rev()));
        assert_eq!(forwards, all((0..200).chain(50..150)));
        assert_eq!(forwards.first_names.len(), VALUES_MAX);
        assert_eq!(forwards.sample_message_ids.len(), SAMPLES_MAX);
    }

    #[test]
    fn it_tells_whether_anything_is_new() {
        let mut known = all(0..200);
        let before = known.clone();
        for seed in 0..200 {
            assert!(!union(&mut known, &evidence(seed)), "{seed}");
        }
        assert_eq!(known, before);
        let later = Evidence {
            days: BTreeSet::from([Day(900)]),
            ..evidence(0)
        };
        assert!(union(&mut known, &later));
    }
}
