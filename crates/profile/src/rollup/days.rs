//! Sets of days.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Day, Monoid, Semilattice};

/// A set of days, as blocks of 32; of the blocks, the latest [`Days::BLOCKS_MAX`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days {
    /// For each block (day / 32) that is not empty, a bit per day, lowest first.
    blocks: BTreeMap<u32, u32>,
    /// Whether earlier blocks were left out.
    pub truncated: bool,
}

impl Days {
    /// The most blocks: at least 4 years, more if some months saw nothing.
    pub const BLOCKS_MAX: usize = 48;

    /// Puts a day in.
    pub(crate) fn insert(&mut self, day: Day) {
        *self.blocks.entry(day.0 / u32::BITS).or_default() |= 1 << (day.0 % u32::BITS);
        self.bound();
    }

    /// Whether a day is in.
    pub fn contains(&self, day: Day) -> bool {
        self.blocks
            .get(&(day.0 / u32::BITS))
            .is_some_and(|bits| bits >> (day.0 % u32::BITS) & 1 == 1)
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.blocks.values().map(|bits| bits.count_ones()).sum()
    }

    /// The days, earliest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Day> {
        let days = |(block, bits): (&u32, &u32)| {
            let (block, bits) = (*block, *bits);
            (0..u32::BITS)
                .filter(move |bit| bits >> bit & 1 == 1)
                .map(move |bit| Day(block * u32::BITS + bit))
        };
        self.blocks.iter().flat_map(days)
    }

    fn bound(&mut self) {
        while self.blocks.len() > Self::BLOCKS_MAX {
            self.truncated = true;
            self.blocks.pop_first();
        }
    }
}

impl Monoid for Days {
    fn empty() -> Self {
        Days {
            blocks: BTreeMap::new(),
            truncated: false,
        }
    }

    fn merge(&mut self, other: &Self) {
        self.truncated |= other.truncated;
        for (block, bits) in &other.blocks {
            *self.blocks.entry(*block).or_default() |= bits;
        }
        self.bound();
    }
}

impl Semilattice for Days {}
