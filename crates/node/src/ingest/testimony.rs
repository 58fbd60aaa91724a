//! What one message says about identity.
//!
//! - The day is that of the interaction, but for a public key that of receipt: a browser must not invent a past, since
//!   distinct days are what makes a link strong.
//! - Names and birth dates are read from the traits of a person, never from those of a group.

use std::collections::BTreeMap;

use acquaint_identity::{Day, Testimony, Trust};
use acquaint_profile::{Interaction, Kind, Value};

/// Where senders put a first name.
const FIRST_NAME_TRAITS: [&str; 3] = ["firstName", "first_name", "givenName"];
/// Where senders put a birth date.
const BIRTH_DATE_TRAITS: [&str; 4] = ["birthday", "birthDate", "birth_date", "dateOfBirth"];
/// Longest first name taken, in bytes: longer ones are no names.
const NAME_BYTES_MAX: usize = 64;

/// What a settled interaction says.
pub(super) fn of(interaction: &Interaction, trust: Trust) -> Testimony {
    let day = match trust {
        Trust::Public => interaction.received.day(),
        Trust::Server => interaction.time.day(),
    };
    Testimony {
        trust,
        alias: interaction.kind == Kind::Alias,
        day: Day(day.0),
        first_name: first_name(interaction),
        birth_date: birth_date(interaction),
    }
}

/// The traits of the person, those of the message before those of its context.
fn traits(interaction: &Interaction) -> impl Iterator<Item = &BTreeMap<String, Value>> {
    let own = (interaction.kind != Kind::Group).then_some(&interaction.traits);
    let of_context = match interaction.context.get("traits") {
        Some(Value::Map(traits)) => Some(traits),
        _ => None,
    };
    own.into_iter().chain(of_context)
}

fn text<'a>(interaction: &'a Interaction, names: &[&str]) -> Option<&'a str> {
    traits(interaction)
        .flat_map(|traits| names.iter().filter_map(|name| traits.get(*name)))
        .filter_map(Value::as_str)
        .map(str::trim)
        .find(|text| !text.is_empty())
}

fn first_name(interaction: &Interaction) -> Option<String> {
    let name = text(interaction, &FIRST_NAME_TRAITS)?.to_lowercase();
    (name.len() <= NAME_BYTES_MAX).then_some(name)
}

/// `YYYY-MM-DD`, from a date or the date of a time; what is no date in the calendar says nothing.
fn birth_date(interaction: &Interaction) -> Option<String> {
    let given = text(interaction, &BIRTH_DATE_TRAITS)?;
    let date: jiff::civil::Date = given.get(..10)?.parse().ok()?;
    Some(date.to_string())
}
