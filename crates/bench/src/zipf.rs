//! A Zipf distribution over customers: rank `k` is drawn with a chance proportional to `1/k`.
//!
//! - The sum of chances is inverted by its continuous form, so a draw takes one logarithm and no
//!   table. Ranks are exact to a constant factor near one, which is enough for load.
//! - Ranks are scattered over the numbers, so that popular customers do not lie side by side.

use rand::Rng;

/// Coprime to every number of customers up to its size, since it is a prime.
const SCATTER: u64 = 2_147_483_647;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Zipf {
    count: usize,
}

impl Zipf {
    /// A distribution over `count` numbers, at least one.
    pub(crate) fn new(count: usize) -> Self {
        Self {
            count: count.max(1),
        }
    }

    /// From zero, the most popular first.
    fn rank(self, dice: &mut impl Rng) -> usize {
        let exponent: f64 = dice.random();
        let rank = (self.count as f64 + 1.0).powf(exponent);
        (rank as usize - 1).min(self.count - 1)
    }

    /// A customer's number.
    pub(crate) fn draw(self, dice: &mut impl Rng) -> usize {
        let rank = self.rank(dice) as u64;
        (rank * SCATTER % self.count as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn ranks_become_rarer_by_their_number() {
        let (zipf, mut dice) = (Zipf::new(1_000), ChaCha8Rng::seed_from_u64(1));
        let mut counts = vec![0_u32; 1_000];
        for _ in 0..200_000 {
            counts[zipf.rank(&mut dice)] += 1;
        }
        let range = |from: usize, to: usize| counts[from..to].iter().sum::<u32>();
        // Every decade of ranks gets a third.
        for (from, to) in [(0, 9), (9, 99), (99, 1_000)] {
            let share = f64::from(range(from, to)) / 200_000.0;
            assert!((0.28..0.39).contains(&share), "{from}..{to}: {share}");
        }
    }

    #[test]
    fn numbers_are_in_range_and_ranks_do_not_share_them() {
        for count in [1, 7, 1_000, 100_000] {
            let zipf = Zipf::new(count);
            let mut seen: Vec<u64> = (0..count as u64)
                .map(|rank| rank * SCATTER % count as u64)
                .collect();
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), count);
            let mut dice = ChaCha8Rng::seed_from_u64(2);
            assert!((0..100).all(|_| zipf.draw(&mut dice) < count));
        }
    }
}
