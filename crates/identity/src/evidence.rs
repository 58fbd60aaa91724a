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
    /// Adds what another state of the same (strand, source) knows.
    pub(crate) fn absorb(&mut self, other: &Self) {
        self.trust = self.trust.max(other.trust);
        self.alias |= other.alias;
        self.days.extend(&other.days);
        for (name, days) in &other.first_names {
            self.first_names
                .entry(name.clone())
                .or_default()
                .extend(days);
        }
        for (date, days) in &other.birth_dates {
            self.birth_dates
                .entry(date.clone())
                .or_default()
                .extend(days);
        }
        self.sample_message_ids
            .extend(other.sample_message_ids.iter().cloned());
        while self.sample_message_ids.len() > SAMPLES_MAX {
            self.sample_message_ids.pop_last();
        }
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
