//! Commands to the machines of the product, and what is read of their state: a key of a board is a customer with a mailbox, a
//! message something that the customer did with one of several cards.

use std::collections::BTreeMap;

use acquaint_consensus::Group;
use acquaint_history::NumberSet;
use acquaint_identity::{
    Day, EvidenceIdentifier, NodeId, Rank, Reader, RowKey, RowValue, Rules, RulesRow, Source,
    Testimony, Trust,
};
use acquaint_profile::{
    Flags, Identifier, IdentifierId, Identifiers, Interaction, Kind, Namespaces, Timestamp, Value,
    WorkspaceId, WorkspaceSecret,
};
use acquaint_storage::command::{
    AnchorsCommand, AnchorsOutcome, IdentityCommand, IngestBatch, IngestMessage, RegistryCommand,
};
use acquaint_storage::row::{InteractionRow, StrandRow, WatermarkRow, WorkspaceRow};
use acquaint_storage::{
    Error, Graph, GroupId, Key, KeyRange, Order, Place as GraphPlace, Read, Slot, SlotMap, Store,
    codec,
};

use crate::clients::Place;
use crate::cluster::Running;
use crate::machines::Taken;
use crate::runtime::HostRuntime;
use crate::settings::COLLECTOR;

const WORKSPACE: WorkspaceId = WorkspaceId(1);
/// Where the messages came through.
const SOURCE: &str = "simulation";
/// Rows that a read looks at, at most.
const ROWS_MAX: usize = 100_000;
/// Messages with one card: the next ones tell something new.
const MESSAGES_PER_CARD: u32 = 3;
/// The time of the first message, and how much later the next one is, in milliseconds.
const BEGIN_MS: i64 = 1_750_000_000_000;
const STEP_MS: i64 = 3_600_000;

fn secret() -> WorkspaceSecret {
    WorkspaceSecret::new([7; 32])
}

/// An identifier of a namespace that every workspace has.
fn identifier(namespaces: &Namespaces, namespace: &str, value: &str) -> Option<Identifier> {
    let (_, spec) = namespaces.get(namespace)?;
    Identifier::parse(spec, value).ok()
}

/// The mailbox of the customer at a place: one whose slot the board owns.
fn mailbox(map: SlotMap, (board, key): Place) -> Option<Identifier> {
    let namespaces = Namespaces::builtin();
    let mailboxes = (0..1_000).filter_map(|number| {
        let value = format!("customer-{key}-{number}@example.org");
        identifier(&namespaces, "email", &value)
    });
    let mut owned =
        mailboxes.filter(|mailbox| map.group_of(Slot::of(&mailbox.id(&secret()))) == board);
    owned.next()
}

fn anchor(map: SlotMap, place: Place) -> IdentifierId {
    let id = mailbox(map, place).map(|mailbox| mailbox.id(&secret()));
    id.expect("of a thousand mailboxes one is in any share of the slots")
}

/// The command that takes a message in.
pub(crate) fn ingest(map: SlotMap, place: Place, message: u32, ballast: usize) -> Vec<u8> {
    let messages = ingest_message(map, place, message, ballast);
    codec::encode(&AnchorsCommand::Ingest(IngestBatch {
        workspace: WORKSPACE,
        messages: messages.into_iter().collect(),
    }))
}

fn ingest_message(
    map: SlotMap,
    place: Place,
    message: u32,
    ballast: usize,
) -> Option<IngestMessage> {
    let namespaces = Namespaces::builtin();
    let (GroupId::Anchors(number), key) = place else {
        return None;
    };
    let card = format!("card-{number}-{key}-{}", message / MESSAGES_PER_CARD);
    let mailbox = mailbox(map, place)?;
    let card = identifier(&namespaces, "loyalty_id", &card)?;
    let identifiers = Identifiers::new(&namespaces, vec![mailbox, card]).ok()?;
    let time = Timestamp(BEGIN_MS + i64::from(message) * STEP_MS);
    let ballast = Value::String("x".repeat(ballast));
    let interaction = Interaction {
        message_id: message.to_string().parse().ok()?,
        kind: Kind::Track,
        event: Some("simulated".to_owned()),
        channel: "web".parse().ok()?,
        time,
        received: time,
        identifiers,
        traits: BTreeMap::new(),
        properties: BTreeMap::from([("ballast".to_owned(), ballast)]),
        context: BTreeMap::new(),
        source: SOURCE.to_owned(),
        flags: Flags::NONE,
    };
    let evidence = interaction.identifiers.iter().filter_map(|identifier| {
        let (rank, _) = namespaces.get(identifier.namespace.as_str())?;
        let id = identifier.id(&secret()).0;
        Some(EvidenceIdentifier {
            id: acquaint_identity::IdentifierId(id),
            rank: Rank(rank),
            canonical: identifier.to_string(),
            node: NodeId(id),
            key: identifier.to_string(),
        })
    });
    Some(IngestMessage {
        by_day: false,
        strand: interaction.identifiers.strand(&secret()),
        anchor: anchor(map, place),
        identifiers: evidence.collect(),
        testimony: Testimony {
            trust: Trust::Server,
            alias: false,
            day: Day(time.day().0),
            first_name: None,
            birth_date: None,
        },
        interaction,
    })
}

/// Whether a message was taken in, now or before.
pub(crate) fn is_ingested(outcome: &[u8]) -> bool {
    matches!(codec::decode(outcome), Ok(AnchorsOutcome::Ingested(messages)) if messages.len() == 1)
}

/// The messages of a customer that are stored.
pub(crate) fn interactions(store: &Store, map: SlotMap, place: Place) -> Result<NumberSet, Error> {
    let range = KeyRange::interactions(WORKSPACE, &anchor(map, place));
    let rows = store
        .snapshot()
        .scan::<InteractionRow>(&range, Order::Ascending, ROWS_MAX)?;
    let numbers = rows
        .iter()
        .filter_map(|(_, row)| row.interaction.message_id.as_str().parse().ok());
    Ok(numbers.collect())
}

/// Whether the identity group has taken all of an outbox.
pub(crate) fn is_delivered(store: &Store, board: GroupId) -> Result<bool, Error> {
    let view = store.snapshot();
    let watermark = view.get::<WatermarkRow>(&Key::Watermark {
        identity: COLLECTOR,
        from: board,
    })?;
    let taken = watermark.map_or_else(Default::default, |row| row.position);
    let last_taken = Key::Outbox {
        group: board,
        index: taken.index,
        seq: taken.seq,
    };
    let left = KeyRange::outbox(board).after(&last_taken);
    Ok(view.scan_bytes(&left, Order::Ascending, 1)?.is_empty())
}

/// The messages of a customer, once each if the identity group has exactly the evidence that they make, never if not.
pub(crate) fn known_to_identity(
    store: &Store,
    map: SlotMap,
    place: Place,
) -> Result<Vec<Taken>, Error> {
    let view = store.snapshot();
    let range = KeyRange::strands(WORKSPACE, &anchor(map, place));
    let graph_place = GraphPlace {
        group: COLLECTOR,
        workspace: WORKSPACE,
        epoch: 1,
    };
    let graph = Graph::new(&view, graph_place);
    for (_, strand) in view.scan::<StrandRow>(&range, Order::Ascending, ROWS_MAX)? {
        for (source, evidence) in strand.sources {
            let known = graph.get(&RowKey::Evidence {
                strand: evidence.strand,
                source: Source(source).id(),
            })?;
            if !matches!(known, Some(RowValue::Evidence(known)) if *known == evidence) {
                return Ok(Vec::new());
            }
        }
    }
    let taken = |message| Taken {
        from: place.0.number(),
        key: place.1,
        message,
        times: 1,
    };
    Ok(interactions(store, map, place)?.iter().map(taken).collect())
}

/// Makes the workspace, from any node.
pub(crate) async fn set_up(node: Running, map: SlotMap) -> Result<(), String> {
    let namespaces = Namespaces::builtin();
    let named = namespaces
        .iter()
        .map(|spec| (spec.name.as_str(), spec.exclusive));
    let rules = Rules::standard(&named.collect::<Vec<_>>());
    let region = "DE".parse().map_err(|error| format!("{error}"))?;
    let workspace = RegistryCommand::DefineWorkspace(WorkspaceRow {
        id: WORKSPACE,
        name: "simulated".to_owned(),
        secret: secret(),
        region,
        namespaces,
        identity_group: 0,
    });
    propose(node.group(GroupId::Registry), codec::encode(&workspace)).await?;
    let boards = (0..map.anchors_groups).map(GroupId::Anchors);
    for board in boards {
        let slots = AnchorsCommand::SetSlots(map);
        propose(node.group(board), codec::encode(&slots)).await?;
    }
    let identity = IdentityCommand::DefineWorkspace {
        workspace: WORKSPACE,
        rules: RulesRow {
            rules,
            text: String::new(),
            author: SOURCE.to_owned(),
            reason: "a run begins".to_owned(),
            at_ms: BEGIN_MS,
        },
    };
    propose(node.group(COLLECTOR), codec::encode(&identity)).await
}

async fn propose(group: Option<Group<HostRuntime>>, command: Vec<u8>) -> Result<(), String> {
    let group = group.ok_or("a group is missing")?;
    let proposed = group.propose_repeatable(command.into()).await;
    proposed.map(drop).map_err(|error| error.to_string())
}
