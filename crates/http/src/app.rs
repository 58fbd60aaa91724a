//! What the handlers share: the node, the limits and the metrics.

use std::sync::Arc;

use acquaint_api::ErrorCode;
use acquaint_node::config::Scope;
use acquaint_node::{Caller, Node};
use axum::http::{HeaderMap, header};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

use crate::body::Encoding;
use crate::credentials::{Authorization, Credential};
use crate::failure::Failure;
use crate::limiter::Limiter;
use crate::metrics::Metrics;
use crate::options::Options;

/// Permits count kibibytes, as a semaphore's count is 32 bits wide in one acquisition.
const PERMIT_BYTES: usize = 1_024;

/// Cheap to clone; one per server.
#[derive(Clone)]
pub(crate) struct App(Arc<Shared>);

/// What every clone points to.
pub(crate) struct Shared {
    pub(crate) node: Arc<Node>,
    pub(crate) options: Options,
    pub(crate) metrics: Metrics,
    /// By workspace and write key, when a share is configured.
    pub(crate) limiter: Option<Limiter<(acquaint_node::WorkspaceId, String)>>,
    pub(crate) requests: Arc<Semaphore>,
    pub(crate) exports: Arc<Semaphore>,
    bodies: Arc<Semaphore>,
}

impl std::ops::Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    pub(crate) fn new(node: Arc<Node>, options: Options) -> Result<Self, prometheus::Error> {
        let permits =
            |count: usize| Arc::new(Semaphore::new(count.clamp(1, Semaphore::MAX_PERMITS)));
        Ok(Self(Arc::new(Shared {
            node,
            metrics: Metrics::new()?,
            limiter: options.key_messages_per_second_max.map(Limiter::new),
            requests: permits(options.requests_in_flight_max),
            exports: permits(options.exports_in_flight_max),
            bodies: permits(options.body_bytes_in_flight_max / PERMIT_BYTES),
            options,
        })))
    }

    /// Reserves room for a body before any of it is read.
    pub(crate) fn admit_body(
        &self,
        headers: &HeaderMap,
        bytes_max: usize,
    ) -> Result<OwnedSemaphorePermit, Failure> {
        let bytes = match (Encoding::of(headers)?, content_length(headers)) {
            (Encoding::Identity, Some(length)) => length.min(bytes_max),
            _ => bytes_max,
        };
        let permits = u32::try_from(bytes.div_ceil(PERMIT_BYTES)).unwrap_or(u32::MAX);
        self.acquire(&self.bodies, permits, "body_bytes_in_flight_max")
    }

    /// Takes permits at once or refuses: whoever waits here would only wait longer elsewhere.
    pub(crate) fn acquire(
        &self,
        semaphore: &Arc<Semaphore>,
        permits: u32,
        bound: &'static str,
    ) -> Result<OwnedSemaphorePermit, Failure> {
        semaphore
            .clone()
            .try_acquire_many_owned(permits)
            .map_err(|error| {
                debug_assert_eq!(
                    error,
                    TryAcquireError::NoPermits,
                    "the semaphores are never closed"
                );
                self.metrics.refused.with_label_values(&[bound]).inc();
                Failure::new(
                    ErrorCode::Overloaded,
                    "the node has as much work as it takes; send this again later",
                )
            })
    }

    /// Who sends messages: by Basic, by `writeKey` of the body, or by a token with the scope.
    pub(crate) fn writer(
        &self,
        headers: &HeaderMap,
        body_key: Option<&str>,
    ) -> Result<Caller, Failure> {
        let authorization = Authorization::of(headers);
        let credential = authorization.credential();
        let basic = match &credential {
            Some(Credential::Basic(key)) => Some(key.as_str()),
            _ => None,
        };
        for key in [basic, body_key].into_iter().flatten() {
            if let Some(caller) = self.node.authenticate_write(key) {
                return Ok(caller);
            }
        }
        if let Some(Credential::Bearer(token)) = &credential
            && let Some(caller) = self.node.authenticate_token(token)
        {
            return require(caller, Scope::Ingest);
        }
        self.node.anonymous().ok_or_else(|| {
            let message =
                "send a valid write key: as the user name of Basic, or as `writeKey` in the body";
            Failure::new(ErrorCode::Unauthorized, message)
        })
    }

    /// Refuses who may not operate the cluster. The registry says who may, and the configuration until it is there.
    pub(crate) fn operator(&self, headers: &HeaderMap) -> Result<(), Failure> {
        if self.node.is_ready() {
            let authorization = Authorization::of(headers);
            self.caller(&authorization, Scope::ClusterAdmin).map(drop)
        } else {
            self.options.operators.require(headers)
        }
    }

    /// Who asks, if it may: by a bearer token with the scope.
    pub(crate) fn caller(
        &self,
        authorization: &Authorization,
        scope: Scope,
    ) -> Result<Caller, Failure> {
        match authorization.credential() {
            Some(Credential::Bearer(token)) => {
                if let Some(caller) = self.node.authenticate_token(token) {
                    return require(caller, scope);
                }
            }
            Some(Credential::Basic(key)) if self.node.authenticate_write(&key).is_some() => {
                let message = "a write key sends messages and reads nothing; use a token";
                return Err(Failure::new(ErrorCode::Forbidden, message));
            }
            _ => {}
        }
        self.node.anonymous().ok_or_else(|| {
            Failure::new(
                ErrorCode::Unauthorized,
                "send a valid token as `Authorization: Bearer <token>`",
            )
        })
    }
}

fn require(caller: Caller, scope: Scope) -> Result<Caller, Failure> {
    if caller.may(scope) {
        return Ok(caller);
    }
    Err(Failure::new(
        ErrorCode::Forbidden,
        format!("the token lacks the scope `{scope}`"),
    ))
}

fn content_length(headers: &HeaderMap) -> Option<usize> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}
