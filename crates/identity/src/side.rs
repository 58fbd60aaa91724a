//! One side of a link that is being judged: a group of nodes and what is known of the person behind it.
//!
//! - Whether two sides are compatible depends on nothing but the two sides and the link.

use crate::component::{Vertex, Weighted};
use crate::{Rank, Reason, Rules};

/// A group of nodes in the making.
pub(crate) struct Side {
    pub(crate) members: Vec<usize>,
    /// Nodes per rank.
    ranks: Vec<u32>,
    first_names: Vec<Weighted>,
    birth_dates: Vec<Weighted>,
    /// Names and dates known from its customer identifiers alone: what something shared has no part in.
    own_first_names: Vec<Weighted>,
    own_birth_dates: Vec<Weighted>,
    is_customer: bool,
}

impl Side {
    pub(crate) fn of(place: usize, vertex: &Vertex, rules: &Rules) -> Self {
        let mut ranks = vec![0; rules.namespaces.len()];
        ranks[usize::from(vertex.row.rank.0).min(rules.namespaces.len() - 1)] = 1;
        let is_customer = rules.namespace(vertex.row.rank).customer;
        let own = |traits: &Vec<Weighted>| {
            if is_customer {
                traits.clone()
            } else {
                Vec::new()
            }
        };
        Self {
            members: vec![place],
            ranks,
            own_first_names: own(&vertex.first_names),
            own_birth_dates: own(&vertex.birth_dates),
            first_names: vertex.first_names.clone(),
            birth_dates: vertex.birth_dates.clone(),
            is_customer,
        }
    }

    /// Takes the other side in.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.members.extend(other.members);
        for (count, more) in self.ranks.iter_mut().zip(other.ranks) {
            *count += more;
        }
        add(&mut self.first_names, other.first_names);
        add(&mut self.birth_dates, other.birth_dates);
        add(&mut self.own_first_names, other.own_first_names);
        add(&mut self.own_birth_dates, other.own_birth_dates);
        self.is_customer |= other.is_customer;
    }

    /// The first predicate that keeps two sides apart which a link of these ranks would join.
    pub(crate) fn refuses(&self, other: &Self, link: &Judged, rules: &Rules) -> Option<Reason> {
        let exclusive = || {
            let both = |(a, b): (&u32, &u32)| *a > 0 && *b > 0;
            let mut ranks = rules
                .namespaces
                .iter()
                .zip(self.ranks.iter().zip(&other.ranks));
            ranks.position(|(rule, counts)| rule.exclusive && both(counts))
        };
        if !link.is_alias
            && let Some(rank) = exclusive()
        {
            return Some(Reason::Exclusive(rank_of(rank)));
        }
        if let Some((a, b)) = disagree(&self.first_names, &other.first_names) {
            return Some(Reason::FirstNames(a, b));
        }
        if let Some((a, b)) = disagree(&self.birth_dates, &other.birth_dates) {
            return Some(Reason::BirthDates(a, b));
        }
        if link.is_shared
            && self.is_customer
            && other.is_customer
            && !self.is_corroborated_by(other)
        {
            return Some(Reason::Uncorroborated);
        }
        for (rank, (rule, (a, b))) in rules
            .namespaces
            .iter()
            .zip(self.ranks.iter().zip(&other.ranks))
            .enumerate()
        {
            if a + b > rule.per_profile_max && *a > 0 && *b > 0 {
                return Some(Reason::NamespaceLimit(rank_of(rank), rule.per_profile_max));
            }
        }
        let nodes = u32::try_from(self.members.len() + other.members.len()).unwrap_or(u32::MAX);
        (nodes > rules.profile_nodes_max).then_some(Reason::Size(rules.profile_nodes_max))
    }

    /// True when what both sides' customer identifiers say of the person is the same.
    fn is_corroborated_by(&self, other: &Self) -> bool {
        agree(&self.own_first_names, &other.own_first_names)
            || agree(&self.own_birth_dates, &other.own_birth_dates)
    }
}

/// The link that a judgement is about.
pub(crate) struct Judged {
    /// An alias from a server key.
    pub(crate) is_alias: bool,
    /// One of its ends is something that people share or hand on.
    pub(crate) is_shared: bool,
}

fn rank_of(place: usize) -> Rank {
    Rank(u8::try_from(place).unwrap_or(u8::MAX))
}

fn add(values: &mut Vec<Weighted>, more: Vec<Weighted>) {
    for (value, days) in more {
        match values.binary_search_by(|(known, _)| known.cmp(&value)) {
            Ok(at) => values[at].1 += days,
            Err(at) => values.insert(at, (value, days)),
        }
    }
}

/// The values that stand out: those with at least half the days of the one with most. The rest are slips of the pen.
fn supported(values: &[Weighted]) -> impl Iterator<Item = &Weighted> {
    let top = values.iter().map(|(_, days)| *days).max().unwrap_or(0);
    values
        .iter()
        .filter(move |(_, days)| days.saturating_mul(2) >= top)
}

fn agree(a: &[Weighted], b: &[Weighted]) -> bool {
    supported(a).any(|(value, _)| supported(b).any(|(other, _)| value == other))
}

/// The best supported value of either, when both know some and none is the same.
fn disagree(a: &[Weighted], b: &[Weighted]) -> Option<(String, String)> {
    if a.is_empty() || b.is_empty() || agree(a, b) {
        return None;
    }
    Some((best(a)?, best(b)?))
}

fn best(values: &[Weighted]) -> Option<String> {
    // Of values with equal days the smallest, so that the reason reads the same everywhere.
    values
        .iter()
        .rev()
        .max_by_key(|(_, days)| *days)
        .map(|(value, _)| value.clone())
}
