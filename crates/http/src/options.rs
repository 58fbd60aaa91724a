//! The limits of the HTTP server that an operator can set.

use std::time::Duration;

use acquaint_node::Config;

use crate::operators::Operators;

/// Limits of the server; the bounds of the contract are in `acquaint_api::limits`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Requests served at once; beyond it a request is answered 503.
    pub requests_in_flight_max: usize,
    /// Bytes of tracking bodies that are read and not yet answered; beyond it, 503.
    pub body_bytes_in_flight_max: usize,
    /// Messages per second of one write key, on average; beyond it, 429. None for no limit.
    pub key_messages_per_second_max: Option<u32>,
    /// Connections at once; further ones wait until one ends.
    pub connections_max: usize,
    /// How long the head of a connection's first request may take to arrive.
    pub head_time_max: Duration,
    /// How long a connection may wait for the head of its next request.
    pub idle_time_max: Duration,
    /// How long a request's body may take to arrive.
    pub body_time_max: Duration,
    /// How long a request may take in all; exports are exempt.
    pub request_time_max: Duration,
    /// How long a shutdown waits for requests in flight.
    pub shutdown_time_max: Duration,
    /// Exports streamed at once; beyond it, 503.
    pub exports_in_flight_max: usize,
    /// Who may operate the node before its registry says who may.
    pub operators: Operators,
}

impl Options {
    /// The options of a configuration.
    pub fn of(config: &Config) -> Self {
        Self {
            requests_in_flight_max: config.http.requests_in_flight_max,
            body_bytes_in_flight_max: usize::try_from(config.ingest.in_flight_bytes_max)
                .unwrap_or(usize::MAX),
            key_messages_per_second_max: match config.ingest.key_messages_per_second_max {
                0 => None,
                limit => Some(limit),
            },
            shutdown_time_max: Duration::from_millis(config.http.shutdown_ms_max),
            operators: Operators::of(config),
            ..Self::default()
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            requests_in_flight_max: 1_024,
            body_bytes_in_flight_max: 64 << 20,
            key_messages_per_second_max: None,
            connections_max: 4_096,
            head_time_max: Duration::from_secs(30),
            // Longer than the minute that balancers keep an idle connection for: theirs should be the first to close it.
            idle_time_max: Duration::from_secs(75),
            body_time_max: Duration::from_secs(30),
            request_time_max: Duration::from_secs(60),
            shutdown_time_max: Duration::from_secs(10),
            exports_in_flight_max: 4,
            operators: Operators::default(),
        }
    }
}
