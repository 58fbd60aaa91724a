//! Interactions for the laws.
//!
//! Drawn from small pools, so that keys, times and message ids meet each other all the time; and from pools larger than the
//! bounds, so that enough of them go past every bound.

use std::collections::BTreeMap;

use acquaint_profile::rollup::{
    CHANNELS_MAX, CONSENTS_MAX, CURRENCIES_MAX, Days, EVENTS_MAX, GROUPS_MAX, PREFERENCES_MAX,
    TRAITS_MAX,
};
use acquaint_profile::{
    Flags, Identifier, Identifiers, Interaction, Kind, Namespaces, Timestamp, Value,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// As many as go past every bound (most events are wanted, and an interaction has one).
pub(crate) const PAST_BOUNDS: usize = 4 * EVENTS_MAX;

// A bound that is raised past a pool would empty its tests.
const _: () = assert!(DAYS as usize / 32 > Days::BLOCKS_MAX);
const _: () = assert!(3 * EVENTS_MAX < u16::MAX as usize);

const DAYS: u16 = 6_000;
const DAY: i64 = 86_400_000;

/// One interaction, as a few numbers that shrink well.
#[derive(Debug, Clone)]
pub(crate) struct Draw {
    kind: u8,
    event: u8,
    day: u16,
    moment: u8,
    message: u8,
    pick: u16,
    facts: u8,
    number: i16,
}

pub(crate) fn draw() -> impl Strategy<Value = Draw> {
    let numbers = (
        0..5_u8,
        0..10_u8,
        0..DAYS,
        0..4_u8,
        0..6_u8,
        any::<u16>(),
        0..24_u8,
        any::<i16>(),
    );
    numbers.prop_map(
        |(kind, event, day, moment, message, pick, facts, number)| Draw {
            kind,
            event,
            day,
            moment,
            message,
            pick,
            facts,
            number,
        },
    )
}

/// Some draws; printed as the numbers that they are.
#[derive(Debug, Clone)]
pub(crate) struct Draws(Vec<Draw>);

impl Draws {
    pub(crate) fn interactions(&self) -> Vec<Interaction> {
        self.0.iter().map(interaction).collect()
    }
}

/// A few, for the meeting of equal keys and times.
pub(crate) fn few() -> impl Strategy<Value = Draws> {
    let draw = draw().prop_map(|mut draw| {
        draw.day %= 3;
        draw.pick %= 8;
        draw
    });
    vec(draw, 0..8).prop_map(Draws)
}

/// Many, past every bound.
pub(crate) fn many() -> impl Strategy<Value = Draws> {
    vec(draw(), PAST_BOUNDS..PAST_BOUNDS + 64).prop_map(Draws)
}

/// Few or many.
pub(crate) fn some() -> impl Strategy<Value = Draws> {
    prop_oneof![4 => few(), 1 => many()]
}

fn interaction(draw: &Draw) -> Interaction {
    let kinds = [
        Kind::Identify,
        Kind::Page,
        Kind::Screen,
        Kind::Alias,
        Kind::Group,
    ];
    // Tracks are drawn more often: they carry most facts.
    let kind = if draw.event < 6 {
        Kind::Track
    } else {
        kinds[usize::from(draw.kind)]
    };
    let of = |pool: usize| usize::from(draw.pick) % pool;
    let namespaces = Namespaces::builtin();
    let (_, spec) = namespaces.get("user_id").unwrap();
    let identifier = Identifier::parse(spec, &format!("u{}", draw.message)).unwrap();
    Interaction {
        message_id: format!("m{}", draw.message).parse().unwrap(),
        kind,
        event: match kind {
            Kind::Group => Some(format!("group-{}", of(3 * GROUPS_MAX))),
            _ => Some(event(draw)),
        },
        channel: format!("channel-{}", of(2 * CHANNELS_MAX)).parse().unwrap(),
        time: Timestamp(i64::from(draw.day) * DAY + i64::from(draw.moment)),
        received: Timestamp(Timestamp::MAX.0 - i64::from(draw.number.unsigned_abs())),
        identifiers: Identifiers::new(&namespaces, vec![identifier]).unwrap(),
        traits: traits(draw),
        properties: properties(draw),
        context: context(draw),
        source: format!("source-{}", draw.number % 2),
        flags: Flags(draw.moment),
    }
}

fn event(draw: &Draw) -> String {
    let facts = [
        "Order Completed",
        "order_refunded",
        "Survey Answered",
        "Preference Stated",
        "preference-inferred",
        "Consent Updated",
    ];
    match facts.get(usize::from(draw.event)) {
        Some(event) if draw.number % 4 == 0 => (*event).to_owned(),
        _ => format!("event-{}", usize::from(draw.pick) % (3 * EVENTS_MAX)),
    }
}

fn traits(draw: &Draw) -> BTreeMap<String, Value> {
    let name = |at: u8| {
        format!(
            "trait-{}",
            (usize::from(draw.pick) + usize::from(at)) % (2 * TRAITS_MAX)
        )
    };
    let mut traits: BTreeMap<_, _> = (0..draw.facts)
        .map(|at| (name(at), value(draw.number, at)))
        .collect();
    let topic = |at: u8| {
        format!(
            "topic-{}",
            (usize::from(draw.pick) + usize::from(at)) % (2 * PREFERENCES_MAX)
        )
    };
    let preferences = (0..draw.facts % 4)
        .map(|at| (topic(at), value(draw.number, at)))
        .collect();
    traits.insert("preferences".into(), Value::Map(preferences));
    if draw.number % 5 == 0 {
        traits.insert("trait-too-large".into(), Value::String("x".repeat(3_000)));
    }
    traits
}

fn properties(draw: &Draw) -> BTreeMap<String, Value> {
    let of = |pool: usize| usize::from(draw.pick) % pool;
    let letter = |at: usize| char::from(b'A' + u8::try_from(at).unwrap());
    let pool = of(2 * CURRENCIES_MAX);
    BTreeMap::from([
        ("revenue".into(), value(draw.number, 0)),
        (
            "currency".into(),
            text(format!("{}{}X", letter(pool / 8), letter(pool % 8))),
        ),
        ("survey".into(), text(["nps", "CSAT", "ces"][of(3)])),
        (
            "score".into(),
            Value::Int(i64::from(draw.number.rem_euclid(12))),
        ),
        (
            "sentiment".into(),
            Value::Decimal(format!("-0.{}", draw.number.rem_euclid(10))),
        ),
        (
            "topic".into(),
            text(format!("topic-{}", of(2 * PREFERENCES_MAX))),
        ),
        ("value".into(), value(draw.number, 1)),
        (
            "scope".into(),
            if draw.facts.is_multiple_of(2) {
                Value::Null
            } else {
                text("brand")
            },
        ),
        (
            "purpose".into(),
            text(format!("purpose-{}", of(2 * CONSENTS_MAX))),
        ),
        ("granted".into(), Value::Bool(draw.number % 2 == 0)),
    ])
}

fn context(draw: &Draw) -> BTreeMap<String, Value> {
    let traits = BTreeMap::from([(format!("trait-{}", draw.event), value(draw.number, 2))]);
    let granted = Value::Bool(draw.number % 3 == 0);
    let categories = BTreeMap::from([(
        format!("purpose-{}", usize::from(draw.pick) % (2 * CONSENTS_MAX)),
        granted,
    )]);
    let consent = BTreeMap::from([("categoryPreferences".to_owned(), Value::Map(categories))]);
    BTreeMap::from([
        ("traits".into(), Value::Map(traits)),
        ("consent".into(), Value::Map(consent)),
    ])
}

fn value(number: i16, at: u8) -> Value {
    match (i64::from(number) + i64::from(at)).rem_euclid(6) {
        0 => Value::Null,
        1 => Value::Bool(number % 2 == 0),
        2 => Value::Decimal(format!("{}.5", number / 2)),
        3 => text(format!("text-{number}")),
        4 => Value::List(vec![Value::Int(number.into())]),
        _ => Value::Int(number.into()),
    }
}

fn text(text: impl Into<String>) -> Value {
    Value::String(text.into())
}
