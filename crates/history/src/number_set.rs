//! Sets of small numbers.

use std::fmt;

/// A set of small numbers, a bit each. Two sets are equal if they hold the same numbers.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct NumberSet {
    /// Without zeros at the end, so that equal sets have equal words.
    words: Vec<u64>,
}

impl NumberSet {
    /// A set of nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a number.
    pub fn insert(&mut self, number: u32) {
        let (word, bit) = place(number);
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= bit;
    }

    /// Takes a number out.
    pub fn remove(&mut self, number: u32) {
        let (word, bit) = place(number);
        if let Some(bits) = self.words.get_mut(word) {
            *bits &= !bit;
        }
        while self.words.last() == Some(&0) {
            self.words.pop();
        }
    }

    /// Whether the number is in it.
    pub fn contains(&self, number: u32) -> bool {
        let (word, bit) = place(number);
        self.words.get(word).is_some_and(|bits| bits & bit != 0)
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// How many numbers are in it.
    pub fn len(&self) -> usize {
        self.words
            .iter()
            .map(|word| word.count_ones() as usize)
            .sum()
    }

    /// Adds all of another set.
    pub fn extend(&mut self, other: &NumberSet) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }

    /// The smallest number of this set that is not in the other.
    pub fn first_missing_in(&self, other: &NumberSet) -> Option<u32> {
        self.iter().find(|number| !other.contains(*number))
    }

    /// The numbers, smallest first.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..).zip(&self.words).flat_map(|(at, &word)| {
            (0..64)
                .filter(move |bit| word >> bit & 1 == 1)
                .map(move |bit| at * 64 + bit)
        })
    }
}

impl FromIterator<u32> for NumberSet {
    fn from_iter<T: IntoIterator<Item = u32>>(numbers: T) -> Self {
        let mut set = NumberSet::new();
        numbers.into_iter().for_each(|number| set.insert(number));
        set
    }
}

/// Runs of numbers as ranges: `{0-6, 9}`.
impl fmt::Debug for NumberSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut runs: Vec<(u32, u32)> = Vec::new();
        for number in self.iter() {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == number => *last = number,
                _ => runs.push((number, number)),
            }
        }
        let run = |(first, last): &(u32, u32)| match first == last {
            true => first.to_string(),
            false => format!("{first}-{last}"),
        };
        let runs: Vec<_> = runs.iter().map(run).collect();
        write!(f, "{{{}}}", runs.join(", "))
    }
}

fn place(number: u32) -> (usize, u64) {
    (number as usize / 64, 1 << (number % 64))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_set(
            put in prop::collection::vec(0_u32..300, 0..60),
            taken in prop::collection::vec(0_u32..300, 0..60),
            more in prop::collection::vec(0_u32..300, 0..60),
        ) {
            let mut set: NumberSet = put.iter().copied().collect();
            let mut truth: BTreeSet<u32> = put.into_iter().collect();
            for number in taken {
                set.remove(number);
                truth.remove(&number);
            }
            prop_assert_eq!(&set, &truth.iter().copied().collect());
            let other: NumberSet = more.iter().copied().collect();
            let missing = truth.iter().find(|number| !more.contains(number));
            prop_assert_eq!(set.first_missing_in(&other), missing.copied());
            set.extend(&other);
            truth.extend(more);
            prop_assert_eq!(set.len(), truth.len());
            prop_assert_eq!(set.is_empty(), truth.is_empty());
            prop_assert!((0..300).all(|number| set.contains(number) == truth.contains(&number)));
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), truth.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn runs_are_printed_as_ranges() {
        let set: NumberSet = [0, 1, 2, 9, 64, 65].into_iter().collect();
        assert_eq!(format!("{set:?}"), "{0-2, 9, 64-65}");
    }
}
