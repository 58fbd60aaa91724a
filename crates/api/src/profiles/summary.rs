//! The counted parts of a profile.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Thousandths;

/// The first and the last time of something, RFC 3339.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SpanBody {
    /// The earliest.
    pub first: String,
    /// The latest.
    pub last: String,
}

/// When the customer was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SeenBody {
    /// The earliest, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// The latest, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    /// The same by channel.
    pub by_channel: BTreeMap<String, SpanBody>,
    /// How many interactions there are.
    pub interactions: u64,
}

/// Money in one currency. Amounts are decimal strings, so that no reader rounds them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MoneyBody {
    /// Orders completed.
    pub orders: u64,
    /// The sum of the orders, such as `129.90`.
    pub revenue: String,
    /// Refunds given.
    pub refunds: u64,
    /// The sum of the refunds.
    pub refunded: String,
}

/// Answers to one survey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SurveyBody {
    /// Answers given.
    pub count: u64,
    /// Their mean, to a thousandth.
    #[schema(value_type = f64)]
    pub mean: Thousandths,
    /// The lowest.
    #[schema(value_type = f64)]
    pub min: Thousandths,
    /// The highest.
    #[schema(value_type = f64)]
    pub max: Thousandths,
    /// The latest.
    #[schema(value_type = f64)]
    pub last: Thousandths,
    /// When the latest was given, RFC 3339.
    pub last_time: String,
}

/// One measurement of sentiment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SentimentPoint {
    /// From -1 to 1.
    #[schema(value_type = f64)]
    pub score: Thousandths,
    /// When, RFC 3339.
    pub time: String,
    /// The message that carried it.
    pub message_id: String,
}

/// How the customer feels, from -1 to 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SentimentBody {
    /// Measurements.
    pub count: u64,
    /// Their mean, to a thousandth.
    #[schema(value_type = f64)]
    pub mean: Thousandths,
    /// The worst.
    pub most_negative: SentimentPoint,
    /// The best.
    pub most_positive: SentimentPoint,
    /// The latest.
    pub last: SentimentPoint,
}

/// Days (UTC) with activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActiveDaysBody {
    /// How many.
    pub count: u64,
    /// The first, `2026-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// The last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
}
