//! The partition of one raw component: Kruskal's algorithm in a canonical order, under constraints.
//!
//! ```text
//! facts, the latest first ─► must-links join, never-links part
//! links by (tier, most days, ids) ─► join when the two sides are compatible, else refused with the predicate
//! ```
//!
//! - A pure function of the component.
//! - Node ids are keyed hashes, so that ordering by id is a fair and unpredictable tie-break.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::component::{Component, Edge};
use crate::side::{Judged, Side};
use crate::{Fact, FactId, LinkRule, Reason, Rules, Statement};

/// A link that was accepted, by the places of its ends.
pub(crate) struct Accepted {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) rule: LinkRule,
}

/// A link that was refused, by the places of its ends.
pub(crate) struct RefusedEdge {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) reason: Reason,
}

/// Who is who in a component.
pub(crate) struct Partition {
    /// Per place, the number of its group.
    pub(crate) group_of: Vec<usize>,
    /// The groups' members by place, ascending.
    pub(crate) groups: Vec<Vec<usize>>,
    /// The accepted links: a forest.
    pub(crate) accepted: Vec<Accepted>,
    /// Links refused between nodes that ended in different groups.
    pub(crate) refused: Vec<RefusedEdge>,
    /// True when more days on known links and traits cannot change anything.
    pub(crate) calm: bool,
}

/// The groups while links are being judged.
struct Judge<'a> {
    component: &'a Component,
    rules: &'a Rules,
    /// Per place, a place nearer to the one that holds the side.
    towards: Vec<usize>,
    sides: Vec<Option<Side>>,
    /// Pairs of places that must not meet.
    apart: Vec<(usize, usize, FactId)>,
    accepted: Vec<Accepted>,
    refused: Vec<RefusedEdge>,
}

/// Computes the partition.
pub(crate) fn partition(component: &Component, rules: &Rules) -> Partition {
    let count = component.vertices.len();
    let sides = component
        .vertices
        .iter()
        .enumerate()
        .map(|(place, vertex)| Some(Side::of(place, vertex, rules)));
    let mut judge = Judge {
        component,
        rules,
        towards: (0..count).collect(),
        sides: sides.collect(),
        apart: Vec::new(),
        accepted: Vec::new(),
        refused: Vec::new(),
    };
    judge.take_facts();
    judge.take_links();
    judge.finish()
}

impl Judge<'_> {
    fn find(&mut self, place: usize) -> usize {
        let mut top = place;
        while self.towards[top] != top {
            self.towards[top] = self.towards[self.towards[top]];
            top = self.towards[top];
        }
        top
    }

    /// The later fact wins: an earlier one that contradicts what was taken is overruled.
    fn take_facts(&mut self) {
        let mut facts: Vec<&Fact> = self.component.facts.iter().collect();
        facts.sort_by_key(|fact| Reverse((fact.at_ms, fact.id)));
        for fact in facts {
            let (Statement::MustLink(a, b) | Statement::NeverLink(a, b)) = &fact.statement else {
                continue;
            };
            let (Some(from), Some(to)) =
                (self.component.place(a.node), self.component.place(b.node))
            else {
                continue;
            };
            let (a, b) = (self.find(from), self.find(to));
            if matches!(fact.statement, Statement::NeverLink(..)) {
                if a != b {
                    self.apart.push((from, to, fact.id));
                }
            } else if a != b {
                match self.parted(a, b) {
                    Some(never) => self.refused.push(RefusedEdge {
                        from,
                        to,
                        reason: Reason::Overruled(never),
                    }),
                    None => self.join(
                        a,
                        b,
                        Accepted {
                            from,
                            to,
                            rule: LinkRule::MustLink(fact.id),
                        },
                    ),
                }
            }
        }
    }

    fn take_links(&mut self) {
        let rank = |place: usize| self.component.vertices[place].row.rank;
        let order = |edge: &&Edge| {
            let tier = if edge.row.aliases > 0 {
                0
            } else {
                self.rules.tier(rank(edge.low), rank(edge.high))
            };
            // Places compare as node ids do.
            (tier, Reverse(edge.row.days.len()), edge.low, edge.high)
        };
        let mut edges: Vec<&Edge> = self.component.edges.iter().collect();
        edges.sort_by_cached_key(order);
        for edge in edges {
            let (a, b) = (self.find(edge.low), self.find(edge.high));
            if a == b {
                continue;
            }
            let (from, to) = (edge.low, edge.high);
            match self.refusal(a, b, edge) {
                Some(reason) => self.refused.push(RefusedEdge { from, to, reason }),
                None => {
                    let tier = self.rules.tier(rank(from), rank(to));
                    let rule = if edge.row.aliases > 0 {
                        LinkRule::Alias
                    } else {
                        LinkRule::SeenTogether { tier }
                    };
                    self.join(a, b, Accepted { from, to, rule });
                }
            }
        }
    }

    fn refusal(&mut self, a: usize, b: usize, edge: &Edge) -> Option<Reason> {
        if let Some(never) = self.parted(a, b) {
            return Some(Reason::NeverLink(never));
        }
        let customer = |place: usize| {
            self.rules
                .namespace(self.component.vertices[place].row.rank)
                .customer
        };
        let is_alias = edge.row.aliases > 0;
        let judged = Judged {
            is_alias,
            is_shared: !(is_alias || customer(edge.low) && customer(edge.high)),
        };
        self.sides[a]
            .as_ref()?
            .refuses(self.sides[b].as_ref()?, &judged, self.rules)
    }

    /// The fact that keeps two groups apart; of several the latest.
    fn parted(&mut self, a: usize, b: usize) -> Option<FactId> {
        for at in 0..self.apart.len() {
            let (from, to, fact) = self.apart[at];
            let ends = (self.find(from), self.find(to));
            if ends == (a, b) || ends == (b, a) {
                return Some(fact);
            }
        }
        None
    }

    fn join(&mut self, a: usize, b: usize, accepted: Accepted) {
        let size = |side: &Option<Side>| side.as_ref().map_or(0, |side| side.members.len());
        let (large, small) = if size(&self.sides[a]) >= size(&self.sides[b]) {
            (a, b)
        } else {
            (b, a)
        };
        if let (Some(taken), Some(side)) = (self.sides[small].take(), self.sides[large].as_mut()) {
            side.absorb(taken);
        }
        self.towards[small] = large;
        self.accepted.push(accepted);
    }

    fn finish(mut self) -> Partition {
        let calm = self.refused.is_empty()
            && self.component.facts.is_empty()
            && traits_agree(self.component);
        let mut groups: Vec<Vec<usize>> = self
            .sides
            .iter_mut()
            .filter_map(|side| side.take().map(|s| s.members))
            .collect();
        let mut group_of = vec![0; self.towards.len()];
        for (number, members) in groups.iter_mut().enumerate() {
            members.sort_unstable();
            for place in members {
                group_of[*place] = number;
            }
        }
        let mut refused = self.refused;
        refused.retain(|edge| group_of[edge.from] != group_of[edge.to]);
        Partition {
            group_of,
            groups,
            accepted: self.accepted,
            refused,
            calm,
        }
    }
}

/// True when no two different names or birth dates stand in the component.
fn traits_agree(component: &Component) -> bool {
    let mut names = BTreeSet::new();
    let mut dates = BTreeSet::new();
    for vertex in &component.vertices {
        names.extend(vertex.first_names.iter().map(|(name, _)| name));
        dates.extend(vertex.birth_dates.iter().map(|(date, _)| date));
    }
    names.len() <= 1 && dates.len() <= 1
}
