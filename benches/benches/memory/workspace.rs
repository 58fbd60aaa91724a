//! The customers of the benchmarks, made up by number: identifiers, interactions, evidence and
//! messages.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use acquaint_identity as identity;
use acquaint_profile::{
    Flags, Identifier, Identifiers, Interaction, Kind, Monoid, Namespaces, Region, Rollup,
    Timestamp, Value, WorkspaceId, WorkspaceSecret,
};
use acquaint_storage::command::{IngestBatch, IngestMessage};
use identity::{Day, Evidence, EvidenceIdentifier, NodeId, Rank, Rules, Source, Testimony, Trust};

pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId(1);
/// The source of all messages.
pub(crate) const SOURCE: &str = "bench";

const DAY_MS: i64 = 86_400_000;
const FIRST_DAY: u32 = 20_000;
const EVENTS: [&str; 8] = [
    "Order Completed",
    "Product Viewed",
    "Product Added",
    "Cart Viewed",
    "Email Opened",
    "Article Read",
    "Coupon Applied",
    "Ticket Opened",
];
const CHANNELS: [&str; 3] = ["web", "app", "store"];

/// A workspace with the built-in namespaces.
pub(crate) struct Workspace {
    namespaces: Namespaces,
    secret: WorkspaceSecret,
    region: Region,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        Self {
            namespaces: Namespaces::builtin(),
            secret: WorkspaceSecret::new([7; 32]),
            region: "US".parse().expect("a region"),
        }
    }

    /// The standard identity rules.
    pub(crate) fn rules(&self) -> Rules {
        let specs = self.namespaces.iter();
        let names: Vec<(&str, bool)> = specs
            .map(|spec| (spec.name.as_str(), spec.exclusive))
            .collect();
        Rules::standard(&names)
    }

    pub(crate) fn identifiers(&self, pairs: &[(&str, &str)]) -> Identifiers {
        let parse = |(namespace, value): &(&str, &str)| {
            let required = self.namespaces.require(namespace);
            let (_, spec) = required.expect("a built-in namespace");
            Identifier::parse(spec, value).expect("a good value")
        };
        let identifiers = pairs.iter().map(parse).collect();
        Identifiers::new(&self.namespaces, identifiers).expect("different identifiers")
    }

    /// Interaction `number` of a customer: one a day, every eighth an order.
    pub(crate) fn interaction(&self, identifiers: &Identifiers, number: u32) -> Interaction {
        let time = Timestamp(i64::from(FIRST_DAY + number) * DAY_MS);
        let pick = |names: &[&'static str]| names[number as usize % names.len()];
        let anchor = &identifiers.anchor().value;
        Interaction {
            message_id: format!("m-{anchor}-{number}").parse().expect("a short id"),
            kind: Kind::Track,
            event: Some(pick(&EVENTS).to_owned()),
            channel: pick(&CHANNELS).parse().expect("a channel"),
            time,
            received: time,
            identifiers: identifiers.clone(),
            traits: values([
                ("firstName", "Ada"),
                ("lastName", "Rossi"),
                ("city", "Turin"),
                ("plan", "gold"),
                ("language", "it"),
                ("size", "M"),
            ]),
            properties: values([
                ("order_id", format!("o-{anchor}-{number}").as_str()),
                ("revenue", "19.95"),
                ("currency", "EUR"),
                ("sku", "P-1024"),
            ]),
            context: BTreeMap::new(),
            source: SOURCE.to_owned(),
            flags: Flags::NONE,
        }
    }

    /// The rollup of a range of a customer's interactions.
    pub(crate) fn rollup(&self, identifiers: &Identifiers, numbers: Range<u32>) -> Rollup {
        let mut sum = Rollup::empty();
        for number in numbers {
            sum.merge(&Rollup::of(&self.interaction(identifiers, number)));
        }
        sum
    }

    /// An interaction as a command carries it.
    pub(crate) fn message(&self, interaction: Interaction) -> IngestMessage {
        let identifiers = &interaction.identifiers;
        let (anchor, strand) = (
            identifiers.anchor().id(&self.secret),
            identifiers.strand(&self.secret),
        );
        IngestMessage {
            by_day: false,
            strand,
            anchor,
            identifiers: self.evidence_identifiers(identifiers),
            testimony: Testimony {
                trust: Trust::Server,
                alias: false,
                day: Day(interaction.time.day().0),
                first_name: Some("ada".to_owned()),
                birth_date: None,
            },
            interaction,
        }
    }

    /// A command of interaction `number` of each of these customers.
    pub(crate) fn command(&self, customers: &[Identifiers], number: u32) -> IngestBatch {
        let message = |customer| self.message(self.interaction(customer, number));
        IngestBatch {
            workspace: WORKSPACE,
            messages: customers.iter().map(message).collect(),
        }
    }

    /// The evidence of one message on a day.
    pub(crate) fn evidence(&self, identifiers: &Identifiers, day: u32) -> Evidence {
        Evidence {
            trust: Trust::Server,
            days: BTreeSet::from([Day(FIRST_DAY + day)]),
            ..Evidence::new(
                identity::StrandId(identifiers.strand(&self.secret).0),
                Source(SOURCE.to_owned()),
                identity::IdentifierId(identifiers.anchor().id(&self.secret).0),
                self.evidence_identifiers(identifiers),
            )
        }
    }

    /// The node of an identifier in the identity graph.
    pub(crate) fn node(&self, namespace: &str, value: &str) -> NodeId {
        let identifiers = self.identifiers(&[(namespace, value)]);
        self.evidence_identifiers(&identifiers)[0].node
    }

    fn evidence_identifiers(&self, identifiers: &Identifiers) -> Vec<EvidenceIdentifier> {
        let of_identity = |identifier: &Identifier| {
            let required = self.namespaces.require(identifier.namespace.as_str());
            let (rank, spec) = required.expect("a built-in namespace");
            let key = identifier.matching_key(spec, &self.region);
            EvidenceIdentifier {
                id: identity::IdentifierId(identifier.id(&self.secret).0),
                rank: Rank(rank),
                canonical: identifier.value.clone(),
                node: NodeId(key.id(&self.secret).0),
                key: key.value,
            }
        };
        identifiers.iter().map(of_identity).collect()
    }
}

/// Named texts as traits or properties.
pub(crate) fn values<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, Value> {
    let own = |(name, text): (&str, &str)| (name.to_owned(), Value::String(text.to_owned()));
    pairs.map(own).into()
}
