//! From the fold to the answer: profiles and interactions as JSON.
//!
//! Lists are sorted and times are RFC 3339, so that equal profiles are equal bytes.

mod identifiers;
mod profile;

use std::collections::BTreeMap;

use acquaint_api::profiles::InteractionBody;
use acquaint_api::tracking::Note;
use acquaint_profile::{Day, Flags, IdentifierId, Interaction, ProfileId, Value};

pub(crate) use identifiers::identifiers;
pub(crate) use profile::{ProfileJson, ProfileLine};

/// The text of a profile id.
pub(crate) fn profile_id(id: acquaint_identity::IdentifierId) -> String {
    ProfileId(IdentifierId(id.0)).to_string()
}

/// A day as a date, `2026-01-31`.
pub(crate) fn date(day: Day) -> String {
    day.to_string()
}

/// The body of an interaction; exports leave the receipt time out, as it differs between runs.
pub(crate) fn interaction(interaction: &Interaction, with_received: bool) -> InteractionBody {
    InteractionBody {
        message_id: interaction.message_id.to_string(),
        kind: interaction.kind.as_str().to_owned(),
        event: interaction.event.clone(),
        channel: interaction.channel.to_string(),
        time: interaction.time.to_string(),
        received: with_received.then(|| interaction.received.to_string()),
        identifiers: interaction
            .identifiers
            .iter()
            .map(ToString::to_string)
            .collect(),
        traits: json(&interaction.traits),
        properties: json(&interaction.properties),
        context: json(&interaction.context),
        source: interaction.source.clone(),
        notes: notes(interaction.flags),
    }
}

/// The marks of a message as the contract names them.
pub(crate) fn notes(flags: Flags) -> Vec<Note> {
    [
        (Flags::TIME_CLAMPED, Note::TimeClamped),
        (Flags::ID_DERIVED, Note::IdDerived),
        (Flags::ID_REUSED, Note::IdReused),
        (Flags::PLACEHOLDER_DROPPED, Note::PlaceholderDropped),
    ]
    .into_iter()
    .filter(|(flag, _)| flags.contains(*flag))
    .map(|(_, note)| note)
    .collect()
}

fn json(values: &BTreeMap<String, Value>) -> BTreeMap<String, serde_json::Value> {
    values
        .iter()
        .map(|(name, value)| (name.clone(), value.to_json()))
        .collect()
}
