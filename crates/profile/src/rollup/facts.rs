//! What an interaction says. `docs/ingest.md` is the contract, and this is its code.
//!
//! - A fact with a member that cannot be read is not taken; the interaction itself is kept and counted all the same.
//! - A name or value beyond its size is not taken either, and its part is marked as truncated.

use std::collections::BTreeMap;

use super::{
    Consent, Entry, FACT_BYTES_MAX, FACT_NAME_BYTES_MAX, Latest, Origin, Preference, PreferenceKey,
    Purchases, Rollup, Scores, Survey, Tally,
};
use crate::value::map_size_bytes;
use crate::{Currency, Interaction, Kind, Money, Monoid, Thousandths, Timestamp, Value};

/// How sure an inferred preference is that does not say.
const INFERRED_CONFIDENCE: Thousandths = Thousandths(500);

pub(super) fn of(interaction: &Interaction) -> Rollup {
    let mut rollup = Rollup::empty();
    let once = Tally::once(interaction.time);
    rollup.seen = once;
    rollup.channels.add(interaction.channel.clone(), &once);
    rollup.kinds.add(interaction.kind, &once);
    rollup.active_days.insert(interaction.time.day());

    let facts = Facts {
        interaction,
        rollup: &mut rollup,
    };
    facts.read();
    rollup
}

struct Facts<'a> {
    interaction: &'a Interaction,
    rollup: &'a mut Rollup,
}

impl Facts<'_> {
    fn read(mut self) {
        let interaction = self.interaction;
        // In the other kinds of message, traits are those of the person.
        if interaction.kind == Kind::Group {
            self.group();
        } else {
            self.traits(&interaction.traits);
        }
        if let Some(Value::Map(traits)) = interaction.context.get("traits") {
            self.traits(traits);
        }
        if let Some(categories) = interaction
            .context
            .get("consent")
            .and_then(|c| c.get("categoryPreferences"))
        {
            self.consent_categories(categories);
        }
        let sentiment = self.property("sentiment").and_then(Thousandths::parse);
        let range = -Thousandths::ONE.0..=Thousandths::ONE.0;
        if let Some(sentiment) = sentiment.filter(|sentiment| range.contains(&sentiment.0)) {
            self.rollup.sentiment = Scores::one(self.entry(sentiment));
        }
        if let (Kind::Track, Some(event)) = (interaction.kind, &interaction.event) {
            self.event(event);
        }
    }

    fn event(&mut self, event: &str) {
        if event.len() > FACT_NAME_BYTES_MAX {
            self.rollup.events.truncated = true;
            return;
        }
        self.rollup
            .events
            .add(event.to_owned(), &Tally::once(self.interaction.time));
        // `Order Completed`, `order_completed` and `order-completed` are one event to whoever sends them.
        match event.to_ascii_lowercase().replace(['_', '-'], " ").as_str() {
            "order completed" => self.order(),
            "order refunded" => self.refund(),
            "survey answered" => self.survey(),
            "preference stated" => self.preference(Origin::Stated),
            "preference inferred" => self.preference(Origin::Inferred),
            "consent updated" => self.consent(),
            _ => {}
        }
    }

    fn traits(&mut self, traits: &BTreeMap<String, Value>) {
        for (name, value) in traits {
            match (name.as_str(), value) {
                ("preferences", Value::Map(preferences)) => self.stated(preferences),
                _ if name.len() > FACT_NAME_BYTES_MAX || value.size_bytes() > FACT_BYTES_MAX => {
                    self.rollup.traits.truncated = true;
                }
                _ => self.put_first(|rollup| &mut rollup.traits, name.clone(), value.clone()),
            }
        }
    }

    fn group(&mut self) {
        let (Some(group), traits) = (&self.interaction.event, &self.interaction.traits) else {
            return;
        };
        if group.len() > FACT_NAME_BYTES_MAX || map_size_bytes(traits) > FACT_BYTES_MAX {
            self.rollup.groups.truncated = true;
            return;
        }
        self.put_first(|rollup| &mut rollup.groups, group.clone(), traits.clone());
    }

    /// `traits.preferences`: topics with values, or with what a preference event would say.
    fn stated(&mut self, preferences: &BTreeMap<String, Value>) {
        for (topic, value) in preferences {
            match value {
                Value::Map(members) if members.contains_key("value") => {
                    self.put_preference(topic, Origin::Stated, members);
                }
                value => {
                    let members = BTreeMap::from([("value".to_owned(), value.clone())]);
                    self.put_preference(topic, Origin::Stated, &members);
                }
            }
        }
    }

    fn preference(&mut self, origin: Origin) {
        let interaction = self.interaction;
        if let Some(topic) = text(interaction.properties.get("topic")) {
            self.put_preference(topic, origin, &interaction.properties);
        }
    }

    fn put_preference(&mut self, topic: &str, origin: Origin, members: &BTreeMap<String, Value>) {
        let Some((scope, preference)) = read_preference(origin, members) else {
            return;
        };
        let names = [Some(topic), scope.as_deref()];
        let is_long = names
            .into_iter()
            .flatten()
            .any(|name| name.len() > FACT_NAME_BYTES_MAX);
        if is_long || preference.value.size_bytes() > FACT_BYTES_MAX {
            self.rollup.preferences.truncated = true;
            return;
        }
        let key = PreferenceKey {
            topic: topic.to_owned(),
            scope,
            origin,
        };
        self.put_first(|rollup| &mut rollup.preferences, key, preference);
    }

    fn consent(&mut self) {
        let properties = &self.interaction.properties;
        let purpose = text(properties.get("purpose"));
        if let (Some(purpose), Some(Value::Bool(granted))) = (purpose, properties.get("granted")) {
            self.put_consent(purpose, *granted);
        }
    }

    fn consent_categories(&mut self, categories: &Value) {
        let Value::Map(categories) = categories else {
            return;
        };
        for (purpose, granted) in categories {
            if let Value::Bool(granted) = granted {
                self.put_consent(purpose, *granted);
            }
        }
    }

    fn put_consent(&mut self, purpose: &str, granted: bool) {
        if purpose.len() > FACT_NAME_BYTES_MAX {
            self.rollup.consents.truncated = true;
            return;
        }
        let consent = if granted {
            Consent::Granted
        } else {
            Consent::Refused
        };
        // The event and the stamp of one message may differ: the greater entry wins, and that is the refusal.
        let entry = self.entry(consent);
        self.rollup.consents.put(purpose.to_owned(), entry);
    }

    fn order(&mut self) {
        let amount = self
            .amount(&["revenue", "total", "value"])
            .unwrap_or_default();
        let time = Some(self.interaction.time);
        let order = Purchases {
            orders: 1,
            revenue: amount,
            // A negative order is a correction, never the largest.
            largest: amount.max(Money(0)),
            first_order: time,
            last_order: time,
            ..Purchases::empty()
        };
        self.rollup.purchases.add(self.currency(), &order);
    }

    fn refund(&mut self) {
        // Some senders write what is given back as a negative number.
        let amount = self
            .amount(&["total", "revenue", "value"])
            .unwrap_or_default();
        let refund = Purchases {
            refunds: 1,
            refunded: Money(amount.0.abs()),
            ..Purchases::empty()
        };
        self.rollup.purchases.add(self.currency(), &refund);
    }

    fn survey(&mut self) {
        let survey = text(self.property("survey")).and_then(Survey::parse);
        let score = self.property("score").and_then(Thousandths::parse);
        let (Some(survey), Some(score)) = (survey, score) else {
            return;
        };
        if (Thousandths(0)..=survey.score_max()).contains(&score) {
            let answer = Scores::one(self.entry(score));
            self.rollup.surveys.add(survey, &answer);
        }
    }

    fn amount(&self, names: &[&str]) -> Option<Money> {
        names
            .iter()
            .find_map(|name| Money::parse(self.property(name)?))
    }

    fn currency(&self) -> Currency {
        text(self.property("currency"))
            .and_then(Currency::parse)
            .unwrap_or(Currency::NONE)
    }

    fn property(&self, name: &str) -> Option<&Value> {
        self.interaction.properties.get(name)
    }

    fn entry<V>(&self, value: V) -> Entry<V> {
        Entry {
            time: self.interaction.time,
            message_id: self.interaction.message_id.clone(),
            value,
            source: self.interaction.source.clone(),
        }
    }

    /// Puts a value in unless this message has put one there already: `traits` goes before `context.traits`.
    fn put_first<K: Ord + Clone, V: Ord + Clone, const MAX: usize>(
        &mut self,
        part: fn(&mut Rollup) -> &mut Latest<K, V, MAX>,
        key: K,
        value: V,
    ) {
        let entry = self.entry(value);
        let latest = part(self.rollup);
        if !latest.entries.contains_key(&key) {
            latest.put(key, entry);
        }
    }
}

fn read_preference(
    origin: Origin,
    members: &BTreeMap<String, Value>,
) -> Option<(Option<String>, Preference)> {
    let member = |name: &str| members.get(name).filter(|value| **value != Value::Null);
    let scope = match member("scope") {
        Some(scope) => Some(text(Some(scope))?.to_owned()),
        None => None,
    };
    let confidence = match (member("confidence"), origin) {
        (Some(confidence), _) => Thousandths::parse(confidence)?,
        (None, Origin::Stated) => Thousandths::ONE,
        (None, Origin::Inferred) => INFERRED_CONFIDENCE,
    };
    if !(Thousandths(0)..=Thousandths::ONE).contains(&confidence) {
        return None;
    }
    let expires = match member("expires_at") {
        Some(expires) => Some(Timestamp::parse_rfc3339(expires.as_str()?).ok()?),
        None => None,
    };
    let value = members.get("value").cloned().unwrap_or(Value::Null);
    Some((
        scope,
        Preference {
            value,
            confidence,
            expires,
        },
    ))
}

/// A text that is not empty.
fn text(value: Option<&Value>) -> Option<&str> {
    value?
        .as_str()
        .map(str::trim)
        .filter(|text| !text.is_empty())
}
