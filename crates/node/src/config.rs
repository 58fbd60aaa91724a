//! What an operator can set: `config/acquaint.toml`, overridden by the environment, overridden by flags.
//!
//! - Every key has a default, so an empty file is a working configuration.
//! - `config/acquaint.toml` lists every key with its default and unit; a test compares it with `Config::default()`.
//! - An unknown key or a value out of range is an error that names the file, the line and what is allowed: a
//!   misspelt limit must not quietly become the default.
//! - Without any key or token configured, only a loopback address may be listened on.
//! - Numbers carry their unit last in their name (`cache_bytes`, `wait_ms_max`).

mod access;
mod bounds;
mod cluster;
mod load;
mod rules;
mod secret;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use access::{
    NamespaceConfig, NamespaceForm, NamespaceStrength, Scope, TokenConfig, TrustClass,
    WorkspaceConfig, WriteKeyConfig,
};
pub use cluster::ClusterConfig;
pub use load::{CONFIG_VARIABLE, ConfigError, Override, RESERVED_VARIABLES};
pub(crate) use rules::names;
pub use rules::{RulesFile, standard_rules};
pub use secret::Secret;

use bounds::{between, not_empty_path};

/// The whole configuration of a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Directory of the embedded store; made at the first start.
    #[serde(deserialize_with = "not_empty_path")]
    pub data_dir: PathBuf,
    /// Address and port of the HTTP API.
    pub listen: SocketAddr,
    /// Raft groups that share the interactions; fixed when the data directory is made.
    #[serde(deserialize_with = "between::<_, u16, 1, 256>")]
    pub anchors_groups: u16,
    /// Block cache of the store, shared by all groups.
    #[serde(deserialize_with = "between::<_, u64, 8_388_608, 1_099_511_627_776>")]
    pub cache_bytes: u64,
    /// Below this much free disk space, writes are refused with a clear error.
    #[serde(deserialize_with = "between::<_, u64, 67_108_864, 1_099_511_627_776>")]
    pub disk_free_bytes_min: u64,
    /// The node in a cluster.
    pub cluster: ClusterConfig,
    /// Limits of the write path.
    pub ingest: IngestConfig,
    /// Limits of the HTTP server.
    pub http: HttpConfig,
    /// What is logged, and how.
    pub log: LogConfig,
    /// The tenants and their keys. Empty: one open workspace named `default`, on loopback only.
    #[serde(rename = "workspace", skip_serializing)]
    pub workspaces: Vec<WorkspaceConfig>,
}

/// Limits of the write path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IngestConfig {
    /// Bodies accepted and not yet answered; beyond it, 503.
    #[serde(deserialize_with = "between::<_, u64, 1_048_576, 17_179_869_184>")]
    pub in_flight_bytes_max: u64,
    /// Messages per second of one write key, on average; beyond it, 429. 0 stands for no limit.
    pub key_messages_per_second_max: u32,
    /// Messages that one log entry gathers.
    #[serde(deserialize_with = "between::<_, usize, 1, 100_000>")]
    pub entry_messages_max: usize,
    /// Rows of one group's outbox that the identity group has not taken; beyond it, 503.
    #[serde(deserialize_with = "between::<_, u64, 1_000, 1_000_000_000>")]
    pub outbox_rows_max: u64,
    /// How long an answer waits for durability and identity before it is a 503 (safe to retry).
    #[serde(deserialize_with = "between::<_, u64, 100, 300_000>")]
    pub wait_ms_max: u64,
}

/// Limits of the HTTP server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpConfig {
    /// Requests served at once; beyond it, 503.
    #[serde(deserialize_with = "between::<_, usize, 1, 1_000_000>")]
    pub requests_in_flight_max: usize,
    /// How long a shutdown waits for requests in flight.
    #[serde(deserialize_with = "between::<_, u64, 0, 300_000>")]
    pub shutdown_ms_max: u64,
}

/// What is logged, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,acquaint_node=debug`.
    pub level: String,
    /// Lines for people or JSON for collectors.
    pub format: LogFormat,
}

/// How a log line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One readable line per event.
    Text,
    /// One JSON object per event.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("data/node"),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            anchors_groups: 4,
            cache_bytes: 256 << 20,
            disk_free_bytes_min: 1 << 30,
            cluster: ClusterConfig::default(),
            ingest: IngestConfig::default(),
            http: HttpConfig::default(),
            log: LogConfig::default(),
            workspaces: Vec::new(),
        }
    }
}

impl Default for IngestConfig {
    fn default() -> Self {
        Self {
            in_flight_bytes_max: 64 << 20,
            key_messages_per_second_max: 0,
            entry_messages_max: 1_000,
            outbox_rows_max: 1_000_000,
            wait_ms_max: 10_000,
        }
    }
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            requests_in_flight_max: 1_024,
            shutdown_ms_max: 10_000,
        }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            level: "info".to_owned(),
            format: LogFormat::Text,
        }
    }
}

impl Config {
    /// Whether callers need no key: nobody configured one, so only this machine may call.
    pub fn is_open(&self) -> bool {
        self.workspaces
            .iter()
            .all(|workspace| workspace.write_keys.is_empty() && workspace.tokens.is_empty())
    }

    /// What an operator should know at the start, a sentence each.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.is_open() {
            warnings.push(format!(
                "no write key and no token is configured: whoever reaches {} can read and write everything; \
                 declare a [[workspace]] with keys before listening on another address",
                self.listen
            ));
        }
        warnings
    }

    /// Fills in what follows from other keys, and makes the checks that no single key can make alone.
    fn complete(&mut self) -> Result<(), (&'static str, String)> {
        self.cluster.complete(self.listen)?;
        if self.is_open() && !is_loopback(self.listen.ip()) {
            return Err((
                "listen",
                format!(
                    "{} is reachable from other machines, but no write key and no token is configured; \
                     listen on 127.0.0.1, or declare a [[workspace]] with keys",
                    self.listen
                ),
            ));
        }
        access::check(&self.workspaces)
    }
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests;
