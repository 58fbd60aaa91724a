//! What became of each message.
//!
//! No message is ever taken with a 200 and then dropped in silence: a batch that is
//! answered has exactly one verdict per message, in the order of the batch.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Position;

/// A message that can never be accepted, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Rejection {
    /// The message's own id, when it has a readable one.
    pub message_id: Option<String>,
    /// The reason for programs.
    pub reason: RejectReason,
    /// The reason for people.
    pub detail: String,
}

/// Why a message was rejected. All are permanent: a retry of the same bytes fails alike.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RejectReason {
    /// Not valid JSON, or nested too deep to be read.
    InvalidJson,
    /// Not a JSON object.
    NotAnObject,
    /// Over 32,768 bytes.
    TooLarge,
    /// `type` is missing or not one of the six.
    UnknownType,
    /// A member has a type that it cannot have.
    InvalidMember,
    /// A `track` message without an `event`.
    MissingEvent,
    /// Neither `userId` nor `anonymousId` (alias: not both ids).
    MissingIdentifier,
    /// The message id is longer than 100 characters.
    InvalidMessageId,
    /// An identifier's value is not possible.
    InvalidIdentifier,
    /// More than 16 identifiers.
    TooManyIdentifiers,
    /// A time that is not RFC 3339 or out of range.
    InvalidTime,
    /// Values nested deeper, longer or more numerous than the bounds.
    ValueOverBound,
    /// The write key's trust does not allow this message.
    NotAllowed,
}

impl RejectReason {
    /// The reason as it stands in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidJson => "invalid_json",
            Self::NotAnObject => "not_an_object",
            Self::TooLarge => "too_large",
            Self::UnknownType => "unknown_type",
            Self::InvalidMember => "invalid_member",
            Self::MissingEvent => "missing_event",
            Self::MissingIdentifier => "missing_identifier",
            Self::InvalidMessageId => "invalid_message_id",
            Self::InvalidIdentifier => "invalid_identifier",
            Self::TooManyIdentifiers => "too_many_identifiers",
            Self::InvalidTime => "invalid_time",
            Self::ValueOverBound => "value_over_bound",
            Self::NotAllowed => "not_allowed",
        }
    }
}

/// What became of a message.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// Durable, counted, and visible to lookups.
    Accepted,
    /// Already there; nothing was changed.
    Duplicate,
    /// Never to be accepted; nothing was changed.
    Rejected,
}

/// Something that was settled for an accepted message and that its sender may want to know.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// Its time lay in the future and became the time of receipt.
    TimeClamped,
    /// It had no message id and got one derived from its content.
    IdDerived,
    /// Its message id was met before under other identifiers.
    IdReused,
    /// An identifier was a placeholder, such as `null`, and was left out.
    PlaceholderDropped,
    /// An alias of an id to itself, which says nothing and stores nothing.
    NoOp,
}

impl VerdictKind {
    /// The verdict as it stands in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Rejected => "rejected",
        }
    }
}

/// The verdict on one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// The message's id, given or derived; absent when rejected without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// What became of it.
    pub verdict: VerdictKind,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<RejectReason>,
    /// The reason for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What was settled for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

impl Verdict {
    /// The verdict on a message that was taken.
    pub fn accepted(message_id: impl Into<String>) -> Self {
        Self::of(VerdictKind::Accepted, message_id)
    }

    /// The verdict on a message that was there already.
    pub fn duplicate(message_id: impl Into<String>) -> Self {
        Self::of(VerdictKind::Duplicate, message_id)
    }

    /// The rejection behind the verdict, when it is one.
    pub fn rejection(&self) -> Option<Rejection> {
        Some(Rejection {
            message_id: self.message_id.clone(),
            reason: self.reason?,
            detail: self.detail.clone().unwrap_or_default(),
        })
    }

    fn of(verdict: VerdictKind, message_id: impl Into<String>) -> Self {
        Self {
            message_id: Some(message_id.into()),
            verdict,
            reason: None,
            detail: None,
            notes: Vec::new(),
        }
    }
}

impl From<Rejection> for Verdict {
    fn from(rejection: Rejection) -> Self {
        Self {
            message_id: rejection.message_id,
            verdict: VerdictKind::Rejected,
            reason: Some(rejection.reason),
            detail: Some(rejection.detail),
            notes: Vec::new(),
        }
    }
}

/// The outcome of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// One verdict per message, in the order of the batch.
    pub verdicts: Vec<Verdict>,
    /// What a read must wait for to see the batch.
    pub position: Position,
}
