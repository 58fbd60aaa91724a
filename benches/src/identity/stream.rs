//! The messages that are resolved: the omnichannel stream, or a generated one, as often as it
//! takes.
//!
//! - Each replica has its own identifiers, with the names, days and neighbours of the original.
//!   Blocked values (`guest`, the zero uuid) are the same in all replicas, as in real streams.
//! - Replicas take turns, so that the messages of one customer lie far apart: the worst order for
//!   caches.

use std::collections::BTreeSet;

use acquaint_identity::{
    BlockedPattern, Day, Evidence, EvidenceIdentifier, IdentifierId, NodeId, Rules, Source,
    StrandId, Testimony, ValueId,
};
use acquaint_tests::stream;

use super::sample::{self, NAMESPACES};

/// Customers of the generated stream.
const CUSTOMERS: u32 = 1_000;

/// The part of a message that identity needs.
pub struct Message {
    /// The state of its strand before any message.
    pub(super) silent: Evidence,
    pub(super) testimony: Testimony,
}

/// A stream that can be made any number of times larger.
pub struct Stream {
    /// The source of the messages, for reports.
    pub name: &'static str,
    messages: Vec<Message>,
    /// Distinct identifiers of one replica.
    pub identifiers: usize,
}

impl Stream {
    /// The omnichannel stream where it is present, else a generated one.
    pub fn load() -> Self {
        let (name, values) = match stream::omnichannel(usize::MAX) {
            Some(values) => ("omnichannel stream", values),
            None => ("generated stream", stream::sample(CUSTOMERS, usize::MAX)),
        };
        let messages: Vec<Message> = values
            .iter()
            .filter_map(sample::message)
            .map(Message::of)
            .collect();
        let mut ids: Vec<IdentifierId> = messages
            .iter()
            .flat_map(|message| message.silent.identifiers.iter().map(|one| one.id))
            .collect();
        ids.sort_unstable();
        ids.dedup();
        Self {
            name,
            messages,
            identifiers: ids.len(),
        }
    }

    /// The standard rules for the namespaces of the stream.
    pub fn rules() -> Rules {
        Rules::standard(&NAMESPACES)
    }

    /// The number of messages of so many replicas.
    pub fn len(&self, replicas: usize) -> usize {
        self.messages.len() * replicas
    }

    /// A range of the messages of all replicas.
    pub fn messages(
        &self,
        replicas: usize,
        range: std::ops::Range<usize>,
        rules: &Rules,
    ) -> Vec<Message> {
        let end = range.end.min(self.len(replicas));
        (range.start..end)
            .map(|index| self.messages[index / replicas].of_replica(index % replicas, rules))
            .collect()
    }
}

impl Message {
    fn of(message: sample::Message) -> Self {
        let evidence = message.evidence;
        let testimony = Testimony {
            trust: evidence.trust,
            alias: evidence.alias,
            day: *evidence.days.first().expect("a message has a day"),
            first_name: evidence.first_names.keys().next().cloned(),
            birth_date: evidence.birth_dates.keys().next().cloned(),
        };
        Self {
            silent: evidence.silent(),
            testimony,
        }
    }

    fn of_replica(&self, replica: usize, rules: &Rules) -> Self {
        let mut silent = self.silent.clone();
        let mut is_other = false;
        for identifier in &mut silent.identifiers {
            if is_blocked(identifier, rules) {
                continue;
            }
            is_other = true;
            if identifier.id == silent.anchor {
                silent.anchor = IdentifierId(in_replica(identifier.id.0, replica));
            }
            identifier.id = IdentifierId(in_replica(identifier.id.0, replica));
            identifier.node = NodeId(in_replica(identifier.node.0, replica));
            if replica > 0 {
                identifier.canonical += &format!(".{replica}");
                identifier.key += &format!(".{replica}");
            }
        }
        if is_other {
            silent.strand = StrandId(in_replica(silent.strand.0, replica));
        }
        Self {
            silent,
            testimony: self.testimony.clone(),
        }
    }
}

/// An identifier from its namespace and value, with the ids that the identifiers of the stream
/// have.
pub fn identifier(namespace: &str, value: &str) -> EvidenceIdentifier {
    sample::identifier(namespace, value).expect("a good value of a built-in namespace")
}

/// The evidence of one message with these identifiers, the strongest first.
pub fn evidence(pairs: &[(&str, &str)], day: u32) -> Evidence {
    let identifiers: Vec<EvidenceIdentifier> = pairs
        .iter()
        .map(|(namespace, value)| identifier(namespace, value))
        .collect();
    let strand = ValueId::of(&format!("{pairs:?}"));
    Evidence {
        days: BTreeSet::from([Day(day)]),
        ..Evidence::new(
            StrandId(strand.0),
            Source("bench".to_owned()),
            identifiers[0].id,
            identifiers,
        )
    }
}

fn is_blocked(identifier: &EvidenceIdentifier, rules: &Rules) -> bool {
    let rule = &rules.namespaces[usize::from(identifier.rank.0)];
    let matches = |pattern: &BlockedPattern| pattern.matches(&identifier.key);
    rule.blocked.contains(&identifier.key) || rule.blocked_patterns.iter().any(matches)
}

/// The id in another replica: as random as a hash, and different in each replica.
fn in_replica(id: [u8; 16], replica: usize) -> [u8; 16] {
    const ODD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
    let replica = u128::try_from(replica).expect("a number of replicas");
    (u128::from_be_bytes(id) ^ replica.wrapping_mul(ODD)).to_be_bytes()
}
