//! The laws of the rollup monoid, one per file, on interactions that go past every bound.
#![allow(clippy::unwrap_used)]

mod absorbing;
mod associative;
mod bounded;
mod commutative;
mod draw;
mod idempotent;
mod identity;
mod order;
mod receipt;

use acquaint_profile::{Interaction, Monoid, Rollup};

/// The sum of interactions, one after the other.
fn sum(interactions: &[Interaction]) -> Rollup {
    let mut sum = Rollup::empty();
    for interaction in interactions {
        sum.merge(&Rollup::of(interaction));
    }
    sum
}

/// `a + b`.
fn plus(a: &Rollup, b: &Rollup) -> Rollup {
    let mut sum = a.clone();
    sum.merge(b);
    sum
}
