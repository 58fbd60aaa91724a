//! Every metric of the HTTP surface: name, unit, labels, help.
//!
//! Labels are bounded: routes are those of the router, methods outside the usual are
//! `other`. `docs/operations.md` lists the names, and a test compares.

use prometheus::{
    HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
};

/// Upper bounds of the request time buckets, in seconds.
const SECONDS_BUCKETS: [f64; 12] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0,
];

/// The metrics of one server.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    /// Requests answered, by route, method and status.
    pub(crate) requests: IntCounterVec,
    /// Time to the answer's head, by route.
    pub(crate) seconds: HistogramVec,
    /// Requests being served.
    pub(crate) in_flight: IntGauge,
    /// Requests refused before any work, by bound.
    pub(crate) refused: IntCounterVec,
    /// Bytes of request bodies after gunzip.
    pub(crate) body_bytes: IntCounter,
    /// Verdicts on messages, by verdict.
    pub(crate) verdicts: IntCounterVec,
    /// Tracking requests that said they were retries.
    pub(crate) retries: IntCounter,
}

impl Metrics {
    pub(crate) fn new() -> Result<Self, prometheus::Error> {
        let metrics = Self {
            registry: Registry::new(),
            requests: IntCounterVec::new(
                Opts::new("acquaint_http_requests_total", "Requests answered."),
                &["route", "method", "status"],
            )?,
            seconds: HistogramVec::new(
                HistogramOpts::new(
                    "acquaint_http_request_seconds",
                    "Time to the head of the answer.",
                )
                .buckets(SECONDS_BUCKETS.to_vec()),
                &["route"],
            )?,
            in_flight: IntGauge::new("acquaint_http_requests_in_flight", "Requests being served.")?,
            refused: IntCounterVec::new(
                Opts::new(
                    "acquaint_http_refused_total",
                    "Requests refused at a bound of the server.",
                ),
                &["bound"],
            )?,
            body_bytes: IntCounter::new(
                "acquaint_http_body_bytes_total",
                "Bytes of request bodies, after gunzip.",
            )?,
            verdicts: IntCounterVec::new(
                Opts::new(
                    "acquaint_http_verdicts_total",
                    "Verdicts on tracking messages.",
                ),
                &["verdict"],
            )?,
            retries: IntCounter::new(
                "acquaint_http_tracking_retries_total",
                "Tracking requests that an SDK marked as a retry.",
            )?,
        };
        metrics.register()?;
        Ok(metrics)
    }

    fn register(&self) -> Result<(), prometheus::Error> {
        self.registry.register(Box::new(self.requests.clone()))?;
        self.registry.register(Box::new(self.seconds.clone()))?;
        self.registry.register(Box::new(self.in_flight.clone()))?;
        self.registry.register(Box::new(self.refused.clone()))?;
        self.registry.register(Box::new(self.body_bytes.clone()))?;
        self.registry.register(Box::new(self.verdicts.clone()))?;
        self.registry.register(Box::new(self.retries.clone()))
    }

    /// The text for Prometheus: these metrics and those of the node.
    pub(crate) fn text(&self, node: &Registry) -> Result<String, prometheus::Error> {
        let mut families = self.registry.gather();
        families.extend(node.gather());
        TextEncoder::new().encode_to_string(&families)
    }
}
