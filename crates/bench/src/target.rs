//! The nodes under load and the credentials.

use std::net::SocketAddr;

use serde::Serialize;

use crate::message::Batch;
use crate::{BenchError, Message, get_request, post_request};

/// The nodes under load; connections are spread over them in turn.
#[derive(Clone, Debug)]
pub struct Target {
    nodes: Vec<SocketAddr>,
    /// The host that requests name: a node without keys answers by a loopback name only.
    host: String,
    token: Option<String>,
    write_key: Option<String>,
}

/// The keys of a batch lookup.
#[derive(Serialize)]
struct Lookup<'a> {
    keys: &'a [String],
}

impl Target {
    /// Nodes by their addresses.
    pub fn new(nodes: Vec<SocketAddr>, token: Option<String>, write_key: Option<String>) -> Self {
        let host = nodes.first().map_or_else(String::new, ToString::to_string);
        Self {
            nodes,
            host,
            token,
            write_key,
        }
    }

    /// Nodes by their URLs; names are resolved.
    ///
    /// # Errors
    /// A URL is not `http://host:port`, or its host is unknown.
    pub async fn resolve(
        urls: &[String],
        token: Option<String>,
        write_key: Option<String>,
    ) -> Result<Self, BenchError> {
        let mut nodes = Vec::new();
        for url in urls {
            nodes.push(address_of(url).await?);
        }
        if nodes.is_empty() {
            return Err(BenchError::Setting("no node to put load on".into()));
        }
        let mut target = Self::new(nodes, token, write_key);
        if let Some(authority) = urls.first().and_then(|url| authority_of(url)) {
            target.host = authority.to_owned();
        }
        Ok(target)
    }

    /// All nodes.
    pub fn nodes(&self) -> &[SocketAddr] {
        &self.nodes
    }

    /// The node of a connection.
    pub fn node_of(&self, connection: usize) -> SocketAddr {
        self.nodes[connection % self.nodes.len()]
    }

    /// A GET with the token.
    pub fn get(&self, path: &str) -> Vec<u8> {
        get_request(&self.host, path, self.token.as_deref())
    }

    /// A lookup of many keys.
    pub fn lookup_many(&self, keys: &[String]) -> Vec<u8> {
        let body = json_of(&Lookup { keys });
        post_request(
            &self.host,
            "/v1/profiles/lookup",
            self.token.as_deref(),
            &body,
        )
    }

    /// A batch of messages with the write key.
    pub fn ingest(&self, messages: &[Message]) -> Vec<u8> {
        let write_key = self.write_key.as_deref();
        let batch = json_of(&Batch {
            write_key,
            batch: messages,
        });
        post_request(&self.host, "/v1/batch", None, &batch)
    }

    /// A batch of messages in any form.
    pub(crate) fn ingest_json(&self, messages: &serde_json::Value) -> Vec<u8> {
        let mut body = serde_json::json!({ "batch": messages });
        if let Some(write_key) = &self.write_key {
            body["writeKey"] = write_key.as_str().into();
        }
        post_request(&self.host, "/v1/batch", None, body.to_string().as_bytes())
    }
}

fn json_of(value: &impl Serialize) -> Vec<u8> {
    // Structs of texts and numbers have no value that JSON cannot hold.
    serde_json::to_vec(value).expect("messages can be written as JSON")
}

/// `host:port` of a URL.
fn authority_of(url: &str) -> Option<&str> {
    Some(url.strip_prefix("http://")?.trim_end_matches('/'))
}

async fn address_of(url: &str) -> Result<SocketAddr, BenchError> {
    let wrong = |reason: String| BenchError::Address {
        url: url.to_owned(),
        reason,
    };
    let authority = authority_of(url).ok_or_else(|| wrong("expected http://host:port".into()))?;
    let has_port = authority
        .rsplit_once(':')
        .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let authority = match has_port {
        true => authority.to_owned(),
        false => format!("{authority}:80"),
    };
    let mut found = tokio::net::lookup_host(&authority)
        .await
        .map_err(|error| wrong(error.to_string()))?;
    found.next().ok_or_else(|| wrong("no address found".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn urls_are_resolved_and_connections_spread() {
        let urls = [
            "http://127.0.0.1:8081",
            "http://[::1]:8082/",
            "http://127.0.0.1",
        ];
        let target = Target::resolve(&urls.map(str::to_owned), None, None).await;
        let target = target.expect("addresses need no resolver");
        let ports: Vec<u16> = (0..4).map(|index| target.node_of(index).port()).collect();
        assert_eq!(ports, [8081, 8082, 80, 8081]);
        let request = String::from_utf8(target.get("/v1/x")).expect("a request is text");
        assert!(
            request.contains("\r\nhost: 127.0.0.1:8081\r\n"),
            "{request}"
        );
    }

    #[tokio::test]
    async fn bad_urls_are_refused() {
        for bad in [
            "https://127.0.0.1:1",
            "127.0.0.1:1",
            "http://127.0.0.1:1/path",
            "",
        ] {
            let target = Target::resolve(&[bad.to_owned()], None, None).await;
            assert!(target.is_err(), "{bad}");
        }
        assert!(Target::resolve(&[], None, None).await.is_err());
    }
}
