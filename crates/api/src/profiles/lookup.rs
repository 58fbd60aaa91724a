//! Many lookups in one request.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ProfileBody;
use crate::ErrorDetail;

/// Up to 1,000 keys to look up, all with the same options.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LookupRequest {
    /// `namespace:value` or profile ids.
    pub keys: Vec<String>,
    /// The sections to send; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<String>>,
    /// Whether to send sources and times too.
    #[serde(default)]
    pub verbose: bool,
    /// How many of the latest interactions to send with each.
    #[serde(default)]
    pub interactions: usize,
    /// A position to wait for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// One answer per key, in the order of the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LookupBody {
    /// The answers.
    pub answers: Vec<LookupAnswer>,
}

/// A profile or an error for one key; exactly one of the two is present.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LookupAnswer {
    /// The key as it was given.
    pub key: String,
    /// The profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileBody>,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorDetail>,
}
