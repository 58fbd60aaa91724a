//! One customer, by any identifier.

use std::collections::BTreeSet;

use acquaint_api::ErrorBody;
use acquaint_api::ErrorCode;
use acquaint_api::limits::PROFILE_INTERACTIONS_MAX;
use acquaint_api::profiles::{IdentifiersBody, ProfileBody, Section};
use acquaint_node::LookupOptions;
use acquaint_node::config::Scope;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::credentials::Authorization;
use crate::extract::{self, Segment};
use crate::failure::Failure;
use crate::json_text::JsonText;
use crate::reading::{NoParameters, ReadParameters, Reading};

/// What to send of a profile.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfileParameters {
    /// The sections to send, separated by commas; all of them without it.
    fields: Option<String>,
    /// Whether to send sources and times too.
    #[serde(default, deserialize_with = "extract::switch")]
    verbose: bool,
    /// How many of the latest interactions to send, at most 100.
    #[serde(default)]
    interactions: usize,
}

/// Look a customer up by an identifier or profile id.
#[utoipa::path(
    get,
    path = "/v1/profiles/{key}",
    tag = "profiles",
    params(
        ("key" = String, Path, description = "`namespace:value`, or a profile id `pf_…`. Percent-encode it.",
            example = "email:ada@example.com"),
        ProfileParameters,
        ReadParameters,
    ),
    responses(
        (status = 200, description = "The customer.", body = ProfileBody),
        (status = 400, description = "The key or a parameter is wrong.", body = ErrorBody),
        (status = 404, description = "Nobody is known by this key.", body = ErrorBody),
        (status = 409, description = "The identifier is shared by too many, or blocked.", body = ErrorBody),
    ),
)]
pub(crate) async fn profile(
    State(app): State<App>,
    authorization: Authorization,
    Segment(key): Segment,
    Reading { parameters, at }: Reading<ProfileParameters>,
) -> Result<Response, Failure> {
    let caller = app.caller(&authorization, Scope::ProfilesRead)?;
    let key = extract::key(&key)?;
    let fields = parameters.fields.as_deref().map(|text| text.split(','));
    let options = LookupOptions {
        sections: fields.map(sections).transpose()?,
        verbose: parameters.verbose,
        interactions: interactions(parameters.interactions)?,
    };
    let seen = app.cover(&at).await?;
    let answer = app.node.lookup(&caller, &key, &options).await;
    Ok(seen.with(answer.map(JsonText)))
}

/// The sections that a request names.
pub(crate) fn sections<'a>(
    names: impl IntoIterator<Item = &'a str>,
) -> Result<BTreeSet<Section>, Failure> {
    let mut sections = BTreeSet::new();
    for name in names
        .into_iter()
        .map(str::trim)
        .filter(|name| !name.is_empty())
    {
        let section = Section::parse(name).ok_or_else(|| {
            let known: Vec<&str> = Section::ALL.into_iter().map(Section::as_str).collect();
            let message = format!("`fields` knows no `{name}`; there are {}", known.join(", "));
            Failure::new(ErrorCode::InvalidRequest, message)
        })?;
        sections.insert(section);
    }
    Ok(sections)
}

/// The number of interactions that a request asks for, when it is within the bound.
pub(crate) fn interactions(count: usize) -> Result<usize, Failure> {
    if count > PROFILE_INTERACTIONS_MAX {
        let message = format!(
            "`interactions` is at most {PROFILE_INTERACTIONS_MAX}; the timeline has pages of more"
        );
        return Err(Failure::new(ErrorCode::InvalidRequest, message));
    }
    Ok(count)
}

/// Every identifier of a customer.
#[utoipa::path(
    get,
    path = "/v1/profiles/{key}/identifiers",
    tag = "profiles",
    params(
        ("key" = String, Path, description = "`namespace:value`, or a profile id `pf_…`. Percent-encode it.",
            example = "email:ada@example.com"),
        ReadParameters,
    ),
    responses(
        (status = 200, description = "The identifiers.", body = IdentifiersBody),
        (status = 404, description = "Nobody is known by this key.", body = ErrorBody),
        (status = 409, description = "The identifier is shared by too many, or blocked.", body = ErrorBody),
    ),
)]
pub(crate) async fn identifiers(
    State(app): State<App>,
    authorization: Authorization,
    Segment(key): Segment,
    Reading { at, .. }: Reading<NoParameters>,
) -> Result<Response, Failure> {
    let caller = app.caller(&authorization, Scope::ProfilesRead)?;
    let key = extract::key(&key)?;
    let seen = app.cover(&at).await?;
    let answer = app.node.identifiers(&caller, &key).await;
    Ok(seen.with(answer.map(Json)))
}
