//! Interactions as they are answered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::PageToken;
use crate::tracking::Note;

/// One interaction.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InteractionBody {
    /// Its id, given or derived.
    pub message_id: String,
    /// `identify`, `track`, `page`, `screen`, `group` or `alias`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The event's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// `web`, `store`, `call`, …
    pub channel: String,
    /// When it happened, RFC 3339.
    pub time: String,
    /// When it was received, RFC 3339; left out of exports, as it differs between runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<String>,
    /// Its identifiers as `namespace:value`.
    pub identifiers: Vec<String>,
    /// Its traits.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub traits: BTreeMap<String, Value>,
    /// Its properties.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, Value>,
    /// Its context.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub context: BTreeMap<String, Value>,
    /// The write key or import that it came through.
    pub source: String,
    /// What was settled for it when it arrived.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// A page of a timeline, latest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TimelinePage {
    /// The canonical profile id.
    pub id: String,
    /// The interactions, latest first.
    pub interactions: Vec<InteractionBody>,
    /// Give it as `page=` to get the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub next: Option<PageToken>,
    /// Whether work on this customer's identity is still pending.
    pub pending: bool,
}
