//! A profile as a card on a terminal, and an interaction as a line.
//!
//! - Everything is shown as it was answered; nothing is computed here but widths.
//! - Values come from strangers: control characters and marks of direction do not get through.

use std::fmt::Write;

use acquaint_api::profiles::{
    ConsentBody, InteractionBody, PreferenceBody, ProfileBody, SeenBody, SentimentBody,
    SentimentPoint, SurveyBody, Thousandths, TraitBody,
};
use serde_json::Value;

use crate::output::{counted, grouped, harmless, shortened};

const LABEL_WIDTH: usize = 13;
const RULE_WIDTH: usize = 78;
const VALUE_CHARS_MAX: usize = 90;
const TEXT_CHARS_MAX: usize = 72;
const IDENTIFIERS_MAX: usize = 24;
const EVENTS_MAX: usize = 8;

/// The card of one customer.
pub(crate) fn profile(profile: &ProfileBody) -> String {
    let mut card = Card(String::new());
    card.heading(profile);
    card.identifiers(profile);
    card.traits(profile);
    card.preferences(profile.preferences.as_deref().unwrap_or_default());
    card.consents(profile.consents.as_deref().unwrap_or_default());
    if let Some(seen) = &profile.seen {
        card.seen(seen, profile);
    }
    card.events(profile);
    card.orders(profile);
    for (name, survey) in profile.surveys.iter().flatten() {
        card.row("Survey", &survey_line(name, survey));
    }
    if let Some(sentiment) = &profile.sentiment {
        card.sentiment(sentiment);
    }
    for (index, latest) in profile.interactions.iter().flatten().enumerate() {
        let label = if index == 0 { "Latest" } else { "" };
        card.row(label, &interaction(latest));
    }
    if !profile.truncated.is_empty() {
        let names = profile.truncated.join(", ");
        card.row("Note", &format!("only a part is kept of: {names}"));
    }
    if profile.pending {
        card.row(
            "Note",
            "work on this identity is pending; it may change in a moment",
        );
    }
    card.0
}

struct Card(String);

impl Card {
    fn row(&mut self, label: &str, text: &str) {
        let line = format!("{label:<LABEL_WIDTH$} {text}");
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "{}", line.trim_end());
    }

    fn heading(&mut self, profile: &ProfileBody) {
        // Without the traits nothing is known of the name, not even that there is none.
        if profile.traits.is_some() {
            let name = name(profile).unwrap_or_else(|| "(no name known)".to_owned());
            let _ = writeln!(self.0, "{}\n{}", name, "─".repeat(RULE_WIDTH));
        }
        self.row("Profile", &harmless(&profile.id));
    }

    fn identifiers(&mut self, profile: &ProfileBody) {
        let identifiers = profile.identifiers.as_deref().unwrap_or_default();
        for (index, identifier) in identifiers.iter().take(IDENTIFIERS_MAX).enumerate() {
            let label = if index == 0 { "Identifiers" } else { "" };
            let value = shortened(&harmless(&identifier.value), VALUE_CHARS_MAX);
            self.row(label, &format!("{:<15} {value}", identifier.namespace));
        }
        if identifiers.len() > IDENTIFIERS_MAX {
            let more = identifiers.len() - IDENTIFIERS_MAX;
            self.row("", &format!("and {more} more (--json shows all)"));
        }
    }

    fn traits(&mut self, profile: &ProfileBody) {
        for (index, (name, value)) in profile.traits.iter().flatten().enumerate() {
            let label = if index == 0 { "Traits" } else { "" };
            let text = match value {
                TraitBody::Plain(value) => plain(value),
                TraitBody::Sourced(sourced) => format!(
                    "{}  ({}, {})",
                    plain(&sourced.value),
                    harmless(&sourced.source),
                    minute(&sourced.time)
                ),
            };
            self.row(label, &format!("{:<15} {text}", harmless(name)));
        }
    }

    fn preferences(&mut self, preferences: &[PreferenceBody]) {
        for (index, preference) in preferences.iter().enumerate() {
            let label = if index == 0 { "Preferences" } else { "" };
            let how = if preference.stated {
                "stated"
            } else {
                "inferred"
            };
            let mut text = format!(
                "{:<15} {}  ({how} {}",
                harmless(&preference.topic),
                plain(&preference.value),
                day(&preference.time)
            );
            if let Some(scope) = &preference.scope {
                let _ = write!(text, ", for {}", harmless(scope));
            }
            if let Some(confidence) = preference.confidence {
                let _ = write!(text, ", confidence {}", number(confidence));
            }
            if let Some(expires) = &preference.expires_at {
                let _ = write!(text, ", until {}", day(expires));
            }
            text.push(')');
            self.row(label, &text);
        }
    }

    fn consents(&mut self, consents: &[ConsentBody]) {
        for (index, consent) in consents.iter().enumerate() {
            let label = if index == 0 { "Consents" } else { "" };
            let granted = if consent.granted {
                "granted"
            } else {
                "refused"
            };
            let purpose = harmless(&consent.purpose);
            self.row(
                label,
                &format!("{purpose:<15} {granted}  ({})", day(&consent.time)),
            );
        }
    }

    fn seen(&mut self, seen: &SeenBody, profile: &ProfileBody) {
        let span = match (&seen.first, &seen.last) {
            (Some(first), Some(last)) => format!("{} to {}, ", minute(first), minute(last)),
            _ => String::new(),
        };
        let days = match &profile.active_days {
            Some(days) => format!(" on {}", counted(days.count, "day")),
            None => String::new(),
        };
        self.row(
            "Seen",
            &format!("{span}{}{days}", counted(seen.interactions, "interaction")),
        );
        let channels = profile.channels.iter().flatten();
        let channels: Vec<String> = channels
            .map(|(channel, count)| format!("{} {}", harmless(channel), grouped(*count)))
            .collect();
        if !channels.is_empty() {
            self.row("Channels", &channels.join(" · "));
        }
    }

    fn events(&mut self, profile: &ProfileBody) {
        let mut events: Vec<(&String, &u64)> = profile.events.iter().flatten().collect();
        events.sort_by(|left, right| right.1.cmp(left.1).then(left.0.cmp(right.0)));
        let shown = events.iter().take(EVENTS_MAX);
        let shown: Vec<String> = shown
            .map(|(event, count)| format!("{} {}", harmless(event), grouped(**count)))
            .collect();
        if !shown.is_empty() {
            self.row("Events", &shown.join(" · "));
        }
    }

    fn orders(&mut self, profile: &ProfileBody) {
        for (index, (currency, money)) in profile.orders.iter().flatten().enumerate() {
            let label = if index == 0 { "Orders" } else { "" };
            let mut text = format!(
                "{}, {} {}",
                counted(money.orders, "order"),
                money.revenue,
                harmless(currency)
            );
            if money.refunds > 0 {
                let refunds = counted(money.refunds, "refund");
                let _ = write!(text, "; {refunds}, {}", money.refunded);
            }
            self.row(label, &text);
        }
    }

    fn sentiment(&mut self, sentiment: &SentimentBody) {
        let mean = number(sentiment.mean);
        let count = grouped(sentiment.count);
        let point =
            |point: &SentimentPoint| format!("{} on {}", number(point.score), day(&point.time));
        self.row(
            "Sentiment",
            &format!(
                "{mean} over {count} · worst {} · best {} · last {}",
                point(&sentiment.most_negative),
                point(&sentiment.most_positive),
                point(&sentiment.last)
            ),
        );
    }
}

fn survey_line(name: &str, survey: &SurveyBody) -> String {
    format!(
        "{:<5} {} on average of {} ({} to {}), last {} on {}",
        harmless(name),
        number(survey.mean),
        grouped(survey.count),
        number(survey.min),
        number(survey.max),
        number(survey.last),
        day(&survey.last_time)
    )
}

/// The name that the traits give, if they do.
pub(crate) fn name(profile: &ProfileBody) -> Option<String> {
    let text = |key: &str| match profile.traits.as_ref()?.get(key)? {
        TraitBody::Plain(Value::String(text)) => Some(harmless(text)),
        TraitBody::Sourced(sourced) => sourced.value.as_str().map(harmless),
        TraitBody::Plain(_) => None,
    };
    let parts: Vec<String> = [text("firstName"), text("lastName")]
        .into_iter()
        .flatten()
        .collect();
    match parts.is_empty() {
        true => text("name"),
        false => Some(parts.join(" ")),
    }
}

/// One interaction on one line.
pub(crate) fn interaction(interaction: &InteractionBody) -> String {
    let what = match (&interaction.event, interaction.properties.get("name")) {
        (Some(event), _) => event.clone(),
        (None, Some(Value::String(name))) => format!("{} {name}", interaction.kind),
        (None, _) => interaction.kind.clone(),
    };
    let line = format!(
        "{}  {:<7} {:<22} {}",
        minute(&interaction.time),
        harmless(&interaction.channel),
        harmless(&what),
        details(interaction)
    );
    line.trim_end().to_owned()
}

/// What is worth showing of the properties.
fn details(interaction: &InteractionBody) -> String {
    let property = |name: &str| interaction.properties.get(name);
    let mut parts = Vec::new();
    if let Some(amount) = property("revenue").or(property("total")) {
        let currency = property("currency").map(plain).unwrap_or_default();
        parts.push(format!("{} {currency}", plain(amount)));
    }
    if let (Some(survey), Some(score)) = (property("survey"), property("score")) {
        parts.push(format!("{} {}", plain(survey), plain(score)));
    }
    if let (Some(topic), Some(value)) = (property("topic"), property("value")) {
        parts.push(format!("{} = {}", plain(topic), plain(value)));
    }
    if let (Some(purpose), Some(granted)) = (property("purpose"), property("granted")) {
        let granted = if granted == true {
            "granted"
        } else {
            "refused"
        };
        parts.push(format!("{} {granted}", plain(purpose)));
    }
    for name in ["text", "note", "comment"] {
        if let Some(text) = property(name) {
            parts.push(format!("“{}”", shortened(&plain(text), TEXT_CHARS_MAX)));
        }
    }
    if let Some(sentiment) = property("sentiment") {
        parts.push(format!("({})", plain(sentiment)));
    }
    if parts.is_empty()
        && let Some(Value::String(name)) = property("name")
    {
        parts.push(harmless(name));
    }
    parts.join("  ")
}

/// A value without the quotes that JSON needs.
fn plain(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    shortened(&harmless(&text), VALUE_CHARS_MAX)
}

fn number(thousandths: Thousandths) -> String {
    serde_json::to_string(&thousandths).unwrap_or_default()
}

/// `2025-03-01T14:05:09.000Z` as `2025-03-01 14:05`.
fn minute(time: &str) -> String {
    harmless(time.get(..16).unwrap_or(time)).replacen('T', " ", 1)
}

fn day(time: &str) -> String {
    harmless(time.get(..10).unwrap_or(time))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn sample() -> ProfileBody {
        let span =
            json!({ "first": "2025-01-06T08:00:00.000Z", "last": "2025-03-01T14:05:09.000Z" });
        let point = |score: f64| json!({ "score": score, "time": "2025-02-01T10:00:00.000Z", "messageId": "m1" });
        serde_json::from_value(json!({
            "id": "pf_abc",
            "identifiers": [
                { "namespace": "user_id", "value": "u-1" },
                { "namespace": "email", "value": "ada\u{1b}[31m@example.com" },
            ],
            "traits": { "firstName": "Ada", "lastName": "Fernwick", "address": { "country": "US" } },
            "preferences": [{ "topic": "language", "value": "en", "stated": true, "source": "web", "time": "2025-01-06T08:00:00.000Z" },
                { "topic": "category", "value": "packs", "stated": false, "scope": "shop", "confidence": 0.8,
                  "expiresAt": "2026-01-06T08:00:00.000Z", "source": "web", "time": "2025-01-07T08:00:00.000Z" }],
            "consents": [{ "purpose": "sms", "granted": false, "source": "web", "time": "2025-01-06T08:00:00.000Z" }],
            "seen": { "first": span["first"], "last": span["last"], "byChannel": { "web": span }, "interactions": 1234 },
            "channels": { "pos": 34, "web": 1200 },
            "events": { "Order Completed": 3, "Product Viewed": 90 },
            "orders": { "EUR": { "orders": 3, "revenue": "129.9", "refunds": 1, "refunded": "10" } },
            "surveys": { "nps": { "count": 2, "mean": 8.5, "min": 8, "max": 9, "last": 9, "lastTime": "2025-02-01T10:00:00.000Z" } },
            "sentiment": { "count": 2, "mean": 0.1, "mostNegative": point(-0.2), "mostPositive": point(0.4), "last": point(0.4) },
            "activeDays": { "count": 40 },
            "interactions": [
                { "messageId": "m1", "type": "track", "event": "Call Ended", "channel": "phone", "time": "2025-03-01T14:05:09.000Z",
                  "identifiers": [], "properties": { "text": "Hello,\nwhere is it?", "sentiment": -0.2 }, "source": "web" },
                { "messageId": "m2", "type": "page", "channel": "web", "time": "2025-03-01T14:00:00.000Z", "identifiers": [],
                  "properties": { "name": "Help" }, "source": "web" },
            ],
            "truncated": ["events"],
            "pending": false,
        }))
        .unwrap()
    }

    #[test]
    fn the_card_shows_everything() {
        let expected = "\
Ada Fernwick
──────────────────────────────────────────────────────────────────────────────
Profile       pf_abc
Identifiers   user_id         u-1
              email           ada\u{fffd}[31m@example.com
Traits        address         {\"country\":\"US\"}
              firstName       Ada
              lastName        Fernwick
Preferences   language        en  (stated 2025-01-06)
              category        packs  (inferred 2025-01-07, for shop, confidence 0.8, until 2026-01-06)
Consents      sms             refused  (2025-01-06)
Seen          2025-01-06 08:00 to 2025-03-01 14:05, 1,234 interactions on 40 days
Channels      pos 34 · web 1,200
Events        Product Viewed 90 · Order Completed 3
Orders        3 orders, 129.9 EUR; 1 refund, 10
Survey        nps   8.5 on average of 2 (8 to 9), last 9 on 2025-02-01
Sentiment     0.1 over 2 · worst -0.2 on 2025-02-01 · best 0.4 on 2025-02-01 · last 0.4 on 2025-02-01
Latest        2025-03-01 14:05  phone   Call Ended             “Hello, where is it?”  (-0.2)
              2025-03-01 14:00  web     page Help              Help
Note          only a part is kept of: events
";
        assert_eq!(profile(&sample()), expected);
    }

    #[test]
    fn an_empty_profile_is_a_card_too() {
        let empty = ProfileBody {
            traits: Some(Default::default()),
            ..ProfileBody::default()
        };
        let card = profile(&empty);
        assert!(card.starts_with("(no name known)\n"), "{card}");
        assert_eq!(card.lines().count(), 3);
    }

    #[test]
    fn a_card_without_traits_says_nothing_of_a_name() {
        let card = profile(&ProfileBody::default());
        assert!(card.starts_with("Profile"), "{card}");
        assert_eq!(card.lines().count(), 1);
    }
}
