//! The sections of a file of rules. What each key means stands in `config/identity.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::bounds::{
    DAYS_MAX, EDITS_MAX, FOREIGN_MAX, LAYER_MAX, NEIGHBOURS_MAX, PROFILE_MAX, RATIO_MAX,
    REGION_MAX, TIER_MAX, WORK_MAX, WORK_MIN, Within,
};
use super::by_kind::{ByKind, Kind};
use crate::Sharing;

/// A whole file: the standard one with another laid over it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RulesFile {
    pub(super) namespaces: BTreeMap<String, Kind>,
    pub(super) own_namespaces: OwnNamespaces,
    pub(super) placeholders: Placeholders,
    pub(super) kinds: ByKind<KindSection>,
    /// A pair stands under the kind that comes first.
    pub(super) tiers: ByKind<ByKind<Option<Within<1, TIER_MAX>>>>,
    pub(super) ratios: Ratios,
    pub(super) thresholds: Thresholds,
    pub(super) limits: Limits,
    pub(super) nicknames: Nicknames,
}

/// The kind of a namespace that is not named.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnNamespaces {
    pub(super) exclusive: Kind,
    pub(super) before_things: Kind,
    pub(super) after_things: Kind,
}

/// What is blocked in a kind without lists of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Placeholders {
    pub(super) blocked: Vec<String>,
    pub(super) blocked_patterns: Vec<String>,
    #[serde(default)]
    pub(super) also_blocked: Vec<String>,
    #[serde(default)]
    pub(super) also_blocked_patterns: Vec<String>,
}

/// What holds for the namespaces of a kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KindSection {
    pub(super) layer: Within<0, LAYER_MAX>,
    pub(super) sharing: Option<Sharing>,
    pub(super) describes: bool,
    pub(super) per_profile_max: Within<1, PROFILE_MAX>,
    pub(super) neighbours_max: ByKind<Within<1, NEIGHBOURS_MAX>>,
    pub(super) blocked: Option<Vec<String>>,
    pub(super) blocked_patterns: Option<Vec<String>>,
    #[serde(default)]
    pub(super) also_blocked: Vec<String>,
    #[serde(default)]
    pub(super) also_blocked_patterns: Vec<String>,
}

/// How far the first must be ahead.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ratios {
    pub(super) mailbox_dominance: Within<1, RATIO_MAX>,
    pub(super) owner_dominance: Within<1, RATIO_MAX>,
}

/// From when on something counts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Thresholds {
    pub(super) handed_on_days_min: Within<1, DAYS_MAX>,
    pub(super) name_days_min: Within<1, DAYS_MAX>,
    pub(super) operator_foreign_min: Within<1, FOREIGN_MAX>,
    pub(super) typo_days_max: Within<0, DAYS_MAX>,
    pub(super) typo_edits_max: Within<0, EDITS_MAX>,
}

/// What one person adds up to, and what one command does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    pub(super) profile_nodes_max: Within<2, PROFILE_MAX>,
    pub(super) exclusive_per_profile_max: Within<1, PROFILE_MAX>,
    pub(super) region_nodes_max: Within<4, REGION_MAX>,
    pub(super) work_max: Within<WORK_MIN, WORK_MAX>,
}

/// First names that stand for one another.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nicknames {
    pub(super) groups: Vec<Vec<String>>,
    #[serde(default)]
    pub(super) also_groups: Vec<Vec<String>>,
}
