//! A profile as JSON, written from the fold straight into bytes.
//!
//! - The members, their order and their forms are those of [`ProfileBody`](acquaint_api::profiles::ProfileBody), the contract
//!   that clients read: a test parses what is written here as a body, and writes the body again to the same bytes.
//! - Nothing is copied on the way: texts are borrowed from the fold and the view, times and ids are formatted into the output.

use acquaint_api::profiles::{InteractionBody, Section, Thousandths as Shown};
use acquaint_identity::ProfileView;
use acquaint_profile::rollup::{Consent, Entry, Origin, PreferenceKey, Scores, Tally};
use acquaint_profile::{AsJson, Day, IdentifierId, ProfileId, Thousandths, Timestamp, Value};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::identifiers::Listed;
use crate::read::LookupOptions;
use crate::read::reading::{Folded, Reading};

/// A profile, to be written.
pub(crate) struct ProfileJson<'a> {
    pub(crate) reading: &'a Reading<'a>,
    pub(crate) view: &'a ProfileView,
    pub(crate) folded: &'a Folded,
    pub(crate) options: &'a LookupOptions,
    /// Preferences are those that hold then.
    pub(crate) at: Timestamp,
    /// The latest interactions, when they were asked for.
    pub(crate) interactions: Option<Vec<InteractionBody>>,
}

impl ProfileJson<'_> {
    fn wants(&self, section: Section) -> bool {
        let sections = self.options.sections.as_ref();
        sections.is_none_or(|sections| sections.contains(&section))
    }

    /// The names of what is not whole.
    fn truncated(&self) -> Vec<&'static str> {
        let mut parts: Vec<&str> = self.folded.profile.rollup.truncated().collect();
        // Of a profile that has too many identifiers to show, what is stored under the others is missing too.
        if self.view.truncated {
            parts.push("identifiers");
        }
        if self.folded.truncated || self.view.truncated {
            parts.push("fold");
        }
        parts
    }

    fn identity<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("id", &id(self.view.canonical))?;
        let verbose = self.options.verbose;
        if verbose {
            let ids = self.view.members.iter();
            let ids = ids.flat_map(|member| &member.identifiers);
            let mut aliases = ids
                .map(|identifier| identifier.id)
                .filter(|id| *id != self.view.canonical)
                .peekable();
            if aliases.peek().is_some() {
                map.serialize_entry("aliases", &Seq(|| aliases.clone().map(id)))?;
            }
        }
        if self.wants(Section::Identifiers) {
            let listed = Listed::of(self.reading, self.view);
            let listed = listed.iter().map(|one| one.json(verbose));
            map.serialize_entry("identifiers", &Seq(|| listed.clone()))?;
        }
        Ok(())
    }

    fn facts<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let profile = &self.folded.profile;
        if self.wants(Section::Traits) {
            let verbose = self.options.verbose;
            let traits = || {
                let traits = profile.traits();
                traits.map(|(name, entry)| (name, Trait { entry, verbose }))
            };
            map.serialize_entry("traits", &Map(traits))?;
        }
        if self.wants(Section::Preferences) {
            let held = profile.preferences(self.at);
            let held = || held.iter().map(|(key, entry)| Preference { key, entry });
            map.serialize_entry("preferences", &Seq(held))?;
        }
        if self.wants(Section::Consents) {
            let consents = || {
                let consents = profile.consents();
                consents.map(|(purpose, entry)| ConsentOn { purpose, entry })
            };
            map.serialize_entry("consents", &Seq(consents))?;
        }
        Ok(())
    }

    fn counts<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let rollup = &self.folded.profile.rollup;
        if self.wants(Section::Seen) {
            map.serialize_entry("seen", &Seen(self))?;
        }
        if self.wants(Section::Channels) {
            let channels = rollup.channels.entries.iter();
            let channels = || {
                channels
                    .clone()
                    .map(|(name, tally)| (name.as_str(), tally.count))
            };
            map.serialize_entry("channels", &Map(channels))?;
        }
        if self.wants(Section::Events) {
            let events = rollup.events.entries.iter();
            let events = || {
                events
                    .clone()
                    .map(|(name, tally)| (name.as_str(), tally.count))
            };
            map.serialize_entry("events", &Map(events))?;
        }
        if self.wants(Section::Kinds) {
            // In the order of their names, as every map of an answer is.
            let mut kinds: Vec<(&str, u64)> = (rollup.kinds.entries.iter())
                .map(|(kind, tally)| (kind.as_str(), tally.count))
                .collect();
            kinds.sort_unstable();
            map.serialize_entry("kinds", &Map(|| kinds.iter().copied()))?;
        }
        if self.wants(Section::Groups) {
            let groups = rollup.groups.entries.iter();
            let groups = || {
                let groups = groups.clone();
                groups.map(|(name, entry)| {
                    let traits = entry.value.iter();
                    let traits = move || traits.clone().map(|(name, value)| (name, AsJson(value)));
                    (name, Map(traits))
                })
            };
            map.serialize_entry("groups", &Map(groups))?;
        }
        Ok(())
    }

    fn measures<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let rollup = &self.folded.profile.rollup;
        if self.wants(Section::Orders) {
            let orders = rollup.purchases.entries.iter();
            let orders = || {
                orders
                    .clone()
                    .map(|(currency, of)| (currency.as_str(), Orders(of)))
            };
            map.serialize_entry("orders", &Map(orders))?;
        }
        if self.wants(Section::Surveys) {
            let mut surveys: Vec<(&str, Survey<'_>)> = (rollup.surveys.entries.iter())
                .filter_map(|(survey, scores)| Some((survey.as_str(), Survey::of(scores)?)))
                .collect();
            surveys.sort_unstable_by_key(|(name, _)| *name);
            let surveys = || surveys.iter().map(|(name, survey)| (*name, survey));
            map.serialize_entry("surveys", &Map(surveys))?;
        }
        if self.wants(Section::Sentiment)
            && let Some(sentiment) = Sentiment::of(&rollup.sentiment)
        {
            map.serialize_entry("sentiment", &sentiment)?;
        }
        if self.wants(Section::ActiveDays) {
            map.serialize_entry("activeDays", &ActiveDays(self))?;
        }
        Ok(())
    }
}

impl Serialize for ProfileJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.identity(&mut map)?;
        self.facts(&mut map)?;
        self.counts(&mut map)?;
        self.measures(&mut map)?;
        if let Some(interactions) = &self.interactions {
            map.serialize_entry("interactions", interactions)?;
        }
        let truncated = self.truncated();
        if !truncated.is_empty() {
            map.serialize_entry("truncated", &truncated)?;
        }
        map.serialize_entry("pending", &self.view.pending)?;
        map.end()
    }
}

/// A line of an export.
pub(crate) struct ProfileLine<'a>(pub(crate) ProfileJson<'a>);

impl Serialize for ProfileLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("profile", &self.0)?;
        map.end()
    }
}

/// A list, from what makes its iterator.
struct Seq<F>(F);

impl<F, I> Serialize for Seq<F>
where
    F: Fn() -> I,
    I: Iterator<Item: Serialize>,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

/// An object, from what makes the iterator of its members.
struct Map<F>(F);

impl<F, I, K, V> Serialize for Map<F>
where
    F: Fn() -> I,
    I: Iterator<Item = (K, V)>,
    K: Serialize,
    V: Serialize,
{
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map((self.0)())
    }
}

/// Anything that is written as its text.
struct Text<T>(T);

impl<T: std::fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

fn id(id: acquaint_identity::IdentifierId) -> Text<ProfileId> {
    Text(ProfileId(IdentifierId(id.0)))
}

fn number(value: Thousandths) -> Shown {
    Shown(value.0.into())
}

struct Trait<'a> {
    entry: &'a Entry<Value>,
    verbose: bool,
}

impl Serialize for Trait<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = AsJson(&self.entry.value);
        if !self.verbose {
            return value.serialize(serializer);
        }
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("value", &value)?;
        map.serialize_entry("source", &self.entry.source)?;
        map.serialize_entry("time", &Text(self.entry.time))?;
        map.end()
    }
}

struct Preference<'a> {
    key: &'a PreferenceKey,
    entry: &'a Entry<acquaint_profile::rollup::Preference>,
}

impl Serialize for Preference<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let held = &self.entry.value;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("topic", &self.key.topic)?;
        map.serialize_entry("value", &AsJson(&held.value))?;
        map.serialize_entry("stated", &(self.key.origin == Origin::Stated))?;
        if let Some(scope) = &self.key.scope {
            map.serialize_entry("scope", scope)?;
        }
        map.serialize_entry("confidence", &number(held.confidence))?;
        if let Some(expires) = held.expires {
            map.serialize_entry("expiresAt", &Text(expires))?;
        }
        map.serialize_entry("source", &self.entry.source)?;
        map.serialize_entry("time", &Text(self.entry.time))?;
        map.end()
    }
}

struct ConsentOn<'a> {
    purpose: &'a str,
    entry: &'a Entry<Consent>,
}

impl Serialize for ConsentOn<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("purpose", self.purpose)?;
        map.serialize_entry("granted", &(self.entry.value == Consent::Granted))?;
        map.serialize_entry("source", &self.entry.source)?;
        map.serialize_entry("time", &Text(self.entry.time))?;
        map.end()
    }
}

struct Seen<'a>(&'a ProfileJson<'a>);

impl Serialize for Seen<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rollup = &self.0.folded.profile.rollup;
        let mut map = serializer.serialize_map(None)?;
        if let Some(first) = rollup.seen.first {
            map.serialize_entry("first", &Text(first))?;
        }
        if let Some(last) = rollup.seen.last {
            map.serialize_entry("last", &Text(last))?;
        }
        let spans = || {
            let channels = rollup.channels.entries.iter();
            channels.filter_map(|(channel, tally)| Some((channel.as_str(), Span::of(tally)?)))
        };
        map.serialize_entry("byChannel", &Map(spans))?;
        map.serialize_entry("interactions", &rollup.seen.count)?;
        map.end()
    }
}

struct Span {
    first: Timestamp,
    last: Timestamp,
}

impl Span {
    fn of(tally: &Tally) -> Option<Self> {
        let (first, last) = tally.first.zip(tally.last)?;
        Some(Self { first, last })
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("first", &Text(self.first))?;
        map.serialize_entry("last", &Text(self.last))?;
        map.end()
    }
}

struct Orders<'a>(&'a acquaint_profile::rollup::Purchases);

impl Serialize for Orders<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("orders", &self.0.orders)?;
        map.serialize_entry("revenue", &Text(self.0.revenue))?;
        map.serialize_entry("refunds", &self.0.refunds)?;
        map.serialize_entry("refunded", &Text(self.0.refunded))?;
        map.end()
    }
}

struct Survey<'a> {
    scores: &'a Scores,
    mean: Shown,
    lowest: &'a Entry<Thousandths>,
    highest: &'a Entry<Thousandths>,
    last: &'a Entry<Thousandths>,
}

impl<'a> Survey<'a> {
    fn of(scores: &'a Scores) -> Option<Self> {
        Some(Self {
            scores,
            mean: Shown::mean(scores.sum, scores.count)?,
            lowest: scores.lowest.as_ref()?,
            highest: scores.highest.as_ref()?,
            last: scores.last.as_ref()?,
        })
    }
}

impl Serialize for Survey<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(6))?;
        map.serialize_entry("count", &self.scores.count)?;
        map.serialize_entry("mean", &self.mean)?;
        map.serialize_entry("min", &number(self.lowest.value))?;
        map.serialize_entry("max", &number(self.highest.value))?;
        map.serialize_entry("last", &number(self.last.value))?;
        map.serialize_entry("lastTime", &Text(self.last.time))?;
        map.end()
    }
}

/// The same scores as a feeling: with the messages that carried the extremes.
struct Sentiment<'a>(Survey<'a>);

impl<'a> Sentiment<'a> {
    fn of(scores: &'a Scores) -> Option<Self> {
        Survey::of(scores).map(Self)
    }
}

impl Serialize for Sentiment<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("count", &self.0.scores.count)?;
        map.serialize_entry("mean", &self.0.mean)?;
        map.serialize_entry("mostNegative", &Point(self.0.lowest))?;
        map.serialize_entry("mostPositive", &Point(self.0.highest))?;
        map.serialize_entry("last", &Point(self.0.last))?;
        map.end()
    }
}

struct Point<'a>(&'a Entry<Thousandths>);

impl Serialize for Point<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("score", &number(self.0.value))?;
        map.serialize_entry("time", &Text(self.0.time))?;
        map.serialize_entry("messageId", self.0.message_id.as_str())?;
        map.end()
    }
}

struct ActiveDays<'a>(&'a ProfileJson<'a>);

impl Serialize for ActiveDays<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let days = &self.0.folded.profile.rollup.active_days;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("count", &u64::from(days.count()))?;
        let date = |day: Option<Day>| day.map(Text);
        if let Some(first) = date(days.iter().next()) {
            map.serialize_entry("first", &first)?;
        }
        if let Some(last) = date(days.iter().next_back()) {
            map.serialize_entry("last", &last)?;
        }
        map.end()
    }
}
