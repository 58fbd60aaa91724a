//! What a strand says about identity: these identifiers were seen together, on these days, under these names.
//!
//! - Evidence is a state, not an increment: it is everything known of one (strand, source), and a newer one is a
//!   superset. Two states merge by union, so duplicates and reordering change nothing.
//! - The strand decides the identifiers; two states of one (strand, source) have the same ones.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Day, IdentifierId, NodeId, Rank, Source, StrandId};

/// Sample message ids kept per (strand, source), for `explain`: enough to look the messages up, few enough to be cheap.
pub const SAMPLES_MAX: usize = 3;

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
    /// The [`SAMPLES_MAX`] smallest message ids.
    pub sample_message_ids: BTreeSet<String>,
}

impl Evidence {
    /// Adds what another state of the same (strand, source) knows, and says whether that was anything new. Samples alone
    /// count too: which ones are kept must not depend on the order.
    pub fn merge(&mut self, other: &Self) -> bool {
        let trust = self.trust.max(other.trust);
        let mut changed = trust != self.trust || (other.alias && !self.alias);
        self.trust = trust;
        self.alias |= other.alias;
        for day in &other.days {
            changed |= self.days.insert(*day);
        }
        changed |= merge_traits(&mut self.first_names, &other.first_names);
        changed |= merge_traits(&mut self.birth_dates, &other.birth_dates);
        for id in &other.sample_message_ids {
            changed |= self.keep_sample(id);
        }
        changed
    }

    /// The state before any sample was kept: merged with the state itself it has no more of them than are kept.
    pub(crate) fn without_samples(&self) -> Self {
        Self {
            sample_message_ids: BTreeSet::new(),
            ..self.clone()
        }
    }

    /// Keeps the id if it is among the smallest.
    fn keep_sample(&mut self, id: &str) -> bool {
        let samples = &mut self.sample_message_ids;
        let is_full = samples.len() >= SAMPLES_MAX;
        if samples.contains(id)
            || (is_full && samples.last().is_some_and(|last| last.as_str() <= id))
        {
            return false;
        }
        samples.insert(id.to_owned());
        while samples.len() > SAMPLES_MAX {
            samples.pop_last();
        }
        true
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

fn merge_traits(
    traits: &mut BTreeMap<String, BTreeSet<Day>>,
    other: &BTreeMap<String, BTreeSet<Day>>,
) -> bool {
    let mut changed = false;
    for (value, days) in other {
        if !traits.contains_key(value) {
            traits.insert(value.clone(), BTreeSet::new());
            changed = true;
        }
        if let Some(known) = traits.get_mut(value) {
            for day in days {
                changed |= known.insert(*day);
            }
        }
    }
    changed
}
