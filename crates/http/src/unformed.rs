//! What a node answers while it is configured for a cluster and belongs to none: how it gets into one.
//!
//! - It forms a cluster or joins one over the same address at which it serves afterwards.
//! - Who may do that, the configuration says: there is no registry to ask.
//! - Everything else is 503 and may be sent again.

use std::sync::{Arc, Mutex, PoisonError};

use acquaint_api::ErrorCode;
use acquaint_api::cluster::{AdmissionBody, ClusterBody};
use acquaint_api::limits::BODY_BYTES_MAX;
use acquaint_node::{Config, Error, Unformed};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use tokio::sync::Notify;

use crate::failure::Failure;
use crate::front::refuse;
use crate::options::Options;
use crate::{body, routes};

const ADVICE: &str = "this node belongs to no cluster yet: `acquaint cluster init` forms one with it, \
                      `acquaint cluster join` makes it a member of one";

/// A node that waits for its place in a cluster. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Waiting(Arc<Shared>);

struct Shared {
    config: Config,
    options: Options,
    stage: Mutex<Stage>,
    over: Notify,
}

enum Stage {
    Waiting(Unformed),
    /// It is being given its place.
    Forming,
    /// It has its place, or cannot have one any more.
    Over(Option<Error>),
}

impl Waiting {
    pub(crate) fn new(unformed: Unformed, config: Config) -> Self {
        Self(Arc::new(Shared {
            options: Options::of(&config),
            config,
            stage: Mutex::new(Stage::Waiting(unformed)),
            over: Notify::new(),
        }))
    }

    pub(crate) fn router(&self) -> Router {
        Router::new()
            .route("/v1/cluster", get(see))
            .route("/v1/cluster/init", post(init))
            .route("/v1/cluster/join", post(join))
            .route(
                "/health/ready",
                get(async || Failure::new(ErrorCode::Unavailable, ADVICE)),
            )
            .merge(routes::of_any_node())
            .method_not_allowed_fallback(async |request| refuse(&request, ADVICE))
            .fallback(async |request| refuse(&request, ADVICE))
            .with_state(self.clone())
    }

    /// Ends when the node has its place in a cluster.
    pub(crate) async fn over(&self) -> Result<(), Error> {
        self.0.over.notified().await;
        match &mut *self.stage() {
            Stage::Over(error) => error.take().map_or(Ok(()), Err),
            Stage::Waiting(_) | Stage::Forming => Ok(()),
        }
    }

    /// Gives the node its place. If that fails, it waits on.
    async fn place(
        &self,
        place: impl FnOnce(Unformed) -> Result<(), Error> + Send + 'static,
    ) -> Result<StatusCode, Failure> {
        let unformed = self.take()?;
        let config = self.0.config.clone();
        let placed = tokio::task::spawn_blocking(move || match place(unformed) {
            Ok(()) => (Ok(()), Stage::Over(None)),
            Err(error) => match Unformed::open(&config) {
                Ok(Some(unformed)) => (Err(error), Stage::Waiting(unformed)),
                Ok(None) => (Err(error), Stage::Over(None)),
                Err(broken) => (Err(error), Stage::Over(Some(broken))),
            },
        });
        let (placed, stage) = placed.await.unwrap_or_else(|error| {
            let error = || Error::Inconsistent(format!("forming a cluster broke off: {error}"));
            (Err(error()), Stage::Over(Some(error())))
        });
        let is_over = matches!(stage, Stage::Over(_));
        *self.stage() = stage;
        if is_over {
            self.0.over.notify_one();
        }
        placed?;
        Ok(StatusCode::NO_CONTENT)
    }

    fn take(&self) -> Result<Unformed, Failure> {
        let mut stage = self.stage();
        match std::mem::replace(&mut *stage, Stage::Forming) {
            Stage::Waiting(unformed) => Ok(unformed),
            other => {
                *stage = other;
                Err(under_way())
            }
        }
    }

    fn stage(&self) -> std::sync::MutexGuard<'_, Stage> {
        // Nobody panics while holding it, and a stage is always a whole one.
        self.0.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn under_way() -> Failure {
    Failure::new(
        ErrorCode::Unavailable,
        "this node is being given its place in a cluster",
    )
}

async fn see(
    State(waiting): State<Waiting>,
    headers: HeaderMap,
) -> Result<Json<ClusterBody>, Failure> {
    waiting.0.options.operators.require(&headers)?;
    match &*waiting.stage() {
        Stage::Waiting(unformed) => Ok(Json(unformed.describe())),
        Stage::Forming | Stage::Over(_) => Err(under_way()),
    }
}

async fn init(State(waiting): State<Waiting>, headers: HeaderMap) -> Result<StatusCode, Failure> {
    waiting.0.options.operators.require(&headers)?;
    waiting.place(Unformed::init).await
}

async fn join(
    State(waiting): State<Waiting>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Failure> {
    waiting.0.options.operators.require(&headers)?;
    let time_max = waiting.0.options.body_time_max;
    let bytes = body::read(&headers, body, BODY_BYTES_MAX, time_max).await?;
    let admission: AdmissionBody = body::json(&bytes)?;
    waiting
        .place(move |unformed| unformed.join(&admission))
        .await
}
