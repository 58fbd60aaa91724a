//! The HTTP surface over a real node on a directory of its own.
//!
//! Requests go through the router without a socket, so a row of a test is a request and
//! its answer. What needs a socket (a shutdown, an SDK) is tested with the binary.

#![allow(clippy::unwrap_used)]

mod cluster;
mod document;
mod identity;
mod limits;
mod profiles;
mod reading;
mod server;
mod tracking;

use acquaint_http::{Options, router};
use acquaint_node::{Config, Node};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use std::sync::Arc;
use tempfile::TempDir;
use tower::ServiceExt;

const KEYS: &str = r#"
[[workspace]]
name = "shop"
[[workspace.write_key]]
key = "browser-write-key"
name = "web"
[[workspace.write_key]]
key = "server-write-key"
name = "backend"
trust = "server"
[[workspace.token]]
token = "token-of-all-scopes"
scopes = ["ingest", "profiles:read", "facts:read", "facts:write", "export", "admin", "cluster:admin"]
[[workspace.token]]
token = "token-that-reads"
scopes = ["profiles:read"]
"#;

/// `server-write-key:` in base64.
const BASIC: &str = "Basic c2VydmVyLXdyaXRlLWtleTo=";
const TOKEN: &str = "Bearer token-of-all-scopes";
const READER: &str = "Bearer token-that-reads";

/// A node and its router.
struct Surface {
    node: Arc<Node>,
    router: Router,
    _dir: TempDir,
}

/// A whole answer.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Surface {
    async fn open() -> Self {
        Self::with(KEYS, Options::default()).await
    }

    async fn with(keys: &str, options: Options) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut config: Config = toml::from_str(keys).unwrap();
        config.data_dir = dir.path().to_owned();
        config.anchors_groups = 2;
        config.disk_free_bytes_min = 64 << 20;
        config.cache_bytes = 8 << 20;
        let node = Node::open(config).await.unwrap();
        let router = router(Arc::clone(&node), options).unwrap();
        Self {
            node,
            router,
            _dir: dir,
        }
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text,
        }
    }

    /// `METHOD path`, with an `Authorization` header when there is one.
    async fn ask(&self, line: &str, authorization: &str, body: impl Into<Body>) -> Answer {
        let (method, path) = line.split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(path);
        if !authorization.is_empty() {
            request = request.header("authorization", authorization);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), TOKEN, "").await
    }

    async fn track(&self, path: &str, body: &Value) -> Answer {
        self.ask(&format!("POST {path}"), BASIC, body.to_string())
            .await
    }
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The status and the code of a failure, in whichever form.
    fn failure(&self) -> (u16, String) {
        let body = self.json();
        let code = body["error"]["code"].as_str().or(body["code"].as_str());
        (self.status.as_u16(), code.unwrap_or("none").to_owned())
    }
}
