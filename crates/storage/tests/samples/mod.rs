//! One value of every stored type, and more where a type has variants. The values never change: their bytes are frozen.

pub(crate) mod anchors;
pub(crate) mod keys;
mod placement;
pub(crate) mod registry;

use std::collections::{BTreeMap, BTreeSet};

use acquaint_identity as identity;
use acquaint_profile::{
    Flags, Identifier, Identifiers, Interaction, Kind, MessageId, Monoid, Namespaces, Region,
    Rollup, StrandId, Timestamp, Value, WorkspaceId, WorkspaceSecret,
};
use acquaint_storage::{
    InteractionId,
    row::{FeedPosition, ProfileFeedRow},
};

/// 2025-01-31T12:34:56.789Z.
pub(crate) const TIME: Timestamp = Timestamp(1_738_326_896_789);
pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId(0x0102_0304);
pub(crate) const ROW: InteractionId = InteractionId([0xB7; 16]);
pub(crate) const STRAND: StrandId = StrandId([0xC8; 16]);
pub(crate) const POSITION: FeedPosition = FeedPosition {
    index: 70_000,
    seq: 3,
};

pub(crate) fn secret() -> WorkspaceSecret {
    WorkspaceSecret::new([0x5E; 32])
}

pub(crate) fn profile_feed() -> ProfileFeedRow {
    ProfileFeedRow {
        rows: 300,
        trimmed_through: POSITION,
    }
}

pub(crate) fn region() -> Region {
    "DE".parse().unwrap()
}

pub(crate) fn interaction(kind: Kind, event: &str, traits: &str, properties: &str) -> Interaction {
    let namespaces = Namespaces::builtin();
    let given = [
        ("user_id", "u-1"),
        ("email", "Ada@Example.com"),
        ("phone", "+49 30 1234567"),
    ];
    let given = given
        .map(|(name, value)| Identifier::parse(namespaces.get(name).unwrap().1, value).unwrap());
    let map =
        |json: &str| Value::map_from_json("sample", serde_json::from_str(json).unwrap()).unwrap();
    Interaction {
        message_id: "m-1".parse::<MessageId>().unwrap(),
        kind,
        event: (!event.is_empty()).then(|| event.to_owned()),
        channel: "web".parse().unwrap(),
        time: TIME,
        received: Timestamp(TIME.0 + 250),
        identifiers: Identifiers::new(&namespaces, given.to_vec()).unwrap(),
        traits: map(traits),
        properties: map(properties),
        context: map(r#"{"consent": {"categoryPreferences": {"email": true}}}"#),
        source: "web-key".to_owned(),
        flags: Flags::ID_DERIVED | Flags::TIME_CLAMPED,
    }
}

/// Every kind of value is in it.
pub(crate) fn tracked() -> Interaction {
    interaction(
        Kind::Track,
        "Order Completed",
        r#"{}"#,
        r#"{"order_id": "o-1", "total": 12.5, "currency": "EUR", "items": [1, -2, null, true, {"sku": "s"}]}"#,
    )
}

pub(crate) fn identified() -> Interaction {
    interaction(
        Kind::Identify,
        "",
        r#"{"first_name": "Ada", "preferences": {"contact": "email"}}"#,
        "{}",
    )
}

/// Something in every part.
pub(crate) fn rollup() -> Rollup {
    let mut rollup = Rollup::of(&tracked());
    rollup.merge(&Rollup::of(&identified()));
    let facts = [
        (
            "Survey Answered",
            r#"{"survey": "nps", "score": 9, "sentiment": -0.25}"#,
        ),
        (
            "Order Refunded",
            r#"{"order_id": "o-1", "total": 2, "currency": "EUR"}"#,
        ),
        ("Consent Updated", r#"{"purpose": "sms", "granted": false}"#),
        (
            "Preference Stated",
            r#"{"topic": "tea", "value": "green", "scope": "shop", "confidence": 0.5}"#,
        ),
    ];
    for (event, properties) in facts {
        rollup.merge(&Rollup::of(&interaction(
            Kind::Track,
            event,
            "{}",
            properties,
        )));
    }
    rollup.merge(&Rollup::of(&interaction(
        Kind::Group,
        "g-1",
        r#"{"plan": "gold"}"#,
        "{}",
    )));
    rollup
}

pub(crate) fn evidence_identifier(byte: u8) -> identity::EvidenceIdentifier {
    identity::EvidenceIdentifier {
        id: identity::IdentifierId([byte; 16]),
        rank: identity::Rank(1),
        canonical: "a+tag@example.com".to_owned(),
        node: identity::NodeId([byte + 1; 16]),
        key: "a@example.com".to_owned(),
    }
}

pub(crate) fn evidence() -> identity::Evidence {
    let days = BTreeSet::from([identity::Day(20_119), identity::Day(20_120)]);
    identity::Evidence {
        strand: identity::StrandId(STRAND.0),
        source: identity::Source("web-key".to_owned()),
        revision: 2,
        trust: identity::Trust::Server,
        anchor: identity::IdentifierId([0x11; 16]),
        identifiers: vec![evidence_identifier(0x11), evidence_identifier(0x22)],
        alias: true,
        days: days.clone(),
        first_names: BTreeMap::from([("ada".to_owned(), days.clone())]),
        birth_dates: BTreeMap::from([("1990-12-10".to_owned(), days)]),
    }
}

pub(crate) fn testimony() -> identity::Testimony {
    identity::Testimony {
        trust: identity::Trust::Server,
        alias: false,
        day: identity::Day(20_119),
        first_name: Some("ada".to_owned()),
        birth_date: None,
    }
}

pub(crate) fn fact(statement: identity::Statement) -> identity::Fact {
    identity::Fact {
        id: identity::FactId([0xFA; 16]),
        statement,
        author: "support".to_owned(),
        reason: "the customer said so".to_owned(),
        at_ms: TIME.0,
    }
}

pub(crate) fn undo() -> identity::Undo {
    identity::Undo {
        author: "support".to_owned(),
        reason: "a mistake".to_owned(),
        at_ms: TIME.0 + 1,
    }
}

/// Small, with a value in every list.
pub(crate) fn rules_row() -> identity::RulesRow {
    identity::RulesRow {
        rules: rules(),
        text: "[limits]".to_owned(),
        author: "ops".to_owned(),
        reason: "fewer mixed".to_owned(),
        at_ms: 1_700_000_000_000,
    }
}

pub(crate) fn rules() -> identity::Rules {
    let pattern = identity::BlockedPattern::try_from("^test@".to_owned()).unwrap();
    identity::Rules {
        namespaces: vec![identity::NamespaceRule {
            name: "email".to_owned(),
            exclusive: false,
            layer: 1,
            sharing: identity::Sharing::ByDay,
            describes: true,
            per_profile_max: 5,
            neighbours_max: vec![3, 300],
            tiers: vec![1, 2],
            blocked: BTreeSet::from(["none@example.com".to_owned()]),
            blocked_patterns: vec![pattern],
        }],
        nicknames: vec![BTreeSet::from(["ada", "adelaide"].map(str::to_owned))],
        mailbox_dominance: 5,
        owner_dominance: 4,
        handed_on_days_min: 3,
        name_days_min: 2,
        operator_foreign_min: 300,
        typo_days_max: 6,
        typo_edits_max: 7,
        profile_nodes_max: 1000,
        region_nodes_max: 20_000,
        work_max: 256,
    }
}

/// Every kind of row of the identity graph.
pub(crate) fn graph_rows() -> Vec<(&'static str, identity::RowValue)> {
    use identity::RowValue;
    let days = BTreeMap::from([(identity::Day(20_119), 2), (identity::Day(20_120), 1)]);
    let (node, id) = (
        identity::NodeId([0x12; 16]),
        identity::IdentifierId([0x11; 16]),
    );
    let other = identity::NodeId([0x23; 16]);
    let homes = BTreeMap::from([
        (node, identity::Scope::All),
        (other, identity::Scope::Days(vec![placement::DAYS])),
    ]);
    let key = Some("a@example.com".to_owned());
    let mut rows = vec![
        ("evidence", RowValue::from(evidence())),
        (
            "source",
            RowValue::from(identity::Source("web-key".to_owned())),
        ),
        ("mark", RowValue::Mark),
        (
            "node",
            RowValue::from(identity::NodeRow {
                rank: identity::Rank(1),
                canonical: id,
                references: 3,
                neighbours: BTreeMap::from([(identity::Rank(0), 1), (identity::Rank(7), 300)]),
                traits: 2,
                candidates: 1,
                blocked_by_rule: false,
                blocks: 1,
                splits: 4,
                facts: BTreeSet::from([identity::FactId([0xFA; 16])]),
                witnessed: BTreeSet::from([other]),
                kiosks: 5,
                loose: 6,
                class: identity::Class::Dominated { by: other },
                placement: identity::Placement::Person { root: node },
                homes: homes.clone(),
            }),
        ),
        (
            "link",
            RowValue::from(identity::LinkRow {
                references: 3,
                aliases: 1,
                days: days.clone(),
            }),
        ),
        (
            "trait",
            RowValue::from(identity::TraitRow {
                value: "ada".to_owned(),
                days,
            }),
        ),
        (
            "identifier",
            RowValue::from(identity::IdentifierRow {
                node,
                canonical: "a+tag@example.com".to_owned(),
                key: key.clone(),
                references: 2,
                anchors: 1,
            }),
        ),
        (
            "profile",
            RowValue::from(identity::ProfileRow {
                canonical: id,
                nodes: BTreeSet::from([node, other]),
                calm: true,
                contested: 300,
            }),
        ),
        (
            "member",
            RowValue::from(identity::MemberRow {
                rank: identity::Rank(1),
                canonical: "a+tag@example.com".to_owned(),
                key,
                is_anchor: true,
                scope: identity::Scope::Except(vec![placement::DAYS]),
            }),
        ),
        (
            "candidate",
            RowValue::from(identity::CandidateRow {
                reason: identity::Reason::FirstNames("ada".to_owned(), "bob".to_owned()),
            }),
        ),
        (
            "fact",
            RowValue::from(identity::FactRow {
                fact: fact(identity::Statement::MustLink(
                    evidence_identifier(0x11),
                    evidence_identifier(0x22),
                )),
                undone: Some(undo()),
            }),
        ),
        ("rules", RowValue::from(rules_row())),
        (
            "epochs",
            RowValue::from(identity::EpochsRow {
                serving: 1,
                building: Some(identity::Building {
                    epoch: 300,
                    taken: identity::Taken::Evidence(Some((
                        identity::StrandId(STRAND.0),
                        identity::SourceId([0x55; 16]),
                    ))),
                }),
                leaving: None,
                last: 300,
            }),
        ),
        (
            "epochs-after-a-switch",
            RowValue::from(identity::EpochsRow {
                serving: 300,
                building: Some(identity::Building {
                    epoch: 301,
                    taken: identity::Taken::Facts(Some(identity::FactId([0xFA; 16]))),
                }),
                leaving: Some(identity::Leaving {
                    epoch: 1,
                    served: true,
                }),
                last: 301,
            }),
        ),
        (
            "via",
            RowValue::from(identity::ViaRow {
                things: BTreeMap::from([(1, 2), (3, 300)]),
            }),
        ),
        (
            "attribution",
            RowValue::from(identity::AttributionRow {
                anchor: id,
                anchor_node: node,
                nodes: BTreeSet::from([node, other]),
                holders: homes,
            }),
        ),
        (
            "revoked",
            RowValue::from(identity::RevokedRow {
                source: identity::Source("web-key".to_owned()),
                facts: BTreeSet::from([identity::FactId([0xFA; 16])]),
            }),
        ),
        (
            "extent",
            RowValue::from(identity::ExtentRow {
                canonical: id,
                members: vec![identity::Member {
                    node,
                    rank: identity::Rank(1),
                    key: "ada@example.com".to_owned(),
                    scope: identity::Scope::All,
                    identifiers: vec![identity::MemberIdentifier {
                        id,
                        canonical: "ada+tag@example.com".to_owned(),
                        is_anchor: true,
                    }],
                }],
                strands: vec![identity::StrandPart {
                    anchor: id,
                    rank: identity::Rank(3),
                    strand: identity::StrandId(STRAND.0),
                    scope: identity::Scope::Days(vec![placement::DAYS]),
                }],
            }),
        ),
        ("pending-count", RowValue::PendingCount(300)),
        (
            "pending",
            RowValue::from(identity::PendingRow {
                after: Some(identity::RowKey::Via { node, other }),
                attempts: 3,
            }),
        ),
    ];
    rows.extend(placement::rows());
    rows
}
