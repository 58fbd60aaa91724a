//! What happened with a customer, latest first.

use acquaint_api::limits::{TIMELINE_PAGE_DEFAULT, TIMELINE_PAGE_MAX};
use acquaint_api::profiles::TimelinePage;
use acquaint_api::{ErrorBody, ErrorCode, PageToken, TokenError};
use acquaint_node::config::Scope;
use acquaint_node::{TimelineOptions, Timestamp};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::credentials::Authorization;
use crate::extract::{self, Segment};
use crate::failure::Failure;
use crate::reading::{ReadParameters, Reading};

/// Which interactions to send.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimelineParameters {
    /// Only of this channel.
    channel: Option<String>,
    /// Only of this event.
    event: Option<String>,
    /// Only at this time or later, RFC 3339.
    from: Option<String>,
    /// Only before this time, RFC 3339.
    to: Option<String>,
    /// How many to send, 1 to 1,000; 50 without it.
    limit: Option<usize>,
    /// `next` of the page before.
    page: Option<String>,
}

/// The interactions of a customer, latest first, in pages.
#[utoipa::path(
    get,
    path = "/v1/profiles/{key}/timeline",
    tag = "profiles",
    params(
        ("key" = String, Path, description = "`namespace:value`, or a profile id `pf_…`. Percent-encode it.",
            example = "email:ada@example.com"),
        TimelineParameters,
        ReadParameters,
    ),
    responses(
        (status = 200, description = "One page.", body = TimelinePage),
        (status = 400, description = "The key or a parameter is wrong.", body = ErrorBody),
        (status = 404, description = "Nobody is known by this key.", body = ErrorBody),
        (status = 409, description = "The identifier is shared by too many, or blocked.", body = ErrorBody),
    ),
)]
pub(crate) async fn timeline(
    State(app): State<App>,
    authorization: Authorization,
    Segment(key): Segment,
    Reading { parameters, at }: Reading<TimelineParameters>,
) -> Result<Response, Failure> {
    let caller = app.caller(&authorization, Scope::ProfilesRead)?;
    let key = extract::key(&key)?;
    let options = options(parameters)?;
    let seen = app.cover(&at).await?;
    let answer = app.node.timeline(&caller, key, options).await;
    Ok(seen.with(answer.map(Json)))
}

fn options(parameters: TimelineParameters) -> Result<TimelineOptions, Failure> {
    let limit = parameters.limit.unwrap_or(TIMELINE_PAGE_DEFAULT);
    if !(1..=TIMELINE_PAGE_MAX).contains(&limit) {
        let message = format!("`limit` is between 1 and {TIMELINE_PAGE_MAX}");
        return Err(Failure::new(ErrorCode::InvalidRequest, message));
    }
    let page: Option<PageToken> = parameters
        .page
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|error: TokenError| {
            Failure::new(ErrorCode::InvalidToken, format!("`page`: {error}"))
        })?;
    Ok(TimelineOptions {
        // Channels are stored in lower case.
        channel: parameters.channel.map(|channel| channel.to_lowercase()),
        event: parameters.event,
        from: time("from", parameters.from.as_deref())?,
        to: time("to", parameters.to.as_deref())?,
        limit,
        page,
    })
}

fn time(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, Failure> {
    text.map(Timestamp::parse_rfc3339)
        .transpose()
        .map_err(|error| Failure::new(ErrorCode::InvalidRequest, format!("`{name}`: {error}")))
}
