//! The metrics of a node, declared here and nowhere else.
//!
//! Names begin with `acquaint_` and end with their unit; `docs/operations.md` lists every one. Labels have few values:
//! never an identifier, never a key.

mod cluster;

use prometheus::{
    Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
};

use cluster::ClusterMetrics;

/// Seconds; from a warm append to a reply that waited for its whole bound.
const WAIT_BUCKETS_SECONDS: &[f64] = &[
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0,
];

/// Every metric that the node counts itself.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Messages by verdict.
    pub messages: IntCounterVec,
    /// Messages rejected, by reason.
    pub rejections: IntCounterVec,
    /// Log entries proposed to anchors groups.
    pub entries: IntCounter,
    /// From the first proposal of a request to the last entry applied.
    pub durable_seconds: Histogram,
    /// From the last entry applied to the identity watermark past its rows.
    pub identity_seconds: Histogram,
    /// Requests answered with 503 since something was undetermined.
    pub undetermined: IntCounter,
    /// Writes refused because the disk is nearly full.
    pub disk_refusals: IntCounter,
    /// Outbox rows handed to the identity group.
    pub outbox_rows: IntCounter,
    /// Outbox rows that the identity group has not taken yet, by group.
    pub outbox_waiting_rows: IntGaugeVec,
    /// Outbox deliveries that failed and are tried again.
    pub outbox_retries: IntCounter,
    /// Pieces of identity work that wait for steps.
    pub identity_pending: IntGauge,
    /// Steps of identity work that failed and are tried again.
    pub step_retries: IntCounter,
    /// Applied log index by group.
    pub applied_index: IntGaugeVec,
    /// Free bytes on the disk of the store.
    pub disk_free_bytes: IntGauge,
    /// Of the groups and of the other nodes.
    pub(crate) cluster: ClusterMetrics,
}

impl Metrics {
    /// Declares and registers all.
    pub(crate) fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let metrics = Self {
            messages: IntCounterVec::new(
                Opts::new("acquaint_ingest_messages_total", "Messages by verdict."),
                &["verdict"],
            )?,
            rejections: IntCounterVec::new(
                Opts::new(
                    "acquaint_ingest_rejections_total",
                    "Messages rejected, by reason.",
                ),
                &["reason"],
            )?,
            entries: IntCounter::new(
                "acquaint_ingest_entries_total",
                "Log entries proposed to anchors groups.",
            )?,
            durable_seconds: histogram(
                "acquaint_ingest_durable_seconds",
                "From the first proposal of a request until its last entry is durable and applied.",
            )?,
            identity_seconds: histogram(
                "acquaint_ingest_identity_wait_seconds",
                "From there until identity has taken in what the request said.",
            )?,
            undetermined: IntCounter::new(
                "acquaint_ingest_undetermined_total",
                "Requests answered with 503 because the fate of a message was not known in time.",
            )?,
            disk_refusals: IntCounter::new(
                "acquaint_disk_refusals_total",
                "Writes refused because the free space is below disk_free_bytes_min.",
            )?,
            outbox_rows: IntCounter::new(
                "acquaint_outbox_rows_total",
                "Outbox rows handed to the identity group.",
            )?,
            outbox_waiting_rows: IntGaugeVec::new(
                Opts::new(
                    "acquaint_outbox_waiting_rows",
                    "Outbox rows that the identity group has not taken yet.",
                ),
                &["group"],
            )?,
            outbox_retries: IntCounter::new(
                "acquaint_outbox_retries_total",
                "Outbox deliveries that failed and were tried again.",
            )?,
            identity_pending: IntGauge::new(
                "acquaint_identity_pending",
                "Pieces of identity work that wait to be done in the background.",
            )?,
            step_retries: IntCounter::new(
                "acquaint_identity_step_retries_total",
                "Steps of identity work that failed and were tried again.",
            )?,
            applied_index: IntGaugeVec::new(
                Opts::new(
                    "acquaint_group_applied_index",
                    "Applied log index by group.",
                ),
                &["group"],
            )?,
            disk_free_bytes: IntGauge::new(
                "acquaint_disk_free_bytes",
                "Free bytes on the disk of the store.",
            )?,
            cluster: ClusterMetrics::new(&registry)?,
            registry,
        };
        metrics.register()?;
        Ok(metrics)
    }

    /// The registry that `/metrics` prints; the HTTP server adds its own to it.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    fn register(&self) -> Result<(), prometheus::Error> {
        let registry = &self.registry;
        registry.register(Box::new(self.messages.clone()))?;
        registry.register(Box::new(self.rejections.clone()))?;
        registry.register(Box::new(self.entries.clone()))?;
        registry.register(Box::new(self.durable_seconds.clone()))?;
        registry.register(Box::new(self.identity_seconds.clone()))?;
        registry.register(Box::new(self.undetermined.clone()))?;
        registry.register(Box::new(self.disk_refusals.clone()))?;
        registry.register(Box::new(self.outbox_rows.clone()))?;
        registry.register(Box::new(self.outbox_waiting_rows.clone()))?;
        registry.register(Box::new(self.outbox_retries.clone()))?;
        registry.register(Box::new(self.identity_pending.clone()))?;
        registry.register(Box::new(self.step_retries.clone()))?;
        registry.register(Box::new(self.applied_index.clone()))?;
        registry.register(Box::new(self.disk_free_bytes.clone()))
    }
}

fn histogram(name: &str, help: &str) -> Result<Histogram, prometheus::Error> {
    Histogram::with_opts(HistogramOpts::new(name, help).buckets(WAIT_BUCKETS_SECONDS.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_registers_once_and_names_its_product() {
        let metrics = Metrics::new().expect("names and labels are valid");
        metrics.messages.with_label_values(&["accepted"]).inc();
        for family in metrics.registry().gather() {
            assert!(family.name().starts_with("acquaint_"), "{}", family.name());
            assert!(!family.help().is_empty(), "{}", family.name());
        }
    }
}
