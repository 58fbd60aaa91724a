//! The partition of a region: Kruskal's algorithm in a canonical order, under constraints.
//!
//! ```text
//! facts, the latest first ─► must-links join, never-links part
//! edges by (tier, most days, ids) ─► join when the two sides are compatible, else refused with the predicate
//! ```
//!
//! - A pure function of the region.
//! - Node ids are keyed hashes, so that ordering by id is a fair and unpredictable tie-break.
//! - *Why a region is enough.* Whether an edge joins two groups depends on what the two hold at that moment and on nothing
//!   else. A profile that no accepted edge leaves goes through the same states whatever lies around it, as long as
//!   its own edges and nodes are the same. So if every ring profile comes out as it is stored, every edge that leaves
//!   the region would be refused as before, and what was computed for the core is what the whole graph would give.

use std::cmp::Reverse;

use crate::region::{Bond, Edge, Region, Vertex};
use crate::side::{Judged, Side};
use crate::{Class, Fact, FactId, LinkRule, Reason, Rules, Statement};

/// The tier of what was only seen with the same things; below every link. The layer of the thing is added.
const VIA_TIER: u8 = 100;

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

/// Who is who in a region.
pub(crate) struct Partition {
    /// Per place, the number of its group.
    pub(crate) group_of: Vec<usize>,
    /// The groups' members by place, ascending.
    pub(crate) groups: Vec<Vec<usize>>,
    /// The accepted links: a forest.
    pub(crate) accepted: Vec<Accepted>,
    /// Links refused between nodes that ended in different groups.
    pub(crate) refused: Vec<RefusedEdge>,
    /// By number of group: true when nothing within it was refused, so that more days on known links change nothing.
    pub(crate) calm: Vec<bool>,
}

/// The groups while links are being judged.
struct Judge<'a> {
    region: &'a Region,
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
pub(crate) fn partition(region: &Region, rules: &Rules) -> Partition {
    let count = region.vertices.len();
    let sides = region
        .vertices
        .iter()
        .enumerate()
        .map(|(place, vertex)| Some(Side::of(place, vertex, rules)));
    let mut judge = Judge {
        region,
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
        let mut facts: Vec<&Fact> = self.region.facts.iter().map(|row| &row.fact).collect();
        facts.sort_by_key(|fact| Reverse((fact.at_ms, fact.id)));
        for fact in facts {
            let (Statement::MustLink(a, b) | Statement::NeverLink(a, b)) = &fact.statement else {
                continue;
            };
            let (Some(from), Some(to)) = (self.region.place(a.node), self.region.place(b.node))
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
        let mut edges: Vec<&Edge> = self.region.edges.iter().collect();
        // Places compare as node ids do.
        edges.sort_by_cached_key(|edge| (self.tier(edge), days(edge), edge.low, edge.high));
        for edge in edges {
            let (a, b) = (self.find(edge.low), self.find(edge.high));
            if a == b {
                continue;
            }
            let (from, to) = (edge.low, edge.high);
            match self.refusal(a, b, edge) {
                Some(reason) => self.refused.push(RefusedEdge { from, to, reason }),
                None => {
                    let rule = self.rule(edge);
                    self.join(a, b, Accepted { from, to, rule });
                }
            }
        }
    }

    fn tier(&self, edge: &Edge) -> u8 {
        let rank = |place: usize| self.region.vertices[place].row.rank;
        match &edge.bond {
            Bond::Link(link) if link.aliases > 0 => 0,
            Bond::Link(_) => self.rules.tier(rank(edge.low), rank(edge.high)),
            Bond::Via(via) => {
                VIA_TIER
                    + via
                        .things
                        .keys()
                        .next()
                        .copied()
                        .unwrap_or(u8::MAX - VIA_TIER)
            }
        }
    }

    fn rule(&self, edge: &Edge) -> LinkRule {
        match &edge.bond {
            Bond::Link(link) if link.aliases > 0 => LinkRule::Alias,
            Bond::Link(_) => LinkRule::SeenTogether {
                tier: self.tier(edge),
            },
            Bond::Via(_) => LinkRule::SameThing {
                layer: self.tier(edge) - VIA_TIER,
            },
        }
    }

    fn refusal(&mut self, a: usize, b: usize, edge: &Edge) -> Option<Reason> {
        if let Some(never) = self.parted(a, b) {
            return Some(Reason::NeverLink(never));
        }
        let vertices = &self.region.vertices;
        let (low, high) = (&vertices[edge.low], &vertices[edge.high]);
        let is_alias = matches!(&edge.bond, Bond::Link(link) if link.aliases > 0);
        if !is_alias {
            let reason = class_refusal(low, high, self.rules)
                .or_else(|| class_refusal(high, low, self.rules));
            if reason.is_some() {
                return reason;
            }
        }
        let people = |row: &crate::NodeRow| self.rules.is_people(row.rank);
        let judged = Judged {
            is_alias,
            is_shared: match edge.bond {
                Bond::Link(_) => !(is_alias || people(&low.row) && people(&high.row)),
                Bond::Via(_) => true,
            },
            ends: (low, high),
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
        let sides = std::mem::take(&mut self.sides);
        let mut groups = Vec::new();
        let mut calm = Vec::new();
        for side in sides.into_iter().flatten() {
            calm.push(side.agrees());
            groups.push(side.members);
        }
        let mut group_of = vec![0; self.towards.len()];
        for (number, members) in groups.iter_mut().enumerate() {
            members.sort_unstable();
            for place in members {
                group_of[*place] = number;
                calm[number] &= self.region.vertices[*place].row.facts.is_empty();
            }
        }
        for edge in &self.refused {
            if group_of[edge.from] == group_of[edge.to] {
                calm[group_of[edge.from]] = false;
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

fn days(edge: &Edge) -> Reverse<usize> {
    match &edge.bond {
        Bond::Link(link) => Reverse(link.days.len()),
        Bond::Via(_) => Reverse(0),
    }
}

/// Why a node's class keeps it from another one.
fn class_refusal(vertex: &Vertex, other: &Vertex, rules: &Rules) -> Option<Reason> {
    match &vertex.row.class {
        Class::Plain | Class::Succession { .. } => None,
        Class::Shared => Some(Reason::SharedMailbox),
        Class::Operator { own } => (!own.contains(&other.node)).then_some(Reason::Operator),
        Class::Dominated { by } => {
            let is_other_login = *by != other.node && rules.namespace(other.row.rank).exclusive;
            is_other_login.then_some(Reason::Dominated(*by))
        }
    }
}
