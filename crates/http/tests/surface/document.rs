//! The OpenAPI document and the router know the same routes.

use axum::http::Method;

use crate::{Surface, TOKEN};

/// Every route of the product. A route that is added is added here, in the docs, and in the document.
const ROUTES: &[&str] = &[
    "DELETE /v1/cluster/nodes/{node}",
    "DELETE /v1/facts/{id}",
    "DELETE /v1/identity/rules/{epoch}",
    "GET /docs/errors/{code}",
    "GET /health/live",
    "GET /health/ready",
    "GET /metrics",
    "GET /openapi.json",
    "GET /v1/cluster",
    "GET /v1/explain",
    "GET /v1/export",
    "GET /v1/facts",
    "GET /v1/identity/changes",
    "GET /v1/identity/evidence",
    "GET /v1/identity/rules",
    "GET /v1/identity/rules/{epoch}",
    "GET /v1/profiles/{key}",
    "GET /v1/profiles/{key}/graph",
    "GET /v1/profiles/{key}/identifiers",
    "GET /v1/profiles/{key}/timeline",
    "GET /v1/projects/{write_key}/settings",
    "POST /v1/a",
    "POST /v1/alias",
    "POST /v1/b",
    "POST /v1/batch",
    "POST /v1/cluster/compare",
    "POST /v1/cluster/groups/{group}/transfer-leader",
    "POST /v1/cluster/init",
    "POST /v1/cluster/join",
    "POST /v1/cluster/nodes",
    "POST /v1/cluster/nodes/{node}/add-learner",
    "POST /v1/cluster/nodes/{node}/drain",
    "POST /v1/cluster/nodes/{node}/promote",
    "POST /v1/facts",
    "POST /v1/g",
    "POST /v1/group",
    "POST /v1/i",
    "POST /v1/identify",
    "POST /v1/identity/rebuild",
    "POST /v1/identity/rules",
    "POST /v1/identity/rules/{epoch}/switch",
    "POST /v1/import",
    "POST /v1/import/",
    "POST /v1/m",
    "POST /v1/p",
    "POST /v1/page",
    "POST /v1/profiles/lookup",
    "POST /v1/s",
    "POST /v1/screen",
    "POST /v1/t",
    "POST /v1/track",
];

#[tokio::test]
async fn the_document_and_the_router_agree() {
    let surface = Surface::open().await;
    let document = surface.get("/openapi.json").await.json();
    let mut documented = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            documented.push(format!("{} {path}", method.to_uppercase()));
        }
    }
    documented.sort();
    assert_eq!(documented, ROUTES);
    for route in ROUTES {
        let line = route.replace("{code}", "internal");
        let line = line
            .replace("{key}", "user_id:x")
            .replace("{id}", "x")
            .replace("{epoch}", "7")
            .replace("{node}", "9")
            .replace("{group}", "registry")
            .replace("{write_key}", "browser-write-key");
        let answer = surface.ask(&line, TOKEN, "{}").await;
        let unknown = ["not_found", "method_not_allowed"];
        assert!(
            answer.status.is_success() || !unknown.contains(&answer.failure().1.as_str()),
            "{line}: {answer:?}"
        );
        let path = line.split_once(' ').unwrap().1;
        let other = surface
            .ask(&format!("{} {path}", Method::PATCH), TOKEN, "")
            .await;
        assert_eq!(
            other.failure(),
            (405, "method_not_allowed".to_owned()),
            "{path}"
        );
        assert!(other.headers.contains_key("allow"), "{path}: {other:?}");
    }
}

#[tokio::test]
async fn the_page_to_try_it_on_loads_nothing_from_outside() {
    let surface = Surface::open().await;
    let page = surface.get("/docs/").await;
    assert_eq!(page.status, 200);
    for part in ["src=\"http", "href=\"http", "src=\"//", "href=\"//"] {
        assert!(!page.text.contains(part), "{}", page.text);
    }
    assert_eq!(surface.get("/docs/swagger-ui-bundle.js").await.status, 200);
    let page = surface.get("/docs/errors/internal").await;
    assert!(page.text.starts_with("# Internal"), "{page:?}");
}

#[test]
fn every_route_has_its_place_in_the_manual() {
    // Asked when run: work trees share a target directory, and the build of one serves the others.
    let crate_dir = std::env::var("CARGO_MANIFEST_DIR").expect("cargo tells where the crate is");
    let manual = std::path::Path::new(&crate_dir).join("../../docs/api.md");
    let manual = std::fs::read_to_string(manual).unwrap();
    // The short paths of analytics.js are described as one.
    for route in ROUTES
        .iter()
        .filter(|route| route.rsplit('/').next().unwrap().len() > 1)
    {
        let path = route.split_once(' ').unwrap().1;
        let path = path
            .replace("{write_key}", "{writeKey}")
            .replace("/{id}", "/")
            .trim_end_matches('/')
            .to_owned();
        assert!(manual.contains(&path), "{path} is not in docs/api.md");
    }
}
