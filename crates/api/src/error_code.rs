//! The few things that can go wrong, as stable codes.
//!
//! - A code never changes its meaning; a new failure gets a new code.
//! - Each code has a page `docs/errors/<code>.md`, served at `/docs/errors/<code>`;
//!   a test compares the two lists.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A stable code that says what the caller should do.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// A parameter, header or member of the body is wrong: correct the request.
    InvalidRequest,
    /// The body is not JSON: correct the request.
    InvalidJson,
    /// The body's compression is broken or not known: correct the request.
    InvalidEncoding,
    /// A single tracking message is not acceptable: correct the message.
    InvalidMessage,
    /// The body, a message or a list is over its bound: send less.
    TooLarge,
    /// A key is not `namespace:value` or a profile id, or its value is not possible.
    InvalidKey,
    /// A position or page token is damaged or belongs to another query.
    InvalidToken,
    /// Rules of identity are not understood, or hold what is not allowed: correct the file.
    InvalidRules,
    /// No valid key or token came with the request.
    Unauthorized,
    /// The key or token is valid but lacks the scope for this.
    Forbidden,
    /// There is no such route.
    NotFound,
    /// Nobody is known by this key.
    ProfileNotFound,
    /// There is no such fact.
    FactNotFound,
    /// The cluster has no such node.
    NodeNotFound,
    /// The route exists, but not with this method.
    MethodNotAllowed,
    /// The body did not arrive in time: send it again, faster.
    Timeout,
    /// The identifier is shared by too many to name one customer.
    IdentifierShared,
    /// The identifier is blocked: a placeholder or an operator's decision.
    IdentifierBlocked,
    /// Rules of identity cannot be changed like this now: see what is under way.
    RulesConflict,
    /// What was asked does not fit the state of the cluster: look at it, then do the step that is missing.
    ClusterConflict,
    /// The changes after a cursor are forgotten: read everything again, then go on.
    CursorExpired,
    /// More than the key's share: wait as long as `Retry-After` says.
    RateLimited,
    /// The node has as much work as it takes: wait and retry.
    Overloaded,
    /// The outcome is not known or not visible in time: retry, it is safe.
    Unavailable,
    /// Free disk space is below the watermark: writes are refused, reads go on.
    DiskLow,
    /// A fault of the machine or of Acquaint itself.
    Internal,
}

impl ErrorCode {
    /// Every code, in the order of the documentation.
    pub const ALL: [ErrorCode; 26] = [
        Self::InvalidRequest,
        Self::InvalidJson,
        Self::InvalidEncoding,
        Self::InvalidMessage,
        Self::TooLarge,
        Self::InvalidKey,
        Self::InvalidToken,
        Self::InvalidRules,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::ProfileNotFound,
        Self::FactNotFound,
        Self::NodeNotFound,
        Self::MethodNotAllowed,
        Self::Timeout,
        Self::IdentifierShared,
        Self::IdentifierBlocked,
        Self::RulesConflict,
        Self::ClusterConflict,
        Self::CursorExpired,
        Self::RateLimited,
        Self::Overloaded,
        Self::Unavailable,
        Self::DiskLow,
        Self::Internal,
    ];

    /// The code as it stands in answers and names its page.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidJson => "invalid_json",
            Self::InvalidEncoding => "invalid_encoding",
            Self::InvalidMessage => "invalid_message",
            Self::TooLarge => "too_large",
            Self::InvalidKey => "invalid_key",
            Self::InvalidToken => "invalid_token",
            Self::InvalidRules => "invalid_rules",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::ProfileNotFound => "profile_not_found",
            Self::FactNotFound => "fact_not_found",
            Self::NodeNotFound => "node_not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Timeout => "timeout",
            Self::IdentifierShared => "identifier_shared",
            Self::IdentifierBlocked => "identifier_blocked",
            Self::RulesConflict => "rules_conflict",
            Self::ClusterConflict => "cluster_conflict",
            Self::CursorExpired => "cursor_expired",
            Self::RateLimited => "rate_limited",
            Self::Overloaded => "overloaded",
            Self::Unavailable => "unavailable",
            Self::DiskLow => "disk_low",
            Self::Internal => "internal",
        }
    }

    /// The HTTP status. Tracking routes answer 400 where this says 413, as the SDKs expect.
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidRequest
            | Self::InvalidJson
            | Self::InvalidEncoding
            | Self::InvalidMessage
            | Self::InvalidKey
            | Self::InvalidToken
            | Self::InvalidRules => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound | Self::ProfileNotFound | Self::FactNotFound | Self::NodeNotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::Timeout => 408,
            Self::IdentifierShared
            | Self::IdentifierBlocked
            | Self::RulesConflict
            | Self::ClusterConflict => 409,
            Self::CursorExpired => 410,
            Self::TooLarge => 413,
            Self::RateLimited => 429,
            Self::Internal => 500,
            Self::Overloaded | Self::Unavailable | Self::DiskLow => 503,
        }
    }

    /// Whether the same request may succeed later.
    pub fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::RateLimited | Self::Overloaded | Self::Unavailable | Self::DiskLow
        )
    }

    /// Path of the code's page on the server that answered.
    pub fn docs(self) -> String {
        format!("/docs/errors/{}", self.as_str())
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The answer to a failed request, tracking routes aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorDetail,
}

/// What went wrong with a request or with one key of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorDetail {
    /// For programs.
    pub code: ErrorCode,
    /// For people; says what to do.
    pub message: String,
    /// Path of the page about the code.
    pub docs: String,
    /// Of an identifier that is shared: the customers that share it, for whoever may know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successors: Option<Successors>,
}

/// The customers that share an identifier: where the profile id of one that was a customer's leads to now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Successors {
    /// Their profile ids, at most 16.
    pub profiles: Vec<String>,
    /// Whether there are more.
    pub more: bool,
}

impl ErrorDetail {
    /// A detail with the docs path of its code.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            docs: code.docs(),
            successors: None,
        }
    }
}

impl ErrorBody {
    /// A body with the docs path of its code.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            error: ErrorDetail::new(code, message),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_text_is_what_serde_writes() {
        for code in ErrorCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }
}
