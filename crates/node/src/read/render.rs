//! From the fold to the answer: profiles and interactions as JSON bodies.
//!
//! Lists are sorted and times are RFC 3339, so that equal profiles are equal bytes.

use std::collections::BTreeMap;

use acquaint_api::profiles::{
    ActiveDaysBody, ConsentBody, IdentifierBody, InteractionBody, MoneyBody, PreferenceBody,
    ProfileBody, Section, SeenBody, SentimentBody, SentimentPoint, SourcedTrait, SpanBody,
    SurveyBody, Thousandths, TraitBody,
};
use acquaint_api::tracking::Note;
use acquaint_identity::ProfileView;
use acquaint_profile::rollup::{Consent, Entry, Origin, Scores, Tally};
use acquaint_profile::{
    Day, Flags, IdentifierId, Interaction, Profile, ProfileId, Timestamp, Value,
};

use super::LookupOptions;
use super::reading::{Folded, Reading};

/// The text of a profile id.
pub(crate) fn profile_id(id: acquaint_identity::IdentifierId) -> String {
    ProfileId(IdentifierId(id.0)).to_string()
}

/// The body of a profile. Preferences are those that hold at `at`.
pub(crate) fn profile(
    reading: &Reading<'_>,
    view: &ProfileView,
    folded: &Folded,
    options: &LookupOptions,
    at: Timestamp,
) -> ProfileBody {
    let profile = &folded.profile;
    let rollup = &profile.rollup;
    let wanted = |section: Section| {
        options
            .sections
            .as_ref()
            .is_none_or(|sections| sections.contains(&section))
    };
    let mut body = ProfileBody {
        id: profile_id(view.canonical),
        pending: view.pending,
        truncated: rollup.truncated().map(str::to_owned).collect(),
        ..ProfileBody::default()
    };
    // Of a profile that has too many identifiers to show, what is stored under the others is missing too.
    if view.truncated {
        body.truncated.push("identifiers".into());
    }
    if folded.truncated || view.truncated {
        body.truncated.push("fold".into());
    }
    if options.verbose {
        body.aliases = aliases(view);
    }
    body.identifiers =
        wanted(Section::Identifiers).then(|| identifiers(reading, view, options.verbose));
    body.traits = wanted(Section::Traits).then(|| traits(profile, options.verbose));
    body.preferences = wanted(Section::Preferences).then(|| preferences(profile, at));
    body.consents = wanted(Section::Consents).then(|| consents(profile));
    body.seen = wanted(Section::Seen).then(|| seen(profile));
    body.channels = wanted(Section::Channels).then(|| {
        rollup
            .channels
            .entries
            .iter()
            .map(|(channel, tally)| (channel.to_string(), tally.count))
            .collect()
    });
    body.events = wanted(Section::Events).then(|| {
        rollup
            .events
            .entries
            .iter()
            .map(|(event, tally)| (event.clone(), tally.count))
            .collect()
    });
    body.kinds = wanted(Section::Kinds).then(|| {
        let kinds = rollup.kinds.entries.iter();
        kinds
            .map(|(kind, tally)| (kind.as_str().to_owned(), tally.count))
            .collect()
    });
    body.groups = wanted(Section::Groups).then(|| {
        let groups = rollup.groups.entries.iter();
        groups
            .map(|(group, entry)| (group.clone(), json(&entry.value)))
            .collect()
    });
    body.orders = wanted(Section::Orders).then(|| orders(profile));
    body.surveys = wanted(Section::Surveys).then(|| surveys(profile));
    body.sentiment = wanted(Section::Sentiment)
        .then(|| sentiment(&rollup.sentiment))
        .flatten();
    body.active_days = wanted(Section::ActiveDays).then(|| active_days(profile));
    body
}

fn aliases(view: &ProfileView) -> Vec<String> {
    let ids = view.members.iter().flat_map(|member| &member.identifiers);
    ids.filter(|identifier| identifier.id != view.canonical)
        .map(|identifier| profile_id(identifier.id))
        .collect()
}

/// The identifiers of a profile, strongest namespace first, then by value.
pub(crate) fn identifiers(
    reading: &Reading<'_>,
    view: &ProfileView,
    verbose: bool,
) -> Vec<IdentifierBody> {
    let mut bodies = Vec::new();
    for member in &view.members {
        for identifier in &member.identifiers {
            let body = IdentifierBody {
                namespace: reading.namespace(member.rank.0).to_owned(),
                value: identifier.canonical.clone(),
                profile_id: verbose.then(|| profile_id(identifier.id)),
                anchor: verbose.then_some(identifier.is_anchor),
                matching_key: (verbose && member.key != identifier.canonical)
                    .then(|| member.key.clone()),
            };
            bodies.push((member.rank, body));
        }
    }
    bodies.sort();
    // A thing that several of the profile's own held in turn stands under each of them.
    bodies.dedup();
    bodies.into_iter().map(|(_, body)| body).collect()
}

fn traits(profile: &Profile, verbose: bool) -> BTreeMap<String, TraitBody> {
    let body = |entry: &Entry<Value>| match verbose {
        false => TraitBody::Plain(entry.value.to_json()),
        true => TraitBody::Sourced(SourcedTrait {
            value: entry.value.to_json(),
            source: entry.source.clone(),
            time: entry.time.to_string(),
        }),
    };
    profile
        .traits()
        .map(|(name, entry)| (name.to_owned(), body(entry)))
        .collect()
}

fn preferences(profile: &Profile, at: Timestamp) -> Vec<PreferenceBody> {
    let held = profile.preferences(at).into_iter();
    held.map(|(key, entry)| PreferenceBody {
        topic: key.topic.clone(),
        value: entry.value.value.to_json(),
        stated: key.origin == Origin::Stated,
        scope: key.scope.clone(),
        confidence: Some(thousandths(entry.value.confidence)),
        expires_at: entry.value.expires.map(|expires| expires.to_string()),
        source: entry.source.clone(),
        time: entry.time.to_string(),
    })
    .collect()
}

fn consents(profile: &Profile) -> Vec<ConsentBody> {
    let consents = profile.consents();
    consents
        .map(|(purpose, entry)| ConsentBody {
            purpose: purpose.to_owned(),
            granted: entry.value == Consent::Granted,
            source: entry.source.clone(),
            time: entry.time.to_string(),
        })
        .collect()
}

fn seen(profile: &Profile) -> SeenBody {
    let rollup = &profile.rollup;
    let span = |tally: &Tally| {
        let (first, last) = tally.first.zip(tally.last)?;
        Some(SpanBody {
            first: first.to_string(),
            last: last.to_string(),
        })
    };
    let channels = rollup.channels.entries.iter();
    SeenBody {
        first: rollup.seen.first.map(|time| time.to_string()),
        last: rollup.seen.last.map(|time| time.to_string()),
        by_channel: channels
            .filter_map(|(channel, tally)| Some((channel.to_string(), span(tally)?)))
            .collect(),
        interactions: rollup.seen.count,
    }
}

fn orders(profile: &Profile) -> BTreeMap<String, MoneyBody> {
    let currencies = profile.rollup.purchases.entries.iter();
    currencies
        .map(|(currency, purchases)| {
            let body = MoneyBody {
                orders: purchases.orders,
                revenue: purchases.revenue.to_string(),
                refunds: purchases.refunds,
                refunded: purchases.refunded.to_string(),
            };
            (currency.as_str().to_owned(), body)
        })
        .collect()
}

fn surveys(profile: &Profile) -> BTreeMap<String, SurveyBody> {
    let surveys = profile.rollup.surveys.entries.iter();
    surveys
        .filter_map(|(survey, scores)| Some((survey.as_str().to_owned(), survey_body(scores)?)))
        .collect()
}

fn survey_body(scores: &Scores) -> Option<SurveyBody> {
    let last = scores.last.as_ref()?;
    Some(SurveyBody {
        count: scores.count,
        mean: Thousandths::mean(scores.sum, scores.count)?,
        min: thousandths(scores.lowest.as_ref()?.value),
        max: thousandths(scores.highest.as_ref()?.value),
        last: thousandths(last.value),
        last_time: last.time.to_string(),
    })
}

fn sentiment(scores: &Scores) -> Option<SentimentBody> {
    let point = |entry: &Entry<acquaint_profile::Thousandths>| SentimentPoint {
        score: thousandths(entry.value),
        time: entry.time.to_string(),
        message_id: entry.message_id.to_string(),
    };
    Some(SentimentBody {
        count: scores.count,
        mean: Thousandths::mean(scores.sum, scores.count)?,
        most_negative: scores.lowest.as_ref().map(point)?,
        most_positive: scores.highest.as_ref().map(point)?,
        last: scores.last.as_ref().map(point)?,
    })
}

fn active_days(profile: &Profile) -> ActiveDaysBody {
    let days = &profile.rollup.active_days;
    let date = |day: Day| date(day);
    ActiveDaysBody {
        count: days.count().into(),
        first: days.iter().next().map(date),
        last: days.iter().next_back().map(date),
    }
}

/// A day as a date, `2026-01-31`.
pub(crate) fn date(day: Day) -> String {
    let time = day.start().to_string();
    time.split('T').next().unwrap_or_default().to_owned()
}

fn thousandths(value: acquaint_profile::Thousandths) -> Thousandths {
    Thousandths(value.0.into())
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
