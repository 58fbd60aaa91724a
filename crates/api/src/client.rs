//! The Rust client of the HTTP API.
//!
//! - One method per route; bodies are the types of this crate.
//! - It does not retry: a caller asks [`ClientError::is_retryable`] and knows best how long to go on. A retry is always
//!   safe, as messages carry their ids.
//! - Plain HTTP only: put a proxy that ends TLS in front of a node that is far away.

mod cluster;
mod reading;

use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::client_error::{connection, quote, refusal};
use crate::profiles::{
    EpochBody, ExplanationBody, FactBody, FactRequest, FactsBody, GraphBody, HealthBody,
    IdentifiersBody, LookupBody, LookupRequest, ProfileBody, ProfileChangesBody, RebuildBody,
    RebuildRequest, RulesBody, RulesRequest, RulesTextBody, TimelinePage,
};
use crate::tracking::{Report, Verdict};
use crate::{ClientError, PageToken, Position};

pub use reading::ReadOptions;

/// Longest wait for a connection.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);
/// Longest silence of the server in the middle of an answer.
const READ_TIME_MAX: Duration = Duration::from_secs(120);

/// A connection to one node, cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    token: Option<String>,
    write_key: Option<String>,
}

/// What to ask of a profile.
#[derive(Clone, Debug, Default)]
pub struct ProfileQuery {
    /// Sections by name; all when empty.
    pub fields: Vec<String>,
    /// Sources and times too.
    pub verbose: bool,
    /// How many of the latest interactions.
    pub interactions: usize,
    /// What the read promises.
    pub at: ReadOptions,
}

/// What to ask of a timeline.
#[derive(Clone, Debug, Default)]
pub struct TimelineQuery {
    /// Only this channel.
    pub channel: Option<String>,
    /// Only this event.
    pub event: Option<String>,
    /// Not before this time, RFC 3339.
    pub from: Option<String>,
    /// Before this time, RFC 3339.
    pub to: Option<String>,
    /// Interactions on a page.
    pub limit: Option<usize>,
    /// The page, as the page before named it.
    pub page: Option<PageToken>,
    /// What the read promises.
    pub at: ReadOptions,
}

impl Client {
    /// A client of the node at `address`, such as `http://127.0.0.1:8080`.
    pub fn new(address: &str) -> Result<Self, ClientError> {
        let refused = || ClientError::Address(address.to_owned());
        let base = Url::parse(address).map_err(|_| refused())?;
        if base.scheme() != "http" || base.host_str().is_none() {
            return Err(refused());
        }
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIME_MAX)
            .read_timeout(READ_TIME_MAX)
            .build()
            .map_err(|source| connection(&base, source))?;
        Ok(Self {
            http,
            base,
            token: None,
            write_key: None,
        })
    }

    /// With a token for everything but the tracking API, or also for it when it has the scope.
    pub fn with_token(mut self, token: Option<String>) -> Self {
        self.token = token;
        self
    }

    /// With a key for the tracking API.
    pub fn with_write_key(mut self, write_key: Option<String>) -> Self {
        self.write_key = write_key;
        self
    }

    /// The address of the node.
    pub fn address(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// Sends messages, each one JSON object as text; one verdict per message comes back, in their order.
    pub async fn send<'a>(
        &self,
        messages: impl IntoIterator<Item = &'a str>,
    ) -> Result<Report, ClientError> {
        #[derive(Deserialize)]
        struct Answer {
            verdicts: Vec<Verdict>,
            position: Position,
        }

        let mut body = String::from("{\"batch\":[");
        for (index, message) in messages.into_iter().enumerate() {
            if index > 0 {
                body.push(',');
            }
            body.push_str(message);
        }
        body.push_str("]}");
        let request = self.request(Method::POST, &["v1", "batch"]);
        let request = match (&self.write_key, &self.token) {
            (Some(key), _) => request.basic_auth(key, Some("")),
            (None, Some(token)) => request.bearer_auth(token),
            (None, None) => request,
        };
        let request = request
            .header("content-type", "application/json")
            .body(body);
        let answer: Answer = self.read(request).await?;
        Ok(Report {
            verdicts: answer.verdicts,
            position: answer.position,
        })
    }

    /// A profile, by an identifier `namespace:value` or a profile id.
    pub async fn profile(
        &self,
        key: &str,
        query: &ProfileQuery,
    ) -> Result<ProfileBody, ClientError> {
        let mut parameters = vec![("interactions", query.interactions.to_string())];
        if !query.fields.is_empty() {
            parameters.push(("fields", query.fields.join(",")));
        }
        if query.verbose {
            parameters.push(("verbose", "true".to_owned()));
        }
        parameters.extend(query.at.parameters());
        let request = self.authorised(Method::GET, &["v1", "profiles", key]);
        self.read(request.query(&parameters)).await
    }

    /// Many profiles, one answer per key.
    pub async fn profiles(&self, request: &LookupRequest) -> Result<LookupBody, ClientError> {
        let call = self.authorised(Method::POST, &["v1", "profiles", "lookup"]);
        self.read(call.json(request)).await
    }

    /// A page of a timeline, latest first.
    pub async fn timeline(
        &self,
        key: &str,
        query: &TimelineQuery,
    ) -> Result<TimelinePage, ClientError> {
        let parameters = [
            ("channel", query.channel.clone()),
            ("event", query.event.clone()),
            ("from", query.from.clone()),
            ("to", query.to.clone()),
            ("limit", query.limit.map(|limit| limit.to_string())),
            ("page", query.page.map(|page| page.to_string())),
        ];
        let given: Vec<(&str, String)> = parameters
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .chain(query.at.parameters())
            .collect();
        let request = self.authorised(Method::GET, &["v1", "profiles", key, "timeline"]);
        self.read(request.query(&given)).await
    }

    /// Every identifier of a profile.
    pub async fn identifiers(
        &self,
        key: &str,
        at: &ReadOptions,
    ) -> Result<IdentifiersBody, ClientError> {
        let request = self.authorised(Method::GET, &["v1", "profiles", key, "identifiers"]);
        self.read(request.query(&at.parameters())).await
    }

    /// A profile as a graph: what holds it together, and what was kept out.
    pub async fn graph(&self, key: &str, at: &ReadOptions) -> Result<GraphBody, ClientError> {
        let request = self.authorised(Method::GET, &["v1", "profiles", key, "graph"]);
        self.read(request.query(&at.parameters())).await
    }

    /// The same as an SVG picture.
    pub async fn picture(&self, key: &str, at: &ReadOptions) -> Result<String, ClientError> {
        let request = self.authorised(Method::GET, &["v1", "profiles", key, "graph"]);
        let request = request.query(&[("format", "svg")]).query(&at.parameters());
        let response = self.call(request).await?;
        let text = response.text().await;
        text.map_err(|source| connection(&self.base, source))
    }

    /// Why two keys are one customer, or are not.
    pub async fn explain(
        &self,
        a: &str,
        b: &str,
        at: &ReadOptions,
    ) -> Result<ExplanationBody, ClientError> {
        let request = self.authorised(Method::GET, &["v1", "explain"]);
        let request = request.query(&[("a", a), ("b", b)]);
        self.read(request.query(&at.parameters())).await
    }

    /// The facts that operators stated.
    pub async fn facts(&self) -> Result<FactsBody, ClientError> {
        self.read(self.authorised(Method::GET, &["v1", "facts"]))
            .await
    }

    /// States a fact.
    pub async fn state_fact(&self, fact: &FactRequest) -> Result<FactBody, ClientError> {
        let request = self.authorised(Method::POST, &["v1", "facts"]);
        self.read(request.json(fact)).await
    }

    /// Under which rules of identity the workspace lives.
    pub async fn rules(&self) -> Result<RulesBody, ClientError> {
        self.read(self.authorised(Method::GET, &["v1", "identity", "rules"]))
            .await
    }

    /// The rules of an epoch as they were given.
    pub async fn rules_text(&self, epoch: u32) -> Result<RulesTextBody, ClientError> {
        let epoch = epoch.to_string();
        self.read(self.authorised(Method::GET, &["v1", "identity", "rules", &epoch]))
            .await
    }

    /// Begins to build a partition under other rules.
    pub async fn build_rules(&self, request: &RulesRequest) -> Result<EpochBody, ClientError> {
        let post = self.authorised(Method::POST, &["v1", "identity", "rules"]);
        self.read(post.json(request)).await
    }

    /// Has the partition serve that was built under an epoch's rules.
    pub async fn switch_rules(&self, epoch: u32) -> Result<RulesBody, ClientError> {
        let epoch = epoch.to_string();
        let path = ["v1", "identity", "rules", &epoch, "switch"];
        self.read(self.authorised(Method::POST, &path)).await
    }

    /// Gives a partition up that is being built.
    pub async fn cancel_rules(&self, epoch: u32) -> Result<(), ClientError> {
        let epoch = epoch.to_string();
        let path = ["v1", "identity", "rules", &epoch];
        self.call(self.authorised(Method::DELETE, &path)).await?;
        Ok(())
    }

    /// Derives the evidence about identity again; to be called with the cursor of each answer until there is none.
    pub async fn rebuild_identity(
        &self,
        request: &RebuildRequest,
    ) -> Result<RebuildBody, ClientError> {
        let post = self.authorised(Method::POST, &["v1", "identity", "rebuild"]);
        self.read(post.json(request)).await
    }

    /// Which profile ids became which: the page after `cursor` (a cursor or `now`), or the oldest that is kept.
    pub async fn profile_changes(
        &self,
        cursor: Option<&str>,
        limit: Option<usize>,
    ) -> Result<ProfileChangesBody, ClientError> {
        let mut parameters = Vec::new();
        parameters.extend(cursor.map(|cursor| ("cursor", cursor.to_owned())));
        parameters.extend(limit.map(|limit| ("limit", limit.to_string())));
        let request = self.authorised(Method::GET, &["v1", "identity", "changes"]);
        self.read(request.query(&parameters)).await
    }

    /// Undoes a fact.
    pub async fn undo_fact(&self, id: &str) -> Result<(), ClientError> {
        self.call(self.authorised(Method::DELETE, &["v1", "facts", id]))
            .await?;
        Ok(())
    }

    /// The whole workspace as NDJSON, to be read with `chunk()`.
    pub async fn export(&self, at: &ReadOptions) -> Result<Response, ClientError> {
        let request = self.authorised(Method::GET, &["v1", "export"]);
        self.call(request.query(&at.parameters())).await
    }

    /// The evidence about identity as NDJSON, to be read with `chunk()`.
    pub async fn evidence(&self) -> Result<Response, ClientError> {
        self.call(self.authorised(Method::GET, &["v1", "identity", "evidence"]))
            .await
    }

    /// Whether the node takes requests.
    pub async fn ready(&self) -> Result<HealthBody, ClientError> {
        self.read(self.request(Method::GET, &["health", "ready"]))
            .await
    }

    fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let mut url = self.base.clone();
        // An http address always has a path to extend.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        self.http.request(method, url)
    }

    fn authorised(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let request = self.request(method, path);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn read<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, ClientError> {
        let response = self.call(request).await?;
        let url = response.url().to_string();
        let bytes = response
            .bytes()
            .await
            .map_err(|source| connection(&self.base, source))?;
        serde_json::from_slice(&bytes).map_err(|error| ClientError::Unreadable {
            url,
            detail: error.to_string(),
            quote: quote(&bytes),
        })
    }

    /// The response, if its status says that the call succeeded.
    async fn call(&self, request: RequestBuilder) -> Result<Response, ClientError> {
        let response = request
            .send()
            .await
            .map_err(|source| connection(&self.base, source))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status();
        let retry_after = response
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .map(Duration::from_secs);
        let body = response
            .bytes()
            .await
            .map_err(|source| connection(&self.base, source))?;
        Err(refusal(status, retry_after, &body))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_http_addresses_are_taken() {
        for address in [
            "",
            "localhost:8080",
            "ftp://example.com",
            "https://example.com",
        ] {
            assert!(Client::new(address).is_err(), "{address}");
        }
        let client = Client::new("http://127.0.0.1:8080/").unwrap();
        assert_eq!(client.address(), "http://127.0.0.1:8080");
    }

    #[test]
    fn keys_are_encoded_into_one_segment() {
        let client = Client::new("http://127.0.0.1:8080/base/").unwrap();
        let key = "social:a/b?c#d%20 é";
        let request = client.authorised(Method::GET, &["v1", "profiles", key]);
        let url = request.build().unwrap().url().to_string();
        let expected = "http://127.0.0.1:8080/base/v1/profiles/social:a%2Fb%3Fc%23d%2520%20%C3%A9";
        assert_eq!(url, expected);
    }
}
