//! Deriving the evidence about identity again from what is stored.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where to begin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RebuildRequest {
    /// The cursor of the answer before; none begins.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// How far one request came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RebuildBody {
    /// Sets of identifiers whose evidence was derived again by this request.
    pub strands: u64,
    /// Where to go on; absent when all is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}
