//! The rules of identity: which are in force, and how others come into force.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Rules to build a partition under: a file, or those of an epoch of before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RulesRequest {
    /// The text of the file: what it leaves out is as in the standard rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
    /// The epoch whose rules are wanted back, in place of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u32>,
    /// Who wants it.
    pub author: String,
    /// Why.
    pub reason: String,
}

/// Rules that a workspace has, or has had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EpochBody {
    /// The number: later rules have a larger one.
    pub epoch: u32,
    /// Who brought them in.
    pub author: String,
    /// Why.
    pub reason: String,
    /// When, RFC 3339.
    pub time: String,
}

/// Rules under which a partition is being built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BuildingBody {
    /// The rules.
    #[serde(flatten)]
    pub rules: EpochBody,
    /// How much of the evidence it has, in thousandths.
    pub per_mille: u32,
    /// Whether it can serve.
    pub ready: bool,
}

/// Under which rules a workspace lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RulesBody {
    /// Those that answers follow.
    pub serving: EpochBody,
    /// Those under which a partition is being built.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub building: Option<BuildingBody>,
    /// The epoch whose rows are being removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaving: Option<u32>,
    /// Those of before that one can go back to, the latest first.
    pub earlier: Vec<EpochBody>,
}

/// The rules of an epoch as they were given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RulesTextBody {
    /// Whose they are.
    #[serde(flatten)]
    pub epoch: EpochBody,
    /// The text of the file.
    pub rules: String,
}
