//! The algebra that makes a profile independent of order, batching and grouping.

/// Something that can be summed in any order and any grouping.
///
/// Laws, for all values that come from interactions (`crates/profile/tests/laws` checks them past every bound):
///
/// - *identity*: merging `empty()` into `a`, or `a` into `empty()`, gives `a`;
/// - *commutative*: merging `b` into `a` gives what merging `a` into `b` gives;
/// - *associative*: `(a + b) + c = a + (b + c)`.
///
/// Every bound has to keep them: what is dropped may depend on the set of what was merged, never on its order.
pub trait Monoid: Sized {
    /// The sum of nothing.
    fn empty() -> Self;

    /// Adds another sum to this one.
    fn merge(&mut self, other: &Self);

    /// Adds another sum that is not needed any more: the same as `merge`, without a copy of what is moved.
    fn absorb(&mut self, other: Self) {
        self.merge(&other);
    }
}

/// A monoid in which merging the same thing again changes nothing: maxima, sets, last-writer maps.
///
/// Law: `a + a = a`. Counts and sums are not idempotent; that every interaction is summed once is the work of whoever
/// removes duplicates before.
pub trait Semilattice: Monoid {}
