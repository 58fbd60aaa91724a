//! From a tracking message to a command: everything that is not deterministic is settled here.
//!
//! - After this, a message is a pure value: replicas that apply it at any time, in any order, agree.
//! - A rejection is permanent: the same bytes are rejected again, with the same reason.
//! - Nothing is dropped in silence: what was left out or changed is a note in the verdict and a flag on the interaction.

use std::collections::BTreeMap;

use acquaint_api::tracking::{Message, MessageKind, Note, RejectReason, Rejection};
use acquaint_identity::Trust;
use acquaint_profile::{
    Channel, Error as ValueError, Flags, Identifier, IdentifierId, Identifiers, Interaction, Kind,
    Strength, Timestamp, Value, strand_id,
};
use acquaint_storage::command::IngestMessage;
use serde_json::{Map, Value as Json};

use super::candidates::{Role, candidates};
use super::{message_id, testimony, time};
use crate::workspaces::Workspace;

/// What is the same for every message of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settler<'a> {
    pub(super) workspace: &'a Workspace,
    pub(super) source: &'a str,
    pub(super) trust: Trust,
    pub(super) received: Timestamp,
}

/// A message that can be proposed.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) message: IngestMessage,
    pub(super) notes: Vec<Note>,
}

impl Settler<'_> {
    /// Settles the message at `place` of its batch.
    pub(super) fn settle(&self, message: Message, place: usize) -> Result<Settled, Rejection> {
        let given_id = message.message_id.clone();
        self.interaction(message, place)
            .map(|interaction| self.command(interaction))
            .map_err(|(reason, detail)| Rejection {
                message_id: given_id,
                reason,
                detail,
            })
    }

    fn interaction(&self, message: Message, place: usize) -> Result<Interaction, Refused> {
        let mut flags = Flags::NONE;
        let message_id = match &message.message_id {
            Some(given) => given
                .parse()
                .map_err(invalid(RejectReason::InvalidMessageId))?,
            None => {
                flags |= Flags::ID_DERIVED;
                message_id::derive(&message, place)
            }
        };
        let resolved = time::resolve(&message, self.received)
            .map_err(|detail| (RejectReason::InvalidTime, detail))?;
        if resolved.clamped {
            flags |= Flags::TIME_CLAMPED;
        }
        let identifiers = self.identifiers(&message, &mut flags)?;
        let channel = channel(&message);
        let event = event(&message)?;
        let mut properties = values("properties", message.properties)?;
        if let Some(category) = message.category {
            properties
                .entry("category".to_owned())
                .or_insert(Value::String(category));
        }
        Ok(Interaction {
            message_id,
            kind: kind(message.kind),
            event,
            channel,
            time: resolved.time,
            received: self.received,
            identifiers,
            traits: values("traits", message.traits)?,
            properties,
            context: values("context", message.context)?,
            source: self.source.to_owned(),
            flags,
        })
    }

    fn identifiers(&self, message: &Message, flags: &mut Flags) -> Result<Identifiers, Refused> {
        let namespaces = &self.workspace.namespaces;
        let mut found = Vec::new();
        for candidate in candidates(message, namespaces) {
            let Some((_, spec)) = namespaces.get(&candidate.namespace) else {
                continue;
            };
            match Identifier::parse(spec, &candidate.value) {
                Ok(identifier) => found.push(identifier),
                Err(error) if error.is_not_given() || candidate.role == Role::Attribute => {
                    *flags |= Flags::PLACEHOLDER_DROPPED;
                }
                Err(error) => return Err((RejectReason::InvalidIdentifier, error.to_string())),
            }
        }
        Identifiers::new(namespaces, found).map_err(|error| {
            let reason = match error {
                ValueError::TooManyIdentifiers { .. } => RejectReason::TooManyIdentifiers,
                _ => RejectReason::MissingIdentifier,
            };
            (reason, error.to_string())
        })
    }

    fn command(&self, interaction: Interaction) -> Settled {
        let notes = crate::read::notes(interaction.flags);
        let anchor = interaction.identifiers.anchor();
        let strength = self
            .workspace
            .namespaces
            .get(anchor.namespace.as_str())
            .map(|(_, spec)| spec.strength);
        let identifiers = self.workspace.evidence_identifiers(&interaction);
        let ids = identifiers.iter().map(|one| IdentifierId(one.id.0));
        let ids: Vec<IdentifierId> = ids.collect();
        Settled {
            message: IngestMessage {
                by_day: strength == Some(Strength::Weak),
                strand: strand_id(&ids),
                // Sorted strongest first, and there is at least one.
                anchor: ids[0],
                identifiers,
                testimony: testimony::of(&interaction, self.trust),
                interaction,
            },
            notes,
        }
    }
}

type Refused = (RejectReason, String);

fn invalid(reason: RejectReason) -> impl Fn(ValueError) -> Refused {
    move |error| (reason, error.to_string())
}

fn values(member: &str, json: Map<String, Json>) -> Result<BTreeMap<String, Value>, Refused> {
    Value::map_from_json(member, Json::Object(json)).map_err(invalid(RejectReason::ValueOverBound))
}

/// The channel that the sender names; the library's when it names none, or names one that cannot be.
fn channel(message: &Message) -> Channel {
    let named = message.context.get("channel").and_then(Json::as_str);
    let library = message
        .context
        .get("library")
        .and_then(|library| library.get("name"))
        .and_then(Json::as_str)
        .unwrap_or_default();
    named
        .or(message.channel.as_deref())
        .and_then(|name| name.parse().ok())
        .unwrap_or_else(|| Channel::of_library(library))
}

/// What the interaction is called: the event, the page or screen, the group.
fn event(message: &Message) -> Result<Option<String>, Refused> {
    let named = match message.kind {
        MessageKind::Track => &message.event,
        MessageKind::Page | MessageKind::Screen => &message.name,
        MessageKind::Group => &message.group_id,
        MessageKind::Identify | MessageKind::Alias => &None,
    };
    match named {
        Some(name) if name.len() > Interaction::EVENT_BYTES_MAX => {
            let max = Interaction::EVENT_BYTES_MAX;
            let detail = format!("the name of the event is longer than {max} bytes");
            Err((RejectReason::ValueOverBound, detail))
        }
        Some(name) => Ok(Some(name.clone())),
        None => Ok(None),
    }
}

fn kind(kind: MessageKind) -> Kind {
    match kind {
        MessageKind::Identify => Kind::Identify,
        MessageKind::Track => Kind::Track,
        MessageKind::Page => Kind::Page,
        MessageKind::Screen => Kind::Screen,
        MessageKind::Group => Kind::Group,
        MessageKind::Alias => Kind::Alias,
    }
}
