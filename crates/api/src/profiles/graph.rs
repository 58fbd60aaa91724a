//! A customer as a graph: what holds the profile together, and what was kept out of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{LinkBody, RefusalBody};

/// The graph of a customer's identifiers. [`crate::picture::svg`] draws it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GraphBody {
    /// The profile id.
    pub id: String,
    /// The identifiers, strongest namespace first, at most 64 of one namespace; spellings of one stand once.
    pub nodes: Vec<GraphNodeBody>,
    /// The links that made the profile, then those by which it has its things. Both ends are among the nodes.
    pub links: Vec<LinkBody>,
    /// Links that were refused, `a` being the customer's. Both ends are among the nodes.
    pub refusals: Vec<RefusalBody>,
    /// Identifiers that are not among the nodes, by namespace.
    pub omitted: Vec<OmittedBody>,
    /// Refused links that are left out.
    pub refusals_omitted: u64,
    /// Whether the profile has more identifiers than are counted, or its surroundings are too large to compute its links.
    pub truncated: bool,
    /// Whether work on the identity is still pending.
    pub pending: bool,
}

/// An identifier of a graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GraphNodeBody {
    /// `namespace:value`, as links name it.
    pub key: String,
    /// The namespace.
    pub namespace: String,
    /// The value, as it is matched.
    pub value: String,
    /// 0 names a person; 1 is a phone or a card, 2 a device, 3 a browser.
    pub layer: u8,
    /// How much of what happened under it is the customer's.
    pub share: Share,
}

/// How much of what happened under an identifier is a customer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    /// All of it.
    All,
    /// What happened on some days: the thing changes hands.
    Days,
    /// What came with other identifiers of theirs: by itself it says nothing.
    Strands,
    /// Nothing: it was kept out.
    None,
}

/// Identifiers that a graph leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OmittedBody {
    /// Their namespace.
    pub namespace: String,
    /// Their layer.
    pub layer: u8,
    /// How many.
    pub count: u64,
}
