//! Chance, drawn from a seed.

use std::ops::Range;
use std::time::Duration;

/// A stream of random numbers, the same for the same seed.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The stream of a seed.
    #[must_use]
    pub(crate) fn new(seed: u64) -> Self {
        Dice(seed)
    }

    /// A stream of its own, for somebody else.
    pub(crate) fn split(&mut self) -> Self {
        Dice(self.next())
    }

    /// splitmix64
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `sides`, or nought if there is none.
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.next().checked_rem(sides).unwrap_or(0)
    }

    /// Whether something happens that does so in `permille` of a thousand cases.
    pub(crate) fn happens(&mut self, permille: u64) -> bool {
        self.roll(1_000) < permille
    }

    /// A time in a range.
    pub(crate) fn time(&mut self, range: Range<Duration>) -> Duration {
        let span = range.end.saturating_sub(range.start).as_micros();
        let span = u64::try_from(span).unwrap_or(u64::MAX);
        range.start + Duration::from_micros(self.roll(span))
    }

    /// One of these, if there is any.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let at = self.roll(items.len() as u64);
        items.get(usize::try_from(at).unwrap_or(usize::MAX))
    }

    /// The items in a random order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            let at = self.roll(end as u64 + 1);
            items.swap(end, usize::try_from(at).unwrap_or(end));
        }
    }
}
