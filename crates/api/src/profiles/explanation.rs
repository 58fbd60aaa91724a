//! Why two identifiers are one customer, or why they are not.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How two identifiers stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExplanationVerdict {
    /// One customer; `path` says why.
    SameProfile,
    /// Two, and something would have linked them; `refusals` says what stopped it.
    Refused,
    /// Two, and nothing says otherwise.
    Unconnected,
    /// At least one of them was never seen.
    Unknown,
}

/// The answer to `explain`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplanationBody {
    /// The first key, as it was given.
    pub a: String,
    /// The second key, as it was given.
    pub b: String,
    /// How they stand to each other.
    pub verdict: ExplanationVerdict,
    /// One sentence for people.
    pub summary: String,
    /// The accepted links from the first to the second.
    pub path: Vec<LinkBody>,
    /// The refused links between the two sides.
    pub refusals: Vec<RefusalBody>,
    /// Whether work on either identity is still pending.
    pub pending: bool,
}

/// An accepted link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkBody {
    /// One end, `namespace:value`.
    pub a: String,
    /// The other end.
    pub b: String,
    /// The rule that accepted it.
    pub rule: String,
    /// On how many days it was seen.
    pub days: u64,
    /// The first of them, `2026-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_day: Option<String>,
    /// The last of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_day: Option<String>,
    /// The write keys and imports that it was seen through.
    pub sources: Vec<String>,
    /// A few of the messages that say so.
    pub sample_message_ids: Vec<String>,
    /// The thing that both were seen with, where they were not seen together themselves: the days are those on which it was
    /// seen with the one that it was seen with less often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
    /// The id of the operator's fact, where one says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// Whether it is the weakest link of the path.
    pub weakest: bool,
}

/// A link that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RefusalBody {
    /// One end, `namespace:value`.
    pub a: String,
    /// The other end.
    pub b: String,
    /// The rule that refused it.
    pub rule: String,
    /// The same for people.
    pub detail: String,
    /// The two values that contradict each other, that of the first end first: two names, birth dates, logins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<[String; 2]>,
    /// On how many days it was seen.
    pub days: u64,
    /// The first of them, `2026-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_day: Option<String>,
    /// The last of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_day: Option<String>,
    /// The write keys and imports that it was seen through.
    #[serde(default)]
    pub sources: Vec<String>,
    /// A few of the messages that say so.
    pub sample_message_ids: Vec<String>,
    /// The thing that both were seen with, where they were not seen together themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
    /// The id of the operator's fact that refuses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
}
