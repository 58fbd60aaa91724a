//! Facts that an operator states about identity. They outrank what was observed, and
//! each can be undone.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a fact says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FactStatement {
    /// These two are one person.
    MustLink {
        /// One key.
        a: String,
        /// The other key.
        b: String,
    },
    /// These two are not one person.
    NeverLink {
        /// One key.
        a: String,
        /// The other key.
        b: String,
    },
    /// This identifier says nothing about who somebody is.
    Block {
        /// The identifier.
        key: String,
    },
    /// This identifier leaves the profile that it is in, and is one of its own.
    Split {
        /// The identifier.
        key: String,
    },
    /// Nothing that this source says about who somebody is counts; that it happened stays.
    Revoke {
        /// The name of the write key or import.
        source: String,
    },
    /// What this message says about who somebody is does not count; that it happened stays.
    RevokeMessage {
        /// An identifier that it came with.
        key: String,
        /// Its id.
        message: String,
    },
}

/// A fact to be stated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FactRequest {
    /// What it says.
    #[serde(flatten)]
    pub statement: FactStatement,
    /// Who says so.
    pub author: String,
    /// Why.
    pub reason: String,
}

/// A fact that was stated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FactBody {
    /// Its id, by which it can be undone.
    pub id: String,
    /// What it says.
    #[serde(flatten)]
    pub statement: FactStatement,
    /// Who says so.
    pub author: String,
    /// Why.
    pub reason: String,
    /// When it was stated, RFC 3339.
    pub time: String,
}

/// The facts of a workspace, in the order they were stated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FactsBody {
    /// The facts.
    pub facts: Vec<FactBody>,
    /// Whether there are more than one answer lists.
    pub truncated: bool,
}
