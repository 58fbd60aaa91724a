//! Shapes of partitions: which nodes hear which.

use crate::dice::Dice;

/// A link that is cut, from a node to another.
pub(crate) type Cut = (u64, u64);

/// A way to divide a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Two halves that do not hear each other.
    Halves,
    /// Two halves and one node that hears both.
    Bridge,
    /// One node that nobody hears and that hears nobody.
    Alone,
    /// One node that is heard and hears nobody.
    Deaf,
    /// One node that hears and that nobody hears.
    Mute,
    /// Each node hears its neighbours on a ring, and no other.
    Ring,
    /// Links chosen one by one, in one direction each.
    Random,
}

impl Shape {
    pub(crate) const ALL: [Shape; 7] = [
        Shape::Halves,
        Shape::Bridge,
        Shape::Alone,
        Shape::Deaf,
        Shape::Mute,
        Shape::Ring,
        Shape::Random,
    ];

    /// The cuts of this shape among some nodes.
    pub(crate) fn cuts(self, nodes: &[u64], dice: &mut Dice) -> Vec<Cut> {
        let mut nodes = nodes.to_vec();
        dice.shuffle(&mut nodes);
        let Some((&one, others)) = nodes.split_first() else {
            return Vec::new();
        };
        let (first, second) = others.split_at(others.len() / 2);
        match self {
            Shape::Halves => {
                let (first, second) = nodes.split_at(nodes.len() / 2);
                both_ways(first, second)
            }
            Shape::Bridge => both_ways(first, second),
            Shape::Alone => both_ways(&[one], others),
            Shape::Deaf => others.iter().map(|&other| (other, one)).collect(),
            Shape::Mute => others.iter().map(|&other| (one, other)).collect(),
            Shape::Ring => ring(&nodes),
            Shape::Random => {
                let every = nodes
                    .iter()
                    .flat_map(|&a| nodes.iter().map(move |&b| (a, b)));
                every.filter(|(a, b)| a != b && dice.happens(400)).collect()
            }
        }
    }
}

fn both_ways(first: &[u64], second: &[u64]) -> Vec<Cut> {
    let pairs = first
        .iter()
        .flat_map(|&a| second.iter().map(move |&b| (a, b)));
    pairs.flat_map(|(a, b)| [(a, b), (b, a)]).collect()
}

fn ring(nodes: &[u64]) -> Vec<Cut> {
    let count = nodes.len();
    let mut cuts = Vec::new();
    for (at, &a) in nodes.iter().enumerate() {
        for (other, &b) in nodes.iter().enumerate() {
            let distance = at.abs_diff(other);
            if distance > 1 && distance + 1 < count {
                cuts.push((a, b));
            }
        }
    }
    cuts
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn hears(cuts: &[Cut], from: u64, to: u64) -> bool {
        !cuts.contains(&(from, to))
    }

    #[test]
    fn every_shape_is_what_it_is_called() {
        let nodes = [1, 2, 3, 4, 5];
        for seed in 0..50 {
            let mut dice = Dice::new(seed);
            let mut cuts = |shape: Shape| shape.cuts(&nodes, &mut dice);
            let reach = |cuts: &[Cut], node| -> (usize, usize) {
                let others = nodes.iter().filter(|other| **other != node);
                let out = others.clone().filter(|other| hears(cuts, node, **other));
                (
                    out.count(),
                    others.filter(|other| hears(cuts, **other, node)).count(),
                )
            };
            let shape = |cuts: &[Cut]| {
                let mut reached: Vec<_> = nodes.iter().map(|&node| reach(cuts, node)).collect();
                reached.sort_unstable();
                reached
            };
            assert_eq!(
                shape(&cuts(Shape::Halves)),
                [(1, 1), (1, 1), (2, 2), (2, 2), (2, 2)]
            );
            assert_eq!(
                shape(&cuts(Shape::Bridge)),
                [(2, 2), (2, 2), (2, 2), (2, 2), (4, 4)]
            );
            assert_eq!(
                shape(&cuts(Shape::Alone)),
                [(0, 0), (3, 3), (3, 3), (3, 3), (3, 3)]
            );
            assert_eq!(
                shape(&cuts(Shape::Deaf)),
                [(3, 4), (3, 4), (3, 4), (3, 4), (4, 0)]
            );
            assert_eq!(
                shape(&cuts(Shape::Mute)),
                [(0, 4), (4, 3), (4, 3), (4, 3), (4, 3)]
            );
            assert_eq!(shape(&cuts(Shape::Ring)), [(2, 2); 5]);
            let random: BTreeSet<_> = cuts(Shape::Random).into_iter().collect();
            assert!(random.iter().all(|(a, b)| a != b));
        }
    }
}
