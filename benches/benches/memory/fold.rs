//! Fold: the sum of the rollups of one customer's anchors. Its floor is a copy of the folded
//! profile.

use acquaint_profile::{Identifiers, Monoid, Rollup, fold};
use divan::Bencher;

use crate::workspace::Workspace;

const INTERACTIONS_PER_ANCHOR: u32 = 50;
const ANCHORS: [u32; 3] = [1, 9, 50];
/// Coprime with every number of anchors.
const STRIDE: u32 = 7;

fn user(workspace: &Workspace) -> Identifiers {
    workspace.identifiers(&[("user_id", "ada")])
}

/// Rollups of anchors that were used one after the other, in an order that is not the order of use.
fn rollups(anchors: u32) -> Vec<Rollup> {
    let workspace = Workspace::new();
    let rollup = |anchor: u32| {
        let identifiers = workspace.identifiers(&[("user_id", &format!("ada-{anchor}"))]);
        let first = (anchor * STRIDE) % anchors * INTERACTIONS_PER_ANCHOR;
        workspace.rollup(&identifiers, first..first + INTERACTIONS_PER_ANCHOR)
    };
    (0..anchors).map(rollup).collect()
}

#[divan::bench(args = ANCHORS)]
fn profile(bencher: Bencher, anchors: u32) {
    let rollups = rollups(anchors);
    bencher
        .with_inputs(|| rollups.clone())
        .bench_local_values(fold);
}

#[divan::bench(args = ANCHORS)]
fn floor_copy(bencher: Bencher, anchors: u32) {
    let profile = fold(rollups(anchors));
    bencher.bench_local(|| profile.clone());
}

#[divan::bench]
fn rollup_of_interaction(bencher: Bencher) {
    let workspace = Workspace::new();
    let interaction = workspace.interaction(&user(&workspace), 0);
    bencher.bench_local(|| Rollup::of(&interaction));
}

#[divan::bench]
fn add_interaction_to_rollup(bencher: Bencher) {
    let workspace = Workspace::new();
    let user = user(&workspace);
    let next = Rollup::of(&workspace.interaction(&user, INTERACTIONS_PER_ANCHOR));
    let mut sum = workspace.rollup(&user, 0..INTERACTIONS_PER_ANCHOR);
    bencher.bench_local(|| sum.merge(&next));
}
