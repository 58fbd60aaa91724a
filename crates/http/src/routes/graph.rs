//! A customer as a graph: as JSON, or as a picture.

use acquaint_api::ErrorBody;
use acquaint_api::picture;
use acquaint_api::profiles::GraphBody;
use acquaint_node::config::Scope;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::credentials::Authorization;
use crate::extract::{self, Segment};
use crate::failure::Failure;
use crate::reading::{ReadParameters, Reading};

const SVG: &str = "image/svg+xml";

/// A picture does nothing but show itself, wherever it is opened.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// In which form to send a graph.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct GraphParameters {
    /// `svg` for a picture, `json`. Without it, a picture when `Accept` names `image/svg+xml` and not `application/json`.
    #[param(inline)]
    format: Option<Format>,
}

#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    Json,
    Svg,
}

/// What holds a customer together, and what was kept out: the identifiers, the links, the refused links.
#[utoipa::path(
    get,
    path = "/v1/profiles/{key}/graph",
    tag = "identity",
    params(
        ("key" = String, Path, description = "`namespace:value`, or a profile id `pf_…`. Percent-encode it.",
            example = "email:ada@example.com"),
        GraphParameters,
        ReadParameters,
    ),
    responses(
        (status = 200, description = "The graph.", content((GraphBody = "application/json"), (String = "image/svg+xml"))),
        (status = 400, description = "The key or a parameter is wrong.", body = ErrorBody),
        (status = 404, description = "Nobody is known by this key.", body = ErrorBody),
        (status = 409, description = "The identifier is shared by too many, or blocked.", body = ErrorBody),
    ),
)]
pub(crate) async fn graph(
    State(app): State<App>,
    authorization: Authorization,
    headers: HeaderMap,
    Segment(key): Segment,
    Reading { parameters, at }: Reading<GraphParameters>,
) -> Result<Response, Failure> {
    let caller = app.caller(&authorization, Scope::ProfilesRead)?;
    let key = extract::key(&key)?;
    let seen = app.cover(&at).await?;
    let is_picture = is_picture(parameters.format, &headers);
    let answer = app.node.graph(&caller, key).await;
    Ok(seen.with(answer.map(|graph| show(&graph, is_picture))))
}

fn show(graph: &GraphBody, is_picture: bool) -> Response {
    let vary = [(header::VARY, "accept")];
    if !is_picture {
        return (vary, Json(graph)).into_response();
    }
    let of_picture = [
        (header::CONTENT_TYPE, SVG),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (vary, of_picture, picture::svg(graph)).into_response()
}

/// An image of a page names the type in `Accept`, and programs name JSON or nothing.
fn is_picture(format: Option<Format>, headers: &HeaderMap) -> bool {
    match format {
        Some(Format::Svg) => true,
        Some(Format::Json) => false,
        None => {
            let accepts = |kind: &str| {
                let values = headers.get_all(header::ACCEPT).iter();
                let mut kinds = values
                    .filter_map(|value| value.to_str().ok())
                    .flat_map(|value| value.split(','))
                    .map(|range| range.split(';').next().unwrap_or_default().trim());
                kinds.any(|named| named.eq_ignore_ascii_case(kind))
            };
            accepts(SVG) && !accepts("application/json")
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_picture_is_sent_to_who_asks_for_one() {
        let check = |accept: &str, format: Option<Format>, expected: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            assert_eq!(is_picture(format, &headers), expected, "{accept}");
        };
        check("image/avif,image/webp,image/svg+xml,*/*;q=0.8", None, true);
        check("image/svg+xml;q=0.9", None, true);
        check("*/*", None, false);
        check("application/json, image/svg+xml", None, false);
        check("image/svg+xml", Some(Format::Json), false);
        check("*/*", Some(Format::Svg), true);
        assert!(!is_picture(None, &HeaderMap::new()));
    }
}
