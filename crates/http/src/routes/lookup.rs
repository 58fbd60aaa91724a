//! Many customers in one request.

use acquaint_api::limits::{LOOKUP_INTERACTIONS_MAX, LOOKUP_KEYS_MAX};
use acquaint_api::profiles::{LookupBody, LookupRequest};
use acquaint_api::{ErrorBody, ErrorCode};
use acquaint_node::LookupOptions;
use acquaint_node::config::Scope;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::profiles::{interactions, sections};
use crate::app::App;
use crate::credentials::Authorization;
use crate::extract::{self, Parameters};
use crate::failure::Failure;
use crate::json_text::JsonText;
use crate::reading::ReadParameters;

/// Look up to 1,000 customers up; a key that fails does not fail the others.
#[utoipa::path(
    post,
    path = "/v1/profiles/lookup",
    tag = "profiles",
    params(ReadParameters),
    request_body = LookupRequest,
    responses(
        (status = 200, description = "One answer per key, in the order of the request.", body = LookupBody),
        (status = 400, description = "The request is wrong.", body = ErrorBody),
        (status = 413, description = "More than 1,000 keys, or 5,000 interactions with them.", body = ErrorBody),
    ),
)]
pub(crate) async fn lookup(
    State(app): State<App>,
    authorization: Authorization,
    headers: HeaderMap,
    Parameters(read): Parameters<ReadParameters>,
    body: Body,
) -> Result<Response, Failure> {
    let caller = app.caller(&authorization, Scope::ProfilesRead)?;
    let request: LookupRequest = extract::json(&app, &headers, body).await?;
    if request.keys.len() > LOOKUP_KEYS_MAX {
        let message = format!("a lookup takes at most {LOOKUP_KEYS_MAX} keys");
        return Err(Failure::new(ErrorCode::TooLarge, message));
    }
    let interactions = interactions(request.interactions)?;
    if request.keys.len() * interactions > LOOKUP_INTERACTIONS_MAX {
        let message = format!(
            "a lookup answers with at most {LOOKUP_INTERACTIONS_MAX} interactions: ask for fewer keys, or fewer of each"
        );
        return Err(Failure::new(ErrorCode::TooLarge, message));
    }
    let names = request
        .fields
        .as_ref()
        .map(|names| names.iter().map(String::as_str));
    let options = LookupOptions {
        sections: names.map(sections).transpose()?,
        verbose: request.verbose,
        interactions,
    };
    let seen = app.cover(&read.or_after(request.after)?.read_at()?).await?;
    let answer = app.node.lookup_many(&caller, request.keys, options).await;
    Ok(seen.with(answer.map(JsonText)))
}
