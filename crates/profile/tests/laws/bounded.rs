//! Past a bound, a part holds exactly what the whole set of interactions says that it should, and is marked.
//!
//! The parts are computed here a second time, from all interactions at once and without bounds on the way.

use std::collections::{BTreeMap, BTreeSet};

use acquaint_profile::rollup::{
    CHANNELS_MAX, CONSENTS_MAX, CURRENCIES_MAX, Days, EVENTS_MAX, Entry, GROUPS_MAX, Latest,
    PREFERENCES_MAX, Sample, SampleKey, TRAITS_MAX,
};
use acquaint_profile::{Day, Interaction, Rollup};
use proptest::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use crate::{draw, sum};

/// The newest entry of each key over all single interactions, then the newest keys.
fn newest<K: Ord + Clone, V: Ord + Clone, const MAX: usize>(
    interactions: &[Interaction],
    part: fn(&Rollup) -> &Latest<K, V, MAX>,
) -> (BTreeMap<K, Entry<V>>, bool) {
    let mut all: BTreeMap<K, Entry<V>> = BTreeMap::new();
    for interaction in interactions {
        for (key, entry) in &part(&Rollup::of(interaction)).entries {
            let held = all.entry(key.clone()).or_insert_with(|| entry.clone());
            *held = held.clone().max(entry.clone());
        }
    }
    let mut keys: Vec<_> = all
        .iter()
        .map(|(key, e)| (e.time, e.message_id.clone(), key.clone()))
        .collect();
    keys.sort();
    let kept: BTreeSet<_> = keys
        .into_iter()
        .rev()
        .take(MAX)
        .map(|(_, _, key)| key)
        .collect();
    let past = all.len() > MAX;
    all.retain(|key, _| kept.contains(key));
    (all, past)
}

/// The keys over all single interactions with the smallest hashes.
fn smallest<K: SampleKey, V, const MAX: usize>(
    interactions: &[Interaction],
    part: fn(&Rollup) -> &Sample<K, V, MAX>,
) -> (BTreeSet<K>, bool) {
    let keys = |interaction: &Interaction| {
        part(&Rollup::of(interaction))
            .entries
            .keys()
            .cloned()
            .collect::<Vec<_>>()
    };
    let all: BTreeSet<K> = interactions.iter().flat_map(keys).collect();
    let mut hashed: Vec<_> = all
        .iter()
        .map(|key| (xxh3_64(key.text().as_bytes()), key.clone()))
        .collect();
    hashed.sort();
    (
        hashed.into_iter().take(MAX).map(|(_, key)| key).collect(),
        all.len() > MAX,
    )
}

fn check_sample<K: SampleKey + std::fmt::Debug, V, const MAX: usize>(
    interactions: &[Interaction],
    whole: &Rollup,
    part: fn(&Rollup) -> &Sample<K, V, MAX>,
) -> Result<(), TestCaseError> {
    let (keys, past) = smallest(interactions, part);
    prop_assert!(past, "the draw does not go past the bound of {MAX}");
    prop_assert!(part(whole).truncated);
    let held: BTreeSet<K> = part(whole).entries.keys().cloned().collect();
    prop_assert_eq!(held, keys);
    Ok(())
}

fn check_latest<K, V, const MAX: usize>(
    interactions: &[Interaction],
    whole: &Rollup,
    part: fn(&Rollup) -> &Latest<K, V, MAX>,
) -> Result<(), TestCaseError>
where
    K: Ord + Clone + std::fmt::Debug,
    V: Ord + Clone + std::fmt::Debug,
{
    let (entries, past) = newest(interactions, part);
    prop_assert!(past, "the draw does not go past the bound of {MAX}");
    prop_assert!(part(whole).truncated);
    prop_assert_eq!(&part(whole).entries, &entries);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn last_writer_maps_hold_the_newest(draws in draw::many()) {
        let interactions = draws.interactions();
        let whole = sum(&interactions);
        check_latest::<_, _, TRAITS_MAX>(&interactions, &whole, |rollup| &rollup.traits)?;
        check_latest::<_, _, PREFERENCES_MAX>(&interactions, &whole, |rollup| &rollup.preferences)?;
        check_latest::<_, _, CONSENTS_MAX>(&interactions, &whole, |rollup| &rollup.consents)?;
        check_latest::<_, _, GROUPS_MAX>(&interactions, &whole, |rollup| &rollup.groups)?;
    }

    #[test]
    fn sums_hold_the_smallest_hashes(draws in draw::many()) {
        let interactions = draws.interactions();
        let whole = sum(&interactions);
        check_sample::<_, _, CHANNELS_MAX>(&interactions, &whole, |rollup| &rollup.channels)?;
        check_sample::<_, _, EVENTS_MAX>(&interactions, &whole, |rollup| &rollup.events)?;
        check_sample::<_, _, CURRENCIES_MAX>(&interactions, &whole, |rollup| &rollup.purchases)?;
    }

    #[test]
    fn sums_that_are_held_are_whole(draws in draw::many()) {
        let interactions = draws.interactions();
        let whole = sum(&interactions);
        prop_assert_eq!(whole.seen.count, u64::try_from(interactions.len()).unwrap());
        for (channel, tally) in &whole.channels.entries {
            let of_channel: Vec<_> = interactions.iter().filter(|i| &i.channel == channel).map(|i| i.time).collect();
            prop_assert_eq!(tally.count, u64::try_from(of_channel.len()).unwrap());
            prop_assert_eq!(tally.first, of_channel.iter().min().copied());
            prop_assert_eq!(tally.last, of_channel.iter().max().copied());
        }
    }

    #[test]
    fn the_latest_days_are_held(draws in draw::many()) {
        let interactions = draws.interactions();
        let whole = sum(&interactions);
        let days: BTreeSet<Day> = interactions.iter().map(|interaction| interaction.time.day()).collect();
        let blocks: BTreeSet<u32> = days.iter().map(|day| day.0 / 32).collect();
        prop_assert!(blocks.len() > Days::BLOCKS_MAX, "the draw does not go past the bound");
        let kept: BTreeSet<_> = blocks.iter().rev().take(Days::BLOCKS_MAX).collect();
        let expected: Vec<_> = days.into_iter().filter(|day| kept.contains(&(day.0 / 32))).collect();
        prop_assert_eq!(whole.active_days.iter().collect::<Vec<_>>(), expected);
        prop_assert!(whole.active_days.truncated);
    }
}

/// 2⁶⁴ amounts of the largest size, and scores likewise, fit.
#[test]
fn sums_never_overflow() {
    let count = 1_i128 << 64;
    let amount = acquaint_profile::Money::UNITS_MAX * 1_000_000;
    assert!(amount.checked_mul(count).is_some());
    assert!(i128::from(i32::MAX).checked_mul(count).is_some());
}
