//! One side of a link that is being judged: a group of nodes and what is known of the person behind it.
//!
//! - Whether two sides are compatible depends on nothing but the two sides and the link.

use std::collections::BTreeSet;

use crate::region::{Vertex, Weighted};
use crate::{Class, NodeId, Rank, Reason, Rules};

/// A group of nodes in the making.
pub(crate) struct Side {
    pub(crate) members: Vec<usize>,
    /// Nodes per rank.
    ranks: Vec<u32>,
    /// Nodes of namespaces of which a person has one.
    exclusive: BTreeSet<NodeId>,
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
        let is_customer = rules.is_people(vertex.row.rank);
        let is_exclusive = rules.namespace(vertex.row.rank).exclusive;
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
            exclusive: is_exclusive.then_some(vertex.node).into_iter().collect(),
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
        self.exclusive.extend(other.exclusive);
        add(&mut self.first_names, other.first_names);
        add(&mut self.birth_dates, other.birth_dates);
        add(&mut self.own_first_names, other.own_first_names);
        add(&mut self.own_birth_dates, other.own_birth_dates);
        self.is_customer |= other.is_customer;
    }

    /// The first predicate that keeps two sides apart which a link of these ranks would join.
    pub(crate) fn refuses(&self, other: &Self, link: &Judged<'_>, rules: &Rules) -> Option<Reason> {
        if !link.is_alias
            && let Some(rank) = self.exclusive_with(other, rules)
            && !link.is_succession(&self.exclusive, &other.exclusive)
        {
            return Some(Reason::Exclusive(rank));
        }
        if let Some((a, b)) = disagree(&self.first_names, &other.first_names, |a, b| {
            rules.same_name(a, b)
        }) {
            return Some(Reason::FirstNames(a, b));
        }
        if let Some((a, b)) = disagree(&self.birth_dates, &other.birth_dates, |a, b| a == b) {
            return Some(Reason::BirthDates(a, b));
        }
        if link.is_shared
            && self.is_customer
            && other.is_customer
            && !self.is_corroborated_by(other, rules)
            && !link.is_slip(rules)
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

    /// The namespace of which a person has one value and both sides have some.
    fn exclusive_with(&self, other: &Self, rules: &Rules) -> Option<Rank> {
        let mut ranks = rules
            .namespaces
            .iter()
            .zip(self.ranks.iter().zip(&other.ranks));
        ranks
            .position(|(rule, (a, b))| rule.exclusive && *a > 0 && *b > 0)
            .map(rank_of)
    }

    /// True when what both sides' customer identifiers say of the person is the same.
    fn is_corroborated_by(&self, other: &Self, rules: &Rules) -> bool {
        let same = |a: &str, b: &str| rules.same_name(a, b);
        let is_one = |names: &[Weighted]| {
            let mut names = supported(names).map(|(name, _)| name);
            names
                .next()
                .is_some_and(|first| names.all(|name| same(first, name)))
        };
        // Whoever goes by two names agrees with anybody.
        is_one(&self.own_first_names)
            && is_one(&other.own_first_names)
            && agree(&self.own_first_names, &other.own_first_names, same)
            || agree(&self.own_birth_dates, &other.own_birth_dates, |a, b| a == b)
    }

    /// True when nothing is known that speaks against any two parts of it being one person.
    pub(crate) fn agrees(&self) -> bool {
        self.first_names.len() <= 1 && self.birth_dates.len() <= 1
    }
}

/// The link that a judgement is about.
pub(crate) struct Judged<'a> {
    /// An alias from a server key.
    pub(crate) is_alias: bool,
    /// It runs over something that people share or hand on.
    pub(crate) is_shared: bool,
    /// The two nodes that it connects.
    pub(crate) ends: (&'a Vertex, &'a Vertex),
}

impl Judged<'_> {
    /// True when the mailbox at one end was used by all these logins one after the other.
    fn is_succession(&self, a: &BTreeSet<NodeId>, b: &BTreeSet<NodeId>) -> bool {
        [self.ends.0, self.ends.1].iter().any(|end| {
            matches!(&end.row.class, Class::Succession { logins }
                if a.is_subset(logins) && b.is_subset(logins))
        })
    }

    /// True when one end is a mailbox that was hardly used and reads like the other one.
    fn is_slip(&self, rules: &Rules) -> bool {
        let (a, b) = self.ends;
        let is_mailbox = |vertex: &Vertex| vertex.key.contains('@');
        let used = a.row.references.min(b.row.references);
        a.row.rank == b.row.rank
            && is_mailbox(a)
            && is_mailbox(b)
            // Families share a last name and a provider, and differ in the first letter.
            && a.key.chars().next() == b.key.chars().next()
            && used <= rules.typo_days_max
            && edits(&a.key, &b.key) <= rules.typo_edits_max
    }
}

/// Letters that must be added, left out, changed or swapped with the next to make one text of the other (optimal string
/// alignment, after Damerau and Levenshtein).
fn edits(a: &str, b: &str) -> u32 {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1)
                .min(row[j - 1] + 1)
                .min(rows[i - 1][j - 1] + changed);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    u32::try_from(rows[a.len()][b.len()]).unwrap_or(u32::MAX)
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

fn agree(a: &[Weighted], b: &[Weighted], same: impl Fn(&str, &str) -> bool) -> bool {
    supported(a).any(|(value, _)| supported(b).any(|(other, _)| same(value, other)))
}

/// The best supported value of either, when both know some and none is the same.
fn disagree(
    a: &[Weighted],
    b: &[Weighted],
    same: impl Fn(&str, &str) -> bool,
) -> Option<(String, String)> {
    if a.is_empty() || b.is_empty() || agree(a, b, same) {
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
