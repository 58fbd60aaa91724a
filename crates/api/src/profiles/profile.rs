//! A profile as it is answered: who somebody is, what they want, what has happened.
//!
//! Every section is optional, so that `fields=` can name the ones to send; a section
//! that was asked for is present even when it is empty. Keys are sorted, so equal
//! profiles are equal bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    ActiveDaysBody, InteractionBody, MoneyBody, SeenBody, SentimentBody, SurveyBody, Thousandths,
};

/// The sections of a profile that `fields=` can name.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Section {
    /// The identifiers.
    Identifiers,
    /// The attributes.
    Traits,
    /// What the customer wants.
    Preferences,
    /// Purposes granted and refused.
    Consents,
    /// First and last seen.
    Seen,
    /// Counts by channel.
    Channels,
    /// Counts by event.
    Events,
    /// Counts by kind of message.
    Kinds,
    /// Groups that the customer belongs to.
    Groups,
    /// Money by currency.
    Orders,
    /// Survey answers.
    Surveys,
    /// Sentiment.
    Sentiment,
    /// Days with activity.
    ActiveDays,
}

impl Section {
    /// Every section, in the order of the answer.
    pub const ALL: [Section; 13] = [
        Self::Identifiers,
        Self::Traits,
        Self::Preferences,
        Self::Consents,
        Self::Seen,
        Self::Channels,
        Self::Events,
        Self::Kinds,
        Self::Groups,
        Self::Orders,
        Self::Surveys,
        Self::Sentiment,
        Self::ActiveDays,
    ];

    /// The section as `fields=` names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identifiers => "identifiers",
            Self::Traits => "traits",
            Self::Preferences => "preferences",
            Self::Consents => "consents",
            Self::Seen => "seen",
            Self::Channels => "channels",
            Self::Events => "events",
            Self::Kinds => "kinds",
            Self::Groups => "groups",
            Self::Orders => "orders",
            Self::Surveys => "surveys",
            Self::Sentiment => "sentiment",
            Self::ActiveDays => "activeDays",
        }
    }

    /// The section that a word of `fields=` names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|section| section.as_str() == text)
    }
}

/// One customer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProfileBody {
    /// The canonical profile id.
    pub id: String,
    /// Profile ids of the other identifiers; they resolve to this profile for ever.
    /// With `verbose` only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The identifiers, strongest namespace first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifiers: Option<Vec<IdentifierBody>>,
    /// The attributes by name: the bare value, or with `verbose` its source and time too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traits: Option<BTreeMap<String, TraitBody>>,
    /// What the customer wants, by topic and scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preferences: Option<Vec<PreferenceBody>>,
    /// Purposes granted and refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consents: Option<Vec<ConsentBody>>,
    /// First and last seen, overall and by channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<SeenBody>,
    /// Interactions by channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<BTreeMap<String, u64>>,
    /// Interactions by event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<BTreeMap<String, u64>>,
    /// Interactions by kind: `track`, `page`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<BTreeMap<String, u64>>,
    /// Groups that the customer belongs to, such as companies, with their newest traits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<BTreeMap<String, BTreeMap<String, Value>>>,
    /// Orders, revenue and refunds by currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders: Option<BTreeMap<String, MoneyBody>>,
    /// Survey answers by survey: `nps`, `csat`, `ces`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surveys: Option<BTreeMap<String, SurveyBody>>,
    /// How the customer feels; absent until something was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentiment: Option<SentimentBody>,
    /// Days with activity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_days: Option<ActiveDaysBody>,
    /// The latest interactions, when they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interactions: Option<Vec<InteractionBody>>,
    /// Names of the sections that reached a bound and hold a part only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub truncated: Vec<String>,
    /// Whether work on this customer's identity is still pending.
    pub pending: bool,
}

/// One identifier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdentifierBody {
    /// `email`, `phone`, …
    pub namespace: String,
    /// The value in its canonical form.
    pub value: String,
    /// The profile id of this identifier, which resolves for ever. With `verbose` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_id: Option<String>,
    /// Whether interactions are stored under it. With `verbose` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<bool>,
    /// What it is matched by, where that is not its value. With `verbose` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matching_key: Option<String>,
}

/// A trait, bare or with where it comes from.
///
/// A reader knows which form it asked for: a bare value that is an object with exactly
/// the members of the long form cannot be told from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum TraitBody {
    /// With its source and time.
    Sourced(SourcedTrait),
    /// The value alone.
    Plain(Value),
}

/// A trait's value, where it comes from, and when it was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourcedTrait {
    /// The value.
    pub value: Value,
    /// The write key or import that said it.
    pub source: String,
    /// When it was said, RFC 3339.
    pub time: String,
}

/// Something the customer wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PreferenceBody {
    /// What it is about.
    pub topic: String,
    /// What is wanted.
    pub value: Value,
    /// Whether the customer said so; else it was inferred.
    pub stated: bool,
    /// Where it holds; absent for everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// From 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Thousandths>,
    /// When it stops to hold, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// The write key or import that said it.
    pub source: String,
    /// When it was said, RFC 3339.
    pub time: String,
}

/// A purpose granted or refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConsentBody {
    /// What for.
    pub purpose: String,
    /// Whether it is granted.
    pub granted: bool,
    /// The write key or import that said it.
    pub source: String,
    /// When it was said, RFC 3339.
    pub time: String,
}

/// Every identifier of a profile, with its own profile id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IdentifiersBody {
    /// The canonical profile id.
    pub id: String,
    /// The identifiers, strongest namespace first.
    pub identifiers: Vec<IdentifierBody>,
    /// Whether work on this customer's identity is still pending.
    pub pending: bool,
}
