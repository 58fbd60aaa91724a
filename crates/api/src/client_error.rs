//! Why a call of the client failed.

use std::time::Duration;

use reqwest::{StatusCode, Url};
use serde::Deserialize;

use crate::{ErrorBody, ErrorCode, Successors};

/// Characters of an unreadable answer that an error quotes.
const QUOTE_CHARS_MAX: usize = 200;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is not one.
    #[error("`{0}` is not the address of a node; it looks like http://127.0.0.1:8080")]
    Address(String),
    /// No answer came.
    #[error("no answer from {url}: {source}")]
    Connection {
        /// The address that was called.
        url: String,
        /// What went wrong.
        source: reqwest::Error,
    },
    /// The node said no.
    #[error("{message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The code, when the answer was one of ours.
        code: Option<ErrorCode>,
        /// What the node said.
        message: String,
        /// How long it asked to wait.
        retry_after: Option<Duration>,
        /// Of a shared identifier: the customers that share it.
        successors: Option<Successors>,
    },
    /// The answer is not what this client understands.
    #[error("{url} did not answer like a node of this version ({detail}); got: {quote}")]
    Unreadable {
        /// The address that was called.
        url: String,
        /// What was not understood.
        detail: String,
        /// How the answer began.
        quote: String,
    },
}

impl ClientError {
    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Connection { .. } => true,
            Self::Refused { status, .. } => matches!(*status, 408 | 429 | 500 | 502 | 503 | 504),
            Self::Address(_) | Self::Unreadable { .. } => false,
        }
    }

    /// How long the node asked to wait, if it did.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// The customers that share the identifier, where the node named them.
    pub fn successors(&self) -> Option<&Successors> {
        match self {
            Self::Refused { successors, .. } => successors.as_ref(),
            _ => None,
        }
    }

    /// The code of the node's refusal, if it was one.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused { code, .. } => *code,
            _ => None,
        }
    }
}

pub(crate) fn connection(base: &Url, source: reqwest::Error) -> ClientError {
    ClientError::Connection {
        url: base.to_string(),
        source,
    }
}

/// Reads both forms of an error: that of the tracking routes and that of all others.
pub(crate) fn refusal(
    status: StatusCode,
    retry_after: Option<Duration>,
    body: &[u8],
) -> ClientError {
    #[derive(Deserialize)]
    struct Tracking {
        code: ErrorCode,
        message: String,
    }

    let mut successors = None;
    let (code, message) = if let Ok(body) = serde_json::from_slice::<ErrorBody>(body) {
        successors = body.error.successors;
        (Some(body.error.code), body.error.message)
    } else if let Ok(body) = serde_json::from_slice::<Tracking>(body) {
        (Some(body.code), body.message)
    } else {
        (None, format!("status {status}: {}", quote(body)))
    };
    ClientError::Refused {
        status: status.as_u16(),
        code,
        message,
        retry_after,
        successors,
    }
}

pub(crate) fn quote(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    text.chars().take(QUOTE_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn both_forms_of_an_error_are_read() {
        let check = |status: u16, body: &str, code: Option<ErrorCode>, message: &str| {
            let status = StatusCode::from_u16(status).unwrap();
            let error = refusal(status, None, body.as_bytes());
            assert_eq!(error.code(), code);
            assert_eq!(error.to_string(), message);
        };
        let ours = r#"{"error":{"code":"profile_not_found","message":"nobody","docs":"/x"}}"#;
        check(404, ours, Some(ErrorCode::ProfileNotFound), "nobody");
        let tracking = r#"{"success":false,"code":"unauthorized","message":"no key","error":"x"}"#;
        check(401, tracking, Some(ErrorCode::Unauthorized), "no key");
        check(502, "<html>", None, "status 502 Bad Gateway: <html>");
    }
}
