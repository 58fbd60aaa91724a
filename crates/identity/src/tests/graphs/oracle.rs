//! What can be told from the evidence and the facts alone: which links were to be judged, and what each refusal rests on.
//!
//! - It counts neighbours, finds hubs and witnesses in its own way, from the evidence rows. Only the classes of staff and
//!   mailboxes are taken from the engine.
//! - *Every refusal is recorded*: two nodes that a link, a shared thing or an overruled fact connects, and that ended in
//!   different profiles, have a candidate row each way; nothing else has one; and its reason is true of the two profiles.
//! - *Exclusivity*: a profile has a second login only by as many aliases, must-links or successions.

use std::collections::{BTreeMap, BTreeSet};

use crate::tests::World;
use crate::{
    Class, Fact, FactId, NodeId, NodeRow, Placement, Rank, Reason, RowKey, RowValue, Rules,
    Statement,
};

type Pair = (NodeId, NodeId);

fn pair(a: NodeId, b: NodeId) -> Pair {
    (a.min(b), a.max(b))
}

pub(crate) fn check(world: &World) -> Result<(), String> {
    let oracle = Oracle::of(world);
    oracle.every_refusal_is_recorded()?;
    oracle.every_reason_is_true()?;
    oracle.second_logins_have_a_reason()
}

struct Oracle<'a> {
    rules: &'a Rules,
    nodes: BTreeMap<NodeId, &'a NodeRow>,
    facts: BTreeMap<FactId, &'a Fact>,
    names: BTreeMap<NodeId, BTreeSet<&'a str>>,
    profiles: BTreeMap<NodeId, &'a BTreeSet<NodeId>>,
    candidates: BTreeMap<Pair, &'a Reason>,
    /// Seen together; true by a server's alias.
    links: BTreeMap<Pair, bool>,
    near: BTreeMap<NodeId, BTreeSet<NodeId>>,
}

impl<'a> Oracle<'a> {
    fn of(world: &'a World) -> Self {
        let mut oracle = Self {
            rules: &world.rules,
            nodes: BTreeMap::new(),
            facts: BTreeMap::new(),
            names: BTreeMap::new(),
            profiles: BTreeMap::new(),
            candidates: BTreeMap::new(),
            links: BTreeMap::new(),
            near: BTreeMap::new(),
        };
        for (key, value) in world.memory.rows() {
            oracle.take(*key, value);
        }
        oracle
    }

    fn take(&mut self, key: RowKey, value: &'a RowValue) {
        match (key, value) {
            (RowKey::Node { node }, RowValue::Node(row)) => {
                self.nodes.insert(node, row);
            }
            (RowKey::Fact { fact }, RowValue::Fact(row)) if row.undone.is_none() => {
                self.facts.insert(fact, &row.fact);
            }
            (RowKey::Trait { node, .. }, RowValue::Trait(row)) => {
                self.names.entry(node).or_default().insert(&row.value);
            }
            (RowKey::Profile { root }, RowValue::Profile(profile)) => {
                self.profiles.insert(root, &profile.nodes);
            }
            (RowKey::Candidate { node, other }, RowValue::Candidate(row)) => {
                self.candidates.insert((node, other), &row.reason);
            }
            (RowKey::Evidence { .. }, RowValue::Evidence(evidence)) => {
                let nodes: BTreeSet<NodeId> = evidence.identifiers.iter().map(|i| i.node).collect();
                for a in &nodes {
                    for b in nodes.iter().filter(|b| *b != a) {
                        self.near.entry(*a).or_default().insert(*b);
                        let is_alias = evidence.alias && evidence.trust == crate::Trust::Server;
                        *self.links.entry(pair(*a, *b)).or_default() |= is_alias;
                    }
                }
            }
            _ => {}
        }
    }

    fn near(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        self.near.get(&node).into_iter().flatten().copied()
    }

    fn rank(&self, node: NodeId) -> Rank {
        self.nodes[&node].rank
    }

    fn layer(&self, node: NodeId) -> u8 {
        self.rules.namespaces[usize::from(self.rank(node).0)].layer
    }

    /// Operators' facts that name a node, of those that link or separate.
    fn is_spoken_of(&self, node: NodeId) -> bool {
        self.facts.values().any(|fact| match &fact.statement {
            Statement::MustLink(a, b) | Statement::NeverLink(a, b) => {
                a.node == node || b.node == node
            }
            _ => false,
        })
    }

    fn is_person(&self, node: NodeId) -> bool {
        self.layer(node) == 0 || self.is_spoken_of(node)
    }

    fn is_blocked(&self, node: NodeId) -> bool {
        let says = |fact: &&Fact| matches!(&fact.statement, Statement::Block(a) if a.node == node);
        self.nodes[&node].blocked_by_rule || self.facts.values().any(says)
    }

    fn is_apart(&self, node: NodeId) -> bool {
        let says = |fact: &&Fact| matches!(&fact.statement, Statement::Split(a) if a.node == node);
        self.is_blocked(node) || self.facts.values().any(says)
    }

    fn is_over(&self, node: NodeId, towards: Rank) -> bool {
        let count = self
            .near(node)
            .filter(|other| self.rank(*other) == towards)
            .count();
        let rule = &self.rules.namespaces[usize::from(self.rank(node).0)];
        count > rule.neighbours_max[usize::from(towards.0)] as usize
    }

    /// Things that have too many people's values.
    fn is_public(&self, node: NodeId) -> bool {
        let describing = (0..8).map(Rank).filter(|rank| self.describes(*rank));
        self.layer(node) > 0 && describing.into_iter().any(|rank| self.is_over(node, rank))
    }

    fn describes(&self, rank: Rank) -> bool {
        self.rules.namespaces[usize::from(rank.0)].describes
    }

    fn is_hub(&self, node: NodeId, towards: Rank) -> bool {
        self.is_over(node, towards) || self.describes(towards) && self.is_public(node)
    }

    /// True when the link between the two counts at both ends.
    fn is_linking(&self, a: NodeId, b: NodeId) -> bool {
        !self.is_apart(a)
            && !self.is_apart(b)
            && !self.is_hub(a, self.rank(b))
            && !self.is_hub(b, self.rank(a))
    }

    fn is_foreign(&self, person: NodeId, thing: NodeId) -> bool {
        matches!(&self.nodes[&person].class, Class::Operator { own } if !own.contains(&thing))
    }

    fn root(&self, node: NodeId) -> Option<NodeId> {
        match &self.nodes.get(&node)?.placement {
            Placement::Person { root } => Some(*root),
            _ => None,
        }
    }

    /// Pairs that must be in one profile or have a candidate row.
    fn judged(&self) -> BTreeSet<Pair> {
        let mut judged = BTreeSet::new();
        for (a, b) in self.links.keys().copied() {
            let people = (self.is_person(a), self.is_person(b));
            let is_one_world = match people {
                (true, true) => {
                    let staff =
                        |login, other| self.layer(other) > 0 && self.is_foreign(login, other);
                    !staff(a, b) && !staff(b, a)
                }
                (false, false) => {
                    let alone = |node| self.root(node).is_some();
                    self.layer(a) == self.layer(b) && alone(a) && alone(b)
                }
                _ => false,
            };
            if is_one_world && self.is_linking(a, b) {
                judged.insert((a, b));
            }
        }
        for thing in self.nodes.keys().copied() {
            if self.layer(thing) == 0 || self.is_apart(thing) || self.is_public(thing) {
                continue;
            }
            let is_heard = |other: &NodeId| {
                let other = *other;
                self.layer(other) == 0
                    && self.is_linking(thing, other)
                    && !self.is_foreign(other, thing)
            };
            let heard: BTreeSet<NodeId> = self.near(thing).filter(is_heard).collect();
            for a in &heard {
                judged.extend(heard.iter().filter(|b| *b > a).map(|b| (*a, *b)));
            }
        }
        for fact in self.facts.values() {
            if let Statement::MustLink(a, b) = &fact.statement
                && !self.is_blocked(a.node)
                && !self.is_blocked(b.node)
            {
                judged.insert(pair(a.node, b.node));
            }
        }
        judged
    }

    fn every_refusal_is_recorded(&self) -> Result<(), String> {
        let mut expected: BTreeSet<Pair> = BTreeSet::new();
        for (a, b) in self.judged() {
            if self.root(a) != self.root(b) {
                expected.extend([(a, b), (b, a)]);
            }
        }
        let found: BTreeSet<Pair> = self.candidates.keys().copied().collect();
        if expected == found {
            return Ok(());
        }
        let missing: Vec<_> = expected.difference(&found).collect();
        let extra: Vec<_> = found.difference(&expected).collect();
        Err(format!(
            "refusals that are not recorded: {missing:?}; recorded, but never to be judged: {extra:?}"
        ))
    }

    fn every_reason_is_true(&self) -> Result<(), String> {
        for ((a, b), reason) in &self.candidates {
            if self.candidates.get(&(*b, *a)) != Some(reason) {
                return Err(format!("{a:?} and {b:?} have different reasons"));
            }
            if !self.is_true(*a, *b, reason) {
                return Err(format!("{a:?} and {b:?} are not apart by {reason:?}"));
            }
        }
        Ok(())
    }

    fn is_true(&self, a: NodeId, b: NodeId, reason: &Reason) -> bool {
        let (Some(of_a), Some(of_b)) = (self.members(a), self.members(b)) else {
            return false;
        };
        let classes = [&self.nodes[&a].class, &self.nodes[&b].class];
        let count = |nodes: &BTreeSet<NodeId>, rank: Rank| {
            nodes
                .iter()
                .filter(|node| self.rank(**node) == rank)
                .count()
        };
        let says = |nodes: &BTreeSet<NodeId>, value: &str| {
            let known = |node| {
                self.names
                    .get(node)
                    .is_some_and(|names| names.contains(value))
            };
            nodes.iter().any(known)
        };
        match reason {
            Reason::Exclusive(rank) => count(of_a, *rank) > 0 && count(of_b, *rank) > 0,
            Reason::FirstNames(one, other) | Reason::BirthDates(one, other) => {
                one != other
                    && (says(of_a, one) && says(of_b, other)
                        || says(of_a, other) && says(of_b, one))
            }
            Reason::SharedMailbox => classes.contains(&&Class::Shared),
            Reason::Operator => classes.iter().any(|c| matches!(c, Class::Operator { .. })),
            Reason::Dominated(by) => classes.contains(&&Class::Dominated { by: *by }),
            Reason::NeverLink(fact) | Reason::Overruled(fact) => {
                let fact = self.facts.get(fact);
                fact.is_some_and(|fact| matches!(fact.statement, Statement::NeverLink(..)))
            }
            Reason::NamespaceLimit(rank, max) => {
                count(of_a, *rank) + count(of_b, *rank) > *max as usize
            }
            Reason::Size(max) => of_a.len() + of_b.len() > *max as usize,
            Reason::Uncorroborated => {
                let shared =
                    |thing: &NodeId| self.layer(*thing) > 0 && self.near(b).any(|n| n == *thing);
                self.layer(a) > 0 || self.layer(b) > 0 || self.near(a).any(|thing| shared(&thing))
            }
        }
    }

    fn members(&self, node: NodeId) -> Option<&BTreeSet<NodeId>> {
        self.profiles.get(&self.root(node)?).copied()
    }

    fn second_logins_have_a_reason(&self) -> Result<(), String> {
        for (root, nodes) in &self.profiles {
            let login =
                |node: &&NodeId| self.rules.namespaces[usize::from(self.rank(**node).0)].exclusive;
            let logins = nodes.iter().filter(login).count();
            if logins < 2 {
                continue;
            }
            let within = |(a, b): Pair| nodes.contains(&a) && nodes.contains(&b);
            let aliases = self
                .links
                .iter()
                .filter(|(pair, alias)| **alias && within(**pair));
            let must = self.facts.values().filter(|fact| {
                matches!(&fact.statement, Statement::MustLink(a, b) if within((a.node, b.node)))
            });
            let succeeded = nodes.iter().map(|node| match &self.nodes[node].class {
                Class::Succession { logins } => logins.len() - 1,
                _ => 0,
            });
            let reasons = aliases.count() + must.count() + succeeded.sum::<usize>();
            if logins > reasons + 1 {
                return Err(format!(
                    "{root:?} has {logins} logins and {reasons} reasons"
                ));
            }
        }
        Ok(())
    }
}
