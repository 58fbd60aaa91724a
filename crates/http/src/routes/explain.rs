//! Why two identifiers are one customer, or are not.

use acquaint_api::ErrorBody;
use acquaint_api::profiles::ExplanationBody;
use acquaint_node::config::Scope;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::credentials::Authorization;
use crate::extract;
use crate::failure::Failure;
use crate::reading::{ReadParameters, Reading};

/// The two identifiers.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainParameters {
    /// One key. Percent-encode it, `+` as `%2B`.
    #[param(example = "email:ada@example.com")]
    a: String,
    /// The other key.
    #[param(example = "phone:%2B15550109999")]
    b: String,
}

/// Explain why two identifiers are one customer, or are not.
#[utoipa::path(
    get,
    path = "/v1/explain",
    tag = "identity",
    params(ExplainParameters, ReadParameters),
    responses(
        (status = 200, description = "The links between them, or what refused one.", body = ExplanationBody),
        (status = 400, description = "A key is wrong.", body = ErrorBody),
    ),
)]
pub(crate) async fn explain(
    State(app): State<App>,
    authorization: Authorization,
    Reading { parameters, at }: Reading<ExplainParameters>,
) -> Result<Response, Failure> {
    let caller = app.caller(&authorization, Scope::ProfilesRead)?;
    let a = extract::key_of_query(&parameters.a)?;
    let b = extract::key_of_query(&parameters.b)?;
    let seen = app.cover(&at).await?;
    let answer = app.node.explain(&caller, &a, &b).await;
    Ok(seen.with(answer.map(Json)))
}
