//! What a strand says about identity: these identifiers were seen together, on these days, under these names.
//!
//! - Evidence is a state, not an increment: it is everything known of one (strand, source). Two states of one revision
//!   merge by union, so duplicates and reordering change nothing; a state of a later revision takes the place of an
//!   earlier one, so what a revoked message had said goes.
//! - The bounds of a union keep the smallest (of days the latest), so that they are order-free too: what is among the
//!   smallest of all was among the smallest of every part, and has lost nothing.
//! - The strand decides the identifiers; two states of one (strand, source) have the same ones.
//! - It names no message: a message that says nothing new about identity leaves it as it is, and needs no second round of
//!   consensus. The messages of a strand are found under its anchor.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Day, IdentifierId, NodeId, Rank, Source, StrandId, Testimony};

/// Distinct first names, and distinct birth dates, that one (strand, source) keeps. More than these is a shared device or a
/// broken sender, which is known long before.
pub const TRAIT_VALUES_MAX: usize = 16;

/// Distinct days that one (strand, source) keeps, the latest: eleven years, so that a sender who makes days up cannot make
/// a row grow for ever.
pub const DAYS_MAX: usize = 4_096;

/// How far the key is trusted that the evidence came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Trust {
    /// Anyone may hold the key (a browser, an app): it cannot alias two values of an exclusive namespace.
    Public,
    /// Only the customer's servers hold the key.
    Server,
}

/// One identifier of a strand, with the node that its matching key names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EvidenceIdentifier {
    /// The identifier's id.
    pub id: IdentifierId,
    /// The rank of its namespace.
    pub rank: Rank,
    /// The canonical value, for people to read.
    pub canonical: String,
    /// The node of its matching key.
    pub node: NodeId,
    /// The matching key's value; blocked values are judged on it.
    pub key: String,
}

/// The whole state of one (strand, source).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The exact set of identifiers.
    pub strand: StrandId,
    /// The write key or import that it came through.
    pub source: Source,
    /// Grows whenever a message is revoked or restored and the state is derived again.
    pub revision: u32,
    /// The trust class of that key.
    pub trust: Trust,
    /// The strongest identifier: where the interactions are stored.
    pub anchor: IdentifierId,
    /// The identifiers, in any order.
    pub identifiers: Vec<EvidenceIdentifier>,
    /// True when an `alias` message said that the identifiers are one person.
    pub alias: bool,
    /// The distinct days on which it was seen: the strength of its links.
    pub days: BTreeSet<Day>,
    /// First names given with it, lower case, with the days.
    pub first_names: BTreeMap<String, BTreeSet<Day>>,
    /// Birth dates given with it (`YYYY-MM-DD`), with the days.
    pub birth_dates: BTreeMap<String, BTreeSet<Day>>,
}

impl Evidence {
    /// The state of a (strand, source) that no message is known of.
    #[must_use]
    pub fn new(
        strand: StrandId,
        source: Source,
        anchor: IdentifierId,
        identifiers: Vec<EvidenceIdentifier>,
    ) -> Self {
        Self {
            strand,
            source,
            revision: 0,
            trust: Trust::Public,
            anchor,
            identifiers,
            alias: false,
            days: BTreeSet::new(),
            first_names: BTreeMap::new(),
            birth_dates: BTreeMap::new(),
        }
    }

    /// Adds what one message says; false when it was all known.
    pub fn hear(&mut self, testimony: &Testimony) -> bool {
        let day = BTreeSet::from([testimony.day]);
        let on_day = |value| (value, &day);
        let mut changed = self.raise(testimony.trust, testimony.alias);
        changed |= add_day(&mut self.days, testimony.day);
        changed |= add_traits(
            &mut self.first_names,
            testimony.first_name.iter().map(on_day),
        );
        changed
            | add_traits(
                &mut self.birth_dates,
                testimony.birth_date.iter().map(on_day),
            )
    }

    /// Takes another state of the same (strand, source) in, and says whether that changed anything: an earlier revision
    /// does not, a later one takes this one's place, and one of the same revision adds what it knows.
    pub fn merge(&mut self, other: &Self) -> bool {
        match other.revision.cmp(&self.revision) {
            Ordering::Less => false,
            Ordering::Equal => self.add(other),
            Ordering::Greater => {
                *self = other.silent();
                self.add(other);
                true
            }
        }
    }

    /// The state of the same (strand, source) and revision that says nothing: the sum of no messages.
    #[must_use]
    pub fn silent(&self) -> Self {
        let (source, identifiers) = (self.source.clone(), self.identifiers.clone());
        Self {
            revision: self.revision,
            ..Self::new(self.strand, source, self.anchor, identifiers)
        }
    }

    /// True when no message speaks in it, which is as if there were none: every message has a day.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.days.is_empty()
    }

    /// The union, within the bounds; false when this one said it all.
    fn add(&mut self, other: &Self) -> bool {
        let mut changed = self.raise(other.trust, other.alias);
        for day in &other.days {
            changed |= add_day(&mut self.days, *day);
        }
        changed |= add_traits(&mut self.first_names, &other.first_names);
        changed | add_traits(&mut self.birth_dates, &other.birth_dates)
    }

    fn raise(&mut self, trust: Trust, alias: bool) -> bool {
        let changed = trust > self.trust || (alias && !self.alias);
        self.trust = self.trust.max(trust);
        self.alias |= alias;
        changed
    }

    /// True when it may join two values of an exclusive namespace.
    pub(crate) fn is_server_alias(&self) -> bool {
        self.alias && self.trust == Trust::Server
    }

    /// The distinct nodes, each with its rank, in order of node id.
    pub(crate) fn nodes(&self) -> BTreeMap<NodeId, Rank> {
        self.identifiers
            .iter()
            .map(|identifier| (identifier.node, identifier.rank))
            .collect()
    }
}

/// Adds a day if it is among the latest.
fn add_day(days: &mut BTreeSet<Day>, day: Day) -> bool {
    let is_full = days.len() >= DAYS_MAX;
    if is_full && days.first().is_some_and(|first| day < *first) || !days.insert(day) {
        return false;
    }
    if is_full {
        days.pop_first();
    }
    true
}

/// Adds the values that are among the smallest, with their days.
fn add_traits<'a>(
    traits: &mut BTreeMap<String, BTreeSet<Day>>,
    other: impl IntoIterator<Item = (&'a String, &'a BTreeSet<Day>)>,
) -> bool {
    let mut changed = false;
    for (value, days) in other {
        let is_full = traits.len() >= TRAIT_VALUES_MAX;
        let largest = traits.last_key_value().map(|(largest, _)| largest);
        if is_full && largest.is_some_and(|largest| value > largest) {
            continue;
        }
        changed |= !traits.contains_key(value);
        let known = traits.entry(value.clone()).or_default();
        for day in days {
            changed |= add_day(known, *day);
        }
        if traits.len() > TRAIT_VALUES_MAX {
            traits.pop_last();
        }
    }
    changed
}
