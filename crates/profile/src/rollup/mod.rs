//! Rollups: everything that a profile says, as a sum over interactions.
//!
//! ```text
//! interaction ── Rollup::of ──► rollup ─┐
//! interaction ── Rollup::of ──► rollup ─┼─ merge ──► rollup of an anchor ─┐
//!        …                              ┘                                 ├─ fold ──► profile
//!                                            rollup of another anchor ────┘
//! ```
//!
//! - A rollup is a commutative monoid: order, batching and grouping cannot show.
//! - It depends on an interaction's content, never on when it was received.
//! - Integers only; sums are wide enough never to overflow or saturate.
//! - Every part is bounded by a named constant, and says so when it left something out (`truncated`).

mod days;
mod facts;
mod latest;
mod preference;
mod purchases;
mod sample;
mod scores;
mod tally;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use days::Days;
pub use latest::{Entry, Latest};
pub use preference::{Consent, Origin, Preference, PreferenceKey};
pub use purchases::Purchases;
pub use sample::{Sample, SampleKey};
pub use scores::{Scores, Survey};
pub use tally::Tally;

use crate::{Channel, Currency, Interaction, Kind, Monoid, Value};

/// The most traits.
pub const TRAITS_MAX: usize = 256;
/// The largest trait, preference value, or set of group traits, in bytes as [`Value::size_bytes`] counts.
pub const FACT_BYTES_MAX: usize = 2_048;
/// The longest name of a trait, topic, scope, purpose, event or group, in bytes.
pub const FACT_NAME_BYTES_MAX: usize = 256;
/// The most preferences: topics times scopes times origins.
pub const PREFERENCES_MAX: usize = 128;
/// The most purposes of consent.
pub const CONSENTS_MAX: usize = 64;
/// The most groups.
pub const GROUPS_MAX: usize = 32;
/// The most channels.
pub const CHANNELS_MAX: usize = 32;
/// The most event names.
pub const EVENTS_MAX: usize = 256;
/// The most currencies.
pub const CURRENCIES_MAX: usize = 16;
/// The kinds of message: all of them.
pub const KINDS_MAX: usize = 6;
/// The kinds of survey: all of them.
pub const SURVEYS_MAX: usize = 3;

/// The sum of interactions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollup {
    /// How many interactions, and the first and last time.
    pub seen: Tally,
    /// The same per channel.
    pub channels: Sample<Channel, Tally, CHANNELS_MAX>,
    /// The same per kind of message.
    pub kinds: Sample<Kind, Tally, KINDS_MAX>,
    /// The same per event name, of track messages.
    pub events: Sample<String, Tally, EVENTS_MAX>,
    /// The newest value of each trait; null means that it was taken back.
    pub traits: Latest<String, Value, TRAITS_MAX>,
    /// The newest word on each preference.
    pub preferences: Latest<PreferenceKey, Preference, PREFERENCES_MAX>,
    /// The newest word on each purpose.
    pub consents: Latest<String, Consent, CONSENTS_MAX>,
    /// The groups that the customer is in, with the newest traits of each.
    pub groups: Latest<String, BTreeMap<String, Value>, GROUPS_MAX>,
    /// Orders and refunds per currency.
    pub purchases: Sample<Currency, Purchases, CURRENCIES_MAX>,
    /// Answers per kind of survey.
    pub surveys: Sample<Survey, Scores, SURVEYS_MAX>,
    /// Sentiment of what was said, from −1 to 1.
    pub sentiment: Scores,
    /// The UTC days on which something happened.
    pub active_days: Days,
}

impl Rollup {
    /// The rollup of one interaction.
    pub fn of(interaction: &Interaction) -> Self {
        facts::of(interaction)
    }

    /// The parts that left something out, by their names in answers.
    pub fn truncated(&self) -> impl Iterator<Item = &'static str> {
        let parts = [
            ("channels", self.channels.truncated),
            ("events", self.events.truncated),
            ("traits", self.traits.truncated),
            ("preferences", self.preferences.truncated),
            ("consents", self.consents.truncated),
            ("groups", self.groups.truncated),
            ("orders", self.purchases.truncated),
            ("activeDays", self.active_days.truncated),
        ];
        parts
            .into_iter()
            .filter(|(_, truncated)| *truncated)
            .map(|(name, _)| name)
    }
}

impl Monoid for Rollup {
    fn empty() -> Self {
        Rollup {
            seen: Tally::empty(),
            channels: Sample::empty(),
            kinds: Sample::empty(),
            events: Sample::empty(),
            traits: Latest::empty(),
            preferences: Latest::empty(),
            consents: Latest::empty(),
            groups: Latest::empty(),
            purchases: Sample::empty(),
            surveys: Sample::empty(),
            sentiment: Scores::empty(),
            active_days: Days::empty(),
        }
    }

    fn merge(&mut self, other: &Self) {
        self.seen.merge(&other.seen);
        self.channels.merge(&other.channels);
        self.kinds.merge(&other.kinds);
        self.events.merge(&other.events);
        self.traits.merge(&other.traits);
        self.preferences.merge(&other.preferences);
        self.consents.merge(&other.consents);
        self.groups.merge(&other.groups);
        self.purchases.merge(&other.purchases);
        self.surveys.merge(&other.surveys);
        self.sentiment.merge(&other.sentiment);
        self.active_days.merge(&other.active_days);
    }

    fn absorb(&mut self, other: Self) {
        self.seen.absorb(other.seen);
        self.channels.absorb(other.channels);
        self.kinds.absorb(other.kinds);
        self.events.absorb(other.events);
        self.traits.absorb(other.traits);
        self.preferences.absorb(other.preferences);
        self.consents.absorb(other.consents);
        self.groups.absorb(other.groups);
        self.purchases.absorb(other.purchases);
        self.surveys.absorb(other.surveys);
        self.sentiment.absorb(other.sentiment);
        self.active_days.absorb(other.active_days);
    }
}
