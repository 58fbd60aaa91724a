//! The messages that are resolved: the omnichannel stream, or a generated one, as often as it takes.
//!
//! - Each replica has identifiers of its own and the names, days and company of the original. Values that mean nothing
//!   (`guest`, the zero uuid) are the same in all of them, as they are in life.
//! - Replicas take turns, so that what one customer sends in a row lies far apart: the worst order for caches.

use std::collections::BTreeSet;

use acquaint_identity::{
    BlockedPattern, Day, Evidence, EvidenceIdentifier, IdentifierId, NodeId, Rules, Source,
    StrandId, Testimony, ValueId,
};
use acquaint_tests::stream;

use crate::sample::{self, NAMESPACES};

/// Customers of the generated stream.
const CUSTOMERS: u32 = 1_000;

/// What identity needs to know of a message.
pub(crate) struct Message {
    /// The state of its strand before anything was heard of it.
    pub(crate) silent: Evidence,
    pub(crate) testimony: Testimony,
}

/// A stream that can be made any number of times larger.
pub(crate) struct Stream {
    pub(crate) name: &'static str,
    messages: Vec<Message>,
    /// Its distinct identifiers.
    pub(crate) identifiers: usize,
}

impl Stream {
    /// The omnichannel stream where it is, else a generated one.
    pub(crate) fn load() -> Self {
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

    pub(crate) fn rules() -> Rules {
        Rules::standard(&NAMESPACES)
    }

    /// Messages of so many replicas.
    pub(crate) fn len(&self, replicas: usize) -> usize {
        self.messages.len() * replicas
    }

    /// Those of the messages of all replicas that stand at these places.
    pub(crate) fn messages(
        &self,
        replicas: usize,
        places: std::ops::Range<usize>,
        rules: &Rules,
    ) -> Vec<Message> {
        let end = places.end.min(self.len(replicas));
        (places.start..end)
            .map(|place| self.messages[place / replicas].of_replica(place % replicas, rules))
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
            if means_nothing(identifier, rules) {
                continue;
            }
            is_other = true;
            if identifier.id == silent.anchor {
                silent.anchor = IdentifierId(turned(identifier.id.0, replica));
            }
            identifier.id = IdentifierId(turned(identifier.id.0, replica));
            identifier.node = NodeId(turned(identifier.node.0, replica));
            if replica > 0 {
                identifier.canonical += &format!(".{replica}");
                identifier.key += &format!(".{replica}");
            }
        }
        if is_other {
            silent.strand = StrandId(turned(silent.strand.0, replica));
        }
        Self {
            silent,
            testimony: self.testimony.clone(),
        }
    }
}

/// An identifier by name and value, as the sample's are made.
pub(crate) fn identifier(namespace: &str, value: &str) -> EvidenceIdentifier {
    sample::identifier(namespace, value).expect("a good value of a built-in namespace")
}

/// What one message says that holds these identifiers, the strongest first.
pub(crate) fn evidence(pairs: &[(&str, &str)], day: u32) -> Evidence {
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

fn means_nothing(identifier: &EvidenceIdentifier, rules: &Rules) -> bool {
    let rule = &rules.namespaces[usize::from(identifier.rank.0)];
    let matches = |pattern: &BlockedPattern| pattern.matches(&identifier.key);
    rule.blocked.contains(&identifier.key) || rule.blocked_patterns.iter().any(matches)
}

/// The id of another replica: as random as a hash, and another one per replica.
fn turned(id: [u8; 16], replica: usize) -> [u8; 16] {
    const ODD: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
    let replica = u128::try_from(replica).expect("a number of replicas");
    (u128::from_be_bytes(id) ^ replica.wrapping_mul(ODD)).to_be_bytes()
}
