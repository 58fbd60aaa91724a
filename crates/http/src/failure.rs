//! A failed request, in either of the two forms of the contract.
//!
//! - Most routes answer `{"error":{"code","message","docs"}}`.
//! - Tracking routes answer `{"success":false,"code","message","error"}`, which is what
//!   the SDKs parse, and never 413: an SDK takes 400 as final, and retries others.
//! - Whatever may be retried carries an integer `Retry-After` that the SDKs honour.

use std::borrow::Cow;

use acquaint_api::limits::RETRY_AFTER_SECONDS_MAX;
use acquaint_api::tracking::Rejection;
use acquaint_api::{ErrorBody, ErrorCode, Successors};
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// How long a caller waits when nothing better is known.
pub(crate) const RETRY_AFTER_SECONDS_DEFAULT: u64 = 1;

/// A failed request, answered in the form of most routes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: ErrorCode,
    pub(crate) message: Cow<'static, str>,
    pub(crate) retry_after_seconds: Option<u64>,
    /// Of a shared identifier: the customers that share it.
    pub(crate) successors: Option<Box<Successors>>,
}

impl Failure {
    pub(crate) fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        let retry_after_seconds = code.is_retryable().then_some(RETRY_AFTER_SECONDS_DEFAULT);
        Self {
            code,
            message: message.into(),
            retry_after_seconds,
            successors: None,
        }
    }

    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_seconds = Some(seconds.clamp(1, RETRY_AFTER_SECONDS_MAX));
        self
    }

    fn respond(&self, status: u16, body: impl Serialize) -> Response {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut body = ErrorBody::new(self.code, self.message.as_ref());
        body.error.successors = self.successors.as_deref().cloned();
        let mut response = self.respond(self.code.status(), body);
        if self.code == ErrorCode::Unauthorized {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<acquaint_node::Error> for Failure {
    fn from(error: acquaint_node::Error) -> Self {
        let detail = error.detail();
        if detail.code == ErrorCode::Internal {
            tracing::error!(%error, "a request failed");
        }
        Self {
            successors: detail.successors.map(Box::new),
            ..Self::new(detail.code, detail.message)
        }
    }
}

/// A failed request, answered in the form that the SDKs parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TrackingFailure {
    failure: Failure,
    reason: Option<&'static str>,
}

#[derive(Serialize)]
struct TrackingErrorBody<'a> {
    success: bool,
    code: ErrorCode,
    message: &'a str,
    /// The reason of a rejected message, else the code again; some SDKs print this member only.
    error: &'a str,
    docs: String,
}

impl<F: Into<Failure>> From<F> for TrackingFailure {
    fn from(failure: F) -> Self {
        Self {
            failure: failure.into(),
            reason: None,
        }
    }
}

impl From<Rejection> for TrackingFailure {
    fn from(rejection: Rejection) -> Self {
        Self {
            failure: Failure::new(ErrorCode::InvalidMessage, rejection.detail),
            reason: Some(rejection.reason.as_str()),
        }
    }
}

impl IntoResponse for TrackingFailure {
    fn into_response(self) -> Response {
        let Failure { code, message, .. } = &self.failure;
        let status = match code {
            ErrorCode::TooLarge => 400,
            code => code.status(),
        };
        let body = TrackingErrorBody {
            success: false,
            code: *code,
            message,
            error: self.reason.unwrap_or(code.as_str()),
            docs: code.docs(),
        };
        self.failure.respond(status, body)
    }
}
