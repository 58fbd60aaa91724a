//! How well a partition of messages into profiles agrees with the persons that the messages are really of.
//!
//! With `n` messages, `n(g,p)` of them of person `p` in profile `g`, `a(g)` the messages of a profile, `b(p)` those of a
//! person, and `C(k) = k (k − 1) / 2` the pairs among `k` messages:
//!
//! | score | formula |
//! |---|---|
//! | pairs rightly together | `right = Σ C(n(g,p))` |
//! | pairs together | `claimed = Σ C(a(g))` |
//! | pairs that belong together | `real = Σ C(b(p))` |
//! | precision, recall, F1 | `right / claimed`, `right / real`, `2 right / (claimed + real)` |
//! | B-cubed precision | `Σ n(g,p)² / a(g)`, over `n`: how pure its profile is for the average message |
//! | B-cubed recall | `Σ n(g,p)² / b(p)`, over `n`: how much of its person the average message sees |
//! | mixed | persons in a profile with somebody else |
//!
//! - Pairs are counted by sizes, never one by one: a million messages cost what a thousand do.
//! - Whole numbers until the last division. Sums over sizes go in order of size, so names and order do not show in a bit.
//! - No pairs claimed, or none real, is a score of 1: nothing was done wrong.

use std::collections::{BTreeMap, BTreeSet};

/// How many messages of each person stand in each profile.
#[derive(Clone, Debug, Default)]
pub(crate) struct JointCounts {
    by_profile_and_person: BTreeMap<(u32, u32), u64>,
}

/// The scores of one partition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct PartitionScores {
    pub(crate) messages: u64,
    pub(crate) persons: u64,
    pub(crate) profiles: u64,
    pub(crate) pairs_right: u64,
    pub(crate) pairs_claimed: u64,
    pub(crate) pairs_real: u64,
    pub(crate) b_cubed_precision: f64,
    pub(crate) b_cubed_recall: f64,
    /// Persons in a profile with somebody else.
    pub(crate) persons_mixed: u64,
    /// Persons in the profile that has most.
    pub(crate) persons_in_largest: u64,
    /// Messages in the profile that has most.
    pub(crate) messages_in_largest: u64,
    pub(crate) profiles_per_person: Spread,
}

/// How a number spreads over the persons.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Spread {
    pub(crate) mean: f64,
    pub(crate) median: u64,
    /// What 99 of 100 do not exceed.
    pub(crate) p99: u64,
}

impl JointCounts {
    /// Counts a message of a person in a profile.
    pub(crate) fn add(&mut self, profile: u32, person: u32) {
        *self
            .by_profile_and_person
            .entry((profile, person))
            .or_default() += 1;
    }

    /// The profiles that hold more than one person, with the messages of each.
    pub(crate) fn mixed(&self) -> BTreeMap<u32, BTreeMap<u32, u64>> {
        let mut profiles: BTreeMap<u32, BTreeMap<u32, u64>> = BTreeMap::new();
        for ((profile, person), count) in &self.by_profile_and_person {
            profiles
                .entry(*profile)
                .or_default()
                .insert(*person, *count);
        }
        profiles.retain(|_, persons| persons.len() > 1);
        profiles
    }

    /// The scores.
    pub(crate) fn scores(&self) -> PartitionScores {
        let mut profiles: BTreeMap<u32, Side> = BTreeMap::new();
        let mut persons: BTreeMap<u32, Side> = BTreeMap::new();
        for ((profile, person), count) in &self.by_profile_and_person {
            profiles.entry(*profile).or_default().add(*count);
            persons.entry(*person).or_default().add(*count);
        }
        let cells = self.by_profile_and_person.values();
        let messages = cells.clone().sum();
        let is_mixed = |profile: &u32| profiles[profile].cells > 1;
        let mixed: BTreeSet<u32> = self
            .by_profile_and_person
            .keys()
            .filter(|(profile, _)| is_mixed(profile))
            .map(|(_, person)| *person)
            .collect();
        PartitionScores {
            messages,
            persons: persons.len() as u64,
            profiles: profiles.len() as u64,
            pairs_right: cells.map(|count| pairs(*count)).sum(),
            pairs_claimed: profiles.values().map(|side| pairs(side.messages)).sum(),
            pairs_real: persons.values().map(|side| pairs(side.messages)).sum(),
            b_cubed_precision: b_cubed(profiles.values(), messages),
            b_cubed_recall: b_cubed(persons.values(), messages),
            persons_mixed: mixed.len() as u64,
            persons_in_largest: profiles.values().map(|side| side.cells).max().unwrap_or(0),
            messages_in_largest: profiles
                .values()
                .map(|side| side.messages)
                .max()
                .unwrap_or(0),
            profiles_per_person: Spread::of(persons.values().map(|side| side.cells).collect()),
        }
    }
}

impl PartitionScores {
    /// The share of the pairs that are together which belong together.
    pub(crate) fn precision(&self) -> f64 {
        share(self.pairs_right, self.pairs_claimed)
    }

    /// The share of the pairs that belong together which are together.
    pub(crate) fn recall(&self) -> f64 {
        share(self.pairs_right, self.pairs_real)
    }

    /// The harmonic mean of precision and recall.
    pub(crate) fn f1(&self) -> f64 {
        share(2 * self.pairs_right, self.pairs_claimed + self.pairs_real)
    }

    /// The harmonic mean of the B-cubed scores.
    pub(crate) fn b_cubed_f1(&self) -> f64 {
        let (precision, recall) = (self.b_cubed_precision, self.b_cubed_recall);
        2.0 * precision * recall / (precision + recall)
    }

    /// The pairs that this partition has right, as a share of those that another one has right.
    pub(crate) fn recall_share_of(&self, other: &Self) -> f64 {
        share(self.pairs_right, other.pairs_right)
    }

    /// The share of persons in a profile with somebody else.
    pub(crate) fn mixed_share(&self) -> f64 {
        match self.persons {
            0 => 0.0,
            persons => self.persons_mixed as f64 / persons as f64,
        }
    }
}

impl Spread {
    /// Percentiles are those of the nearest rank: numbers that somebody really has.
    fn of(mut counts: Vec<u64>) -> Self {
        if counts.is_empty() {
            return Self::default();
        }
        counts.sort_unstable();
        let rank = |percent: usize| counts[(counts.len() * percent).div_ceil(100) - 1];
        Self {
            mean: counts.iter().sum::<u64>() as f64 / counts.len() as f64,
            median: rank(50),
            p99: rank(99),
        }
    }
}

/// A profile seen by its persons, or a person seen by its profiles.
#[derive(Clone, Copy, Default)]
struct Side {
    messages: u64,
    cells: u64,
    /// Wider than a message count: the square of one that fills 32 bits fills 64.
    squares: u128,
}

impl Side {
    fn add(&mut self, count: u64) {
        self.messages += count;
        self.cells += 1;
        self.squares += u128::from(count) * u128::from(count);
    }
}

/// The pairs among so many messages.
fn pairs(count: u64) -> u64 {
    count * count.saturating_sub(1) / 2
}

fn share(part: u64, whole: u64) -> f64 {
    match whole {
        0 => 1.0,
        whole => part as f64 / whole as f64,
    }
}

/// One division per size: sides of one size are added up before.
fn b_cubed<'a>(sides: impl Iterator<Item = &'a Side>, messages: u64) -> f64 {
    let mut by_size: BTreeMap<u64, u128> = BTreeMap::new();
    for side in sides {
        *by_size.entry(side.messages).or_default() += side.squares;
    }
    let parts = by_size
        .into_iter()
        .map(|(size, squares)| squares as f64 / size as f64);
    match messages {
        0 => 1.0,
        messages => parts.sum::<f64>() / messages as f64,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Messages as (profile, person).
    fn scores(messages: &[(u32, u32)]) -> PartitionScores {
        let mut counts = JointCounts::default();
        for (profile, person) in messages {
            counts.add(*profile, *person);
        }
        counts.scores()
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }

    #[test]
    fn an_example_by_hand() {
        // Person 1: three messages in profile 1, one in profile 2. Person 2: two in profile 2. Person 3: one in profile 3.
        let found = scores(&[(1, 1), (1, 1), (1, 1), (2, 1), (2, 2), (2, 2), (3, 3)]);
        assert_eq!((found.messages, found.persons, found.profiles), (7, 3, 3));
        assert_eq!(found.pairs_right, 3 + 1); // C(3) + C(2)
        assert_eq!(found.pairs_claimed, 3 + 3); // profiles of 3, 3 and 1
        assert_eq!(found.pairs_real, 6 + 1); // persons of 4, 2 and 1
        close(found.precision(), 4.0 / 6.0);
        close(found.recall(), 4.0 / 7.0);
        close(found.f1(), 8.0 / 13.0);
        // 9/3 + (1 + 4)/3 + 1/1 over 7; and 9/4 + 1/4 + 4/2 + 1/1 over 7.
        close(found.b_cubed_precision, (3.0 + 5.0 / 3.0 + 1.0) / 7.0);
        close(found.b_cubed_recall, (2.5 + 2.0 + 1.0) / 7.0);
        let (precision, recall) = (found.b_cubed_precision, found.b_cubed_recall);
        close(found.b_cubed_f1(), 2.0 / (1.0 / precision + 1.0 / recall));
        assert_eq!(found.persons_mixed, 2);
        close(found.mixed_share(), 2.0 / 3.0);
        assert_eq!(
            (found.persons_in_largest, found.messages_in_largest),
            (2, 3)
        );
        close(found.profiles_per_person.mean, 4.0 / 3.0);
        assert_eq!(found.profiles_per_person.median, 1);
        assert_eq!(found.profiles_per_person.p99, 2);
    }

    #[test]
    fn one_profile_for_all_finds_all_and_is_rarely_right() {
        let found = scores(&[(1, 1), (1, 1), (1, 2), (1, 2)]);
        close(found.recall(), 1.0);
        close(found.precision(), 2.0 / 6.0);
        close(found.b_cubed_precision, 0.5);
        close(found.b_cubed_recall, 1.0);
        close(found.mixed_share(), 1.0);
    }

    #[test]
    fn a_profile_for_each_message_is_never_wrong() {
        let found = scores(&[(1, 1), (2, 1), (3, 1), (4, 2)]);
        close(found.precision(), 1.0);
        close(found.recall(), 0.0);
        close(found.b_cubed_recall, (3.0 / 3.0 + 1.0) / 4.0);
        close(
            found.recall_share_of(&scores(&[(1, 1), (1, 1), (2, 1), (2, 2)])),
            0.0,
        );
    }

    #[test]
    fn nothing_at_all_is_not_wrong() {
        let found = scores(&[]);
        assert_eq!(
            (found.precision(), found.recall(), found.f1()),
            (1.0, 1.0, 1.0)
        );
        assert_eq!(found.mixed_share(), 0.0);
    }

    #[test]
    fn percentiles_are_those_of_the_nearest_rank() {
        let spread = Spread::of((1..=200).collect());
        assert_eq!((spread.median, spread.p99), (100, 198));
        assert_eq!(Spread::of(vec![7]).p99, 7);
    }

    #[test]
    fn large_profiles_do_not_overflow() {
        let mut counts = JointCounts::default();
        counts.by_profile_and_person.insert((0, 0), 1 << 32);
        let found = counts.scores();
        assert_eq!(found.pairs_right, (1 << 63) - (1 << 31));
        assert_eq!(found.b_cubed_precision, 1.0);
    }

    fn messages() -> impl Strategy<Value = Vec<(u32, u32)>> {
        prop::collection::vec((0..12_u32, 0..9_u32), 0..120)
    }

    /// Counts pairs one by one: slow, and hard to get wrong.
    fn counted(messages: &[(u32, u32)]) -> (u64, u64, u64) {
        let (mut right, mut claimed, mut real) = (0, 0, 0);
        for (index, a) in messages.iter().enumerate() {
            for b in &messages[..index] {
                claimed += u64::from(a.0 == b.0);
                real += u64::from(a.1 == b.1);
                right += u64::from(a == b);
            }
        }
        (right, claimed, real)
    }

    proptest! {
        #[test]
        fn the_truth_itself_scores_one(messages in messages()) {
            let truth: Vec<(u32, u32)> = messages.iter().map(|(_, person)| (*person, *person)).collect();
            let found = scores(&truth);
            prop_assert_eq!((found.precision(), found.recall(), found.f1()), (1.0, 1.0, 1.0));
            prop_assert_eq!((found.b_cubed_precision, found.b_cubed_recall), (1.0, 1.0));
            prop_assert_eq!(found.persons_mixed, 0);
        }

        #[test]
        fn names_and_order_do_not_show(mut messages in messages(), turn in 1..100_u32) {
            let found = scores(&messages);
            messages.reverse();
            for (profile, person) in &mut messages {
                *profile = (*profile * 7 + turn) % 12 + 5;
                *person = 1_000 - *person * turn;
            }
            prop_assert_eq!(scores(&messages), found);
        }

        #[test]
        fn sizes_count_the_pairs_that_there_are(messages in messages()) {
            let found = scores(&messages);
            prop_assert_eq!((found.pairs_right, found.pairs_claimed, found.pairs_real), counted(&messages));
        }

        #[test]
        fn b_cubed_is_the_mean_over_the_messages(messages in messages()) {
            let count = |test: &dyn Fn(&(u32, u32)) -> bool| messages.iter().filter(|m| test(m)).count() as f64;
            let of = |one: &(u32, u32)| count(&|m| m == one) / count(&|m| m.0 == one.0);
            let expected = messages.iter().map(of).sum::<f64>() / messages.len().max(1) as f64;
            let found = scores(&messages).b_cubed_precision;
            prop_assert!(messages.is_empty() || (found - expected).abs() < 1e-9, "{} {}", found, expected);
        }
    }
}
