//! Examples of what would change, with what links or parts them.

use std::cmp::Reverse;

use acquaint_identity::{
    Explanation, Memory, NodeId, Reader, Resolver, RowKey, RowValue, Rules, Step,
};

use super::comparison::{Comparison, Move, Parts};
use super::report::{Example, LargestProfile, Link, PartExample, SideReport};
use super::whose::{Partition, Size, Whose};
use super::words;
use crate::identity::in_memory::infallible;

/// Identifiers of a part that are named.
const NAMED_MAX: usize = 4;
/// Parts of a profile that are shown.
const PARTS_MAX: usize = 4;
/// Profiles that are named as the largest.
const LARGEST_MAX: usize = 3;

/// Rows, the rules that they came from, and whose each node is by them.
type Side<'a> = (&'a Memory, &'a Rules, &'a Partition);

/// What examples are drawn from.
pub(super) struct Examples<'a> {
    pub(super) before: Side<'a>,
    pub(super) after: Side<'a>,
}

impl Examples<'_> {
    /// As many examples as asked for, of each kind in turn, those of each kind in order of node.
    pub(super) fn draw(&self, comparison: &Comparison, count: usize) -> Vec<Example> {
        let mut merges = comparison.merges.values();
        let mut splits = comparison.splits.values();
        let mut moves = comparison.moves.iter();
        let mut examples = Vec::new();
        while examples.len() < count {
            let before = examples.len();
            examples.extend(merges.next().map(|parts| self.merge(parts)));
            examples.extend(splits.next().map(|parts| self.split(parts)));
            examples.extend(moves.next().map(|moved| self.moved(*moved)));
            if examples.len() == before {
                break;
            }
        }
        examples.truncate(count);
        examples
    }

    /// How large a partition is, and its largest profiles.
    pub(super) fn summary(&self, side: &Partition) -> SideReport {
        let people = side.people();
        let things = side.things();
        let largest = |by: fn(&Size) -> u64| {
            let mut all: Vec<(&NodeId, &Size)> = people.iter().collect();
            all.sort_by_key(|(root, size)| (Reverse(by(size)), **root));
            let named = all.into_iter().take(LARGEST_MAX);
            named
                .map(|(root, size)| LargestProfile {
                    identifier: self.name(*root),
                    people: size.people,
                    identifiers: size.identifiers,
                })
                .collect()
        };
        let things_of = |whose| things.get(&whose).copied().unwrap_or(0);
        SideReport {
            profiles: people.len() as u64,
            identifiers: side.identifiers(),
            things_somebodys: things_of(Whose::Somebodys),
            things_by_day: things_of(Whose::ByDay),
            things_nobodys: things_of(Whose::Nobodys),
            things_alone: things_of(Whose::Alone),
            largest_by_people: largest(|size| size.people),
            largest_by_identifiers: largest(|size| size.identifiers),
        }
    }

    /// The parts, the largest first, each with its strongest node first.
    fn by_size(&self, parts: &Parts) -> Vec<Vec<NodeId>> {
        let standing = |node: &NodeId| (self.before.2.name(*node), *node);
        let mut sorted: Vec<Vec<NodeId>> = parts.values().cloned().collect();
        for nodes in &mut sorted {
            nodes.sort_by_key(standing);
        }
        sorted.sort_by_key(|nodes| (Reverse(nodes.len()), nodes.first().map(standing)));
        sorted
    }

    fn merge(&self, parts: &Parts) -> Example {
        let parts = self.by_size(parts);
        let (before, after) = (self.before.2, self.after.2);
        let link = two_of(&parts).and_then(|(a, b)| {
            let crosses = |step: &Step| before.profile(step.from) != before.profile(step.to);
            self.weakest(self.after, (a, b), crosses)
        });
        Example::Merge {
            profile: self.name(after.profile(parts[0][0])),
            of: self.parts(&parts),
            weakest: link.map(|step| self.link(&step)),
        }
    }

    fn split(&self, parts: &Parts) -> Example {
        let parts = self.by_size(parts);
        let (before, after) = (self.before.2, self.after.2);
        // The link that held the two together, which is asked for under the new rules.
        let ends = two_of(&parts).map(|(a, b)| {
            let crosses = |step: &Step| after.profile(step.from) != after.profile(step.to);
            let link = self.weakest(self.before, (a, b), crosses);
            link.map_or((a, b), |step| (step.from, step.to))
        });
        Example::Split {
            profile: self.name(before.profile(parts[0][0])),
            into: self.parts(&parts),
            between: ends.map(|(a, b)| [self.name(a), self.name(b)]),
            refused_by: ends.map(|ends| self.why_not(ends)),
        }
    }

    fn moved(&self, moved: Move) -> Example {
        let names = |side: &Partition| -> Vec<String> {
            let owners = side.owners(moved.thing).1.into_iter();
            owners
                .take(NAMED_MAX)
                .map(|owner| self.name(owner))
                .collect()
        };
        // A thing that is another one's says by that why it is not the old one's.
        let owners = self.before.2.owners(moved.thing).1;
        let lost = owners.into_iter().next();
        let lost = lost.filter(|_| moved.after != Whose::Somebodys);
        Example::Move {
            identifier: self.name(moved.thing),
            before: moved.before,
            owners_before: names(self.before.2),
            after: moved.after,
            owners_after: names(self.after.2),
            refused_by: lost.map(|owner| self.why_not((moved.thing, owner))),
        }
    }

    /// The weakest link between two nodes of a profile, of those that are wanted if there are some.
    fn weakest(
        &self,
        (memory, rules, _): Side<'_>,
        (a, b): (NodeId, NodeId),
        wanted: impl Fn(&Step) -> bool,
    ) -> Option<Step> {
        let explained = infallible(Resolver::new(memory, rules).explain(a, b));
        let Explanation::Linked { mut path, .. } = explained else {
            return None;
        };
        if path.iter().any(&wanted) {
            path.retain(wanted);
        }
        path.into_iter()
            .max_by_key(|step| (step.rule, Reverse(step.seen.days)))
    }

    fn why_not(&self, (a, b): (NodeId, NodeId)) -> String {
        let (memory, rules, _) = self.after;
        let explained = infallible(Resolver::new(memory, rules).explain(a, b));
        words::why_not(&explained, rules, |node| self.name(node))
    }

    fn link(&self, step: &Step) -> Link {
        Link {
            a: self.name(step.from),
            b: self.name(step.to),
            rule: words::rule(step.rule),
            days: step.seen.days.into(),
        }
    }

    fn parts(&self, parts: &[Vec<NodeId>]) -> Vec<PartExample> {
        let shown = parts.iter().take(PARTS_MAX);
        shown
            .map(|nodes| PartExample {
                identifiers: nodes
                    .iter()
                    .take(NAMED_MAX)
                    .map(|node| self.name(*node))
                    .collect(),
                people: nodes.len() as u64,
            })
            .collect()
    }

    /// `namespace:value`. Both sides know the same nodes.
    fn name(&self, node: NodeId) -> String {
        let (memory, rules, partition) = self.before;
        let known = partition.name(node).and_then(|(rank, id)| {
            let row = infallible(memory.get(&RowKey::Identifier { id }));
            let Some(RowValue::Identifier(row)) = row else {
                return None;
            };
            let rule = rules.namespaces.get(usize::from(rank.0))?;
            Some(format!("{}:{}", rule.name, row.canonical))
        });
        known.unwrap_or_else(|| "an identifier that nothing names any more".to_owned())
    }
}

fn two_of(parts: &[Vec<NodeId>]) -> Option<(NodeId, NodeId)> {
    Some((*parts.first()?.first()?, *parts.get(1)?.first()?))
}
