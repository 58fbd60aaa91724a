//! The OpenAPI document, made from the same tables and annotations as the router.

use acquaint_api::ErrorCode;
use serde_json::Value;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::{Tag, TagBuilder};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder};
use utoipa::{PartialSchema, ToSchema};

use crate::{router, tracking};

/// A message, or `{"batch": […], "context"?, "sentAt"?, "writeKey"?}` on the batch paths.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes what is read loosely")]
#[schema(
    example = json!({"userId": "u-1", "event": "Order Completed", "properties": {"revenue": 25, "currency": "EUR"}})
)]
struct TrackingBody(Value);

/// How a tracking call fails.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes what `failure` writes")]
struct TrackingError {
    /// Always false.
    success: bool,
    /// For programs.
    code: ErrorCode,
    /// For people; says what to do.
    message: String,
    /// The reason of a rejected message, else the code again.
    error: String,
    /// Path of the page about the code.
    docs: String,
}

/// The whole document.
pub(crate) fn document() -> OpenApi {
    let (_, routed) = router::documented().split_for_parts();
    let mut document = OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Acquaint")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(
                    "A customer-360 profile store: interactions in, profiles out. Tracking calls take a write \
                     key (Basic, or `writeKey` in the body); everything else takes a bearer token.",
                ))
                .build(),
        )
        .components(Some(schemas()))
        .tags(Some(tags()))
        .build();
    document.merge(routed);
    tracking::document(&mut document);
    secure(&mut document);
    document
}

/// In the order in which the page shows them: what a newcomer tries first.
const TAGS: [(&str, &str); 6] = [
    ("tracking", "Send interactions, as the tracking SDKs do"),
    ("profiles", "Look customers up"),
    ("identity", "Ask why, and correct it"),
    ("export", "Take everything out"),
    ("cluster", "Form the cluster, change it, look at it"),
    ("service", "Health, metrics and documents"),
];

fn tags() -> Vec<Tag> {
    TAGS.iter()
        .map(|(name, description)| {
            TagBuilder::new()
                .name(*name)
                .description(Some(*description))
                .build()
        })
        .collect()
}

fn schemas() -> utoipa::openapi::Components {
    let mut referenced = Vec::new();
    tracking::TrackingAnswer::schemas(&mut referenced);
    TrackingError::schemas(&mut referenced);
    ComponentsBuilder::new()
        .schemas_from_iter(referenced)
        .schema("TrackingAnswer", tracking::TrackingAnswer::schema())
        .schema("TrackingError", TrackingError::schema())
        .schema("TrackingBody", TrackingBody::schema())
        .security_scheme(
            "token",
            SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
        )
        .security_scheme(
            "writeKey",
            SecurityScheme::Http(Http::new(HttpAuthScheme::Basic)),
        )
        .build()
}

/// Says which paths take which credential; what is not under `/v1` takes none.
fn secure(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let schemes: &[&str] = if tracking::is_endpoint(path) {
            &["writeKey", "token"]
        } else if path.starts_with("/v1/") && !path.starts_with("/v1/projects/") {
            &["token"]
        } else {
            continue;
        };
        let requirements: Vec<SecurityRequirement> = schemes
            .iter()
            .map(|scheme| SecurityRequirement::new(*scheme, Vec::<String>::new()))
            .collect();
        for operation in [&mut item.get, &mut item.post, &mut item.delete]
            .into_iter()
            .flatten()
        {
            operation.security = Some(requirements.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    found.insert(reference.clone());
                }
                members
                    .values()
                    .for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_operation_stands_under_a_heading() {
        let document = document();
        let headings: BTreeSet<&str> = TAGS.iter().map(|(name, _)| *name).collect();
        for (path, item) in &document.paths.paths {
            for operation in [&item.get, &item.post, &item.delete].into_iter().flatten() {
                let tags = operation.tags.iter().flatten();
                let known = tags.filter(|tag| headings.contains(tag.as_str())).count();
                assert_eq!(known, 1, "{path}");
            }
        }
        assert_eq!(document.tags.unwrap().len(), TAGS.len(), "and no other");
    }

    #[test]
    fn every_reference_resolves() {
        let document = serde_json::to_value(document()).unwrap();
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.len() > 20, "{found:?}");
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }

    #[test]
    fn every_operation_has_its_own_id() {
        let document = document();
        let mut ids = BTreeSet::new();
        for (path, item) in &document.paths.paths {
            for operation in [&item.get, &item.post, &item.delete].into_iter().flatten() {
                let id = operation
                    .operation_id
                    .clone()
                    .unwrap_or_else(|| panic!("{path} has no id"));
                assert!(ids.insert(id.clone()), "{id} of {path} is not the only one");
            }
        }
    }

    #[test]
    fn routes_are_registered_in_the_two_documented_ways_only() {
        // Asked when run: work trees share a target directory, and the build of one serves the others.
        let crate_dir =
            std::env::var("CARGO_MANIFEST_DIR").expect("cargo tells where the crate is");
        let sources = Path::new(&crate_dir).join("src");
        for file in ["router.rs", "server.rs", "routes/mod.rs", "app.rs"] {
            let text = std::fs::read_to_string(sources.join(file)).unwrap();
            assert!(
                !text.contains(".route("),
                "{file} registers a route that the document does not know"
            );
        }
    }

    #[test]
    fn every_error_code_has_its_page() {
        let pages: Vec<&str> = crate::routes::ERROR_PAGES
            .iter()
            .map(|(code, _)| *code)
            .collect();
        let codes: Vec<&str> = ErrorCode::ALL.into_iter().map(ErrorCode::as_str).collect();
        assert_eq!(pages, codes);
        for (code, page) in crate::routes::ERROR_PAGES {
            let status = ErrorCode::ALL
                .into_iter()
                .find(|known| known.as_str() == code)
                .unwrap()
                .status();
            assert!(
                page.lines()
                    .next()
                    .unwrap()
                    .ends_with(&format!("(`{code}`, {status})")),
                "{code}"
            );
        }
    }
}
