//! The report of a run: JSON for programs, a table for people.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Latencies, Machine, Measured, Settings};

/// The report of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// The name of the workload.
    pub workload: String,
    /// Operations a second that were asked for; nothing at full speed.
    pub asked_per_second: Option<f64>,
    /// Operations a second.
    pub achieved_per_second: f64,
    /// Items (messages, keys) a second.
    pub items_per_second: f64,
    /// Successful operations.
    pub operations: u64,
    /// Their items.
    pub items: u64,
    /// Measured seconds.
    pub seconds: f64,
    /// Whether the asked rate was not reached.
    pub fell_behind: bool,
    /// Operations of the schedule that were never sent.
    pub missed: u64,
    /// From the intended start until the answer.
    pub latency: LatencySummary,
    /// From sending until the answer.
    pub service: LatencySummary,
    /// Failed operations by the name of the error.
    pub errors: BTreeMap<String, u64>,
    /// The first error in full.
    pub first_error: Option<String>,
    /// Nodes under load.
    pub nodes: usize,
    /// Connections to all of them.
    pub connections: usize,
    /// Items in a request.
    pub batch: usize,
    /// Customers that the workload referred to.
    pub profiles: usize,
    /// The seed of all choices.
    pub seed: u64,
    /// The number of the run.
    pub run: u64,
    /// Seconds before the measurement.
    pub warm_up_seconds: f64,
    /// The machine of the load generator.
    pub machine: Machine,
}

/// Quantiles in microseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LatencySummary {
    /// Half are faster.
    pub p50_us: f64,
    /// Of ten, nine are faster.
    pub p90_us: f64,
    /// Of a hundred, 99 are faster.
    pub p99_us: f64,
    /// Of a thousand, 999 are faster.
    pub p99_9_us: f64,
    /// The slowest.
    pub max_us: f64,
    /// The mean.
    pub mean_us: f64,
    /// Quantiles and microseconds, for a plot.
    pub points: Vec<(f64, f64)>,
}

fn micros(duration: Duration) -> f64 {
    // One digit after the point is what the histogram resolves.
    (duration.as_secs_f64() * 1e7).round() / 10.0
}

impl From<&Latencies> for LatencySummary {
    fn from(latencies: &Latencies) -> Self {
        let at = |quantile| micros(latencies.at(quantile));
        let points = latencies.points().into_iter();
        Self {
            p50_us: at(0.5),
            p90_us: at(0.9),
            p99_us: at(0.99),
            p99_9_us: at(0.999),
            max_us: micros(latencies.max()),
            mean_us: micros(latencies.mean()),
            points: points
                .map(|(quantile, time)| (quantile, micros(time)))
                .collect(),
        }
    }
}

impl Report {
    /// The report of what was measured.
    pub fn new(settings: &Settings, nodes: usize, profiles: usize, measured: &Measured) -> Self {
        Self {
            workload: settings.workload.name().to_owned(),
            asked_per_second: measured.asked,
            achieved_per_second: measured.per_second(),
            items_per_second: measured.items_per_second(),
            operations: measured.operations,
            items: measured.items,
            seconds: measured.took.as_secs_f64(),
            fell_behind: measured.fell_behind(),
            missed: measured.missed,
            latency: (&measured.latency).into(),
            service: (&measured.service).into(),
            errors: measured.errors.clone(),
            first_error: measured.first_error.clone(),
            nodes,
            connections: settings.connections,
            batch: settings.batch,
            profiles,
            seed: settings.seed,
            run: settings.run,
            warm_up_seconds: settings.warm_up.as_secs_f64(),
            machine: Machine::this(),
        }
    }

    /// The number of failed operations.
    pub fn failed(&self) -> u64 {
        self.errors.values().sum()
    }
}

/// Microseconds with a unit that suits them.
fn duration(micros: f64) -> String {
    match micros {
        0.0..1_000.0 => format!("{micros:.0} µs"),
        1_000.0..1_000_000.0 => format!("{:.2} ms", micros / 1e3),
        _ => format!("{:.2} s", micros / 1e6),
    }
}

/// The report as lines of text.
pub fn table(report: &Report) -> String {
    let pace = match report.asked_per_second {
        Some(asked) => format!("{asked:.0} operations/s asked"),
        None => "full speed".to_owned(),
    };
    let plural = |count: usize, one: &str| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {one}s"),
    };
    let mut text = format!(
        "{}: {pace}, {}, {}, {} in a request, {:.1} s\n",
        report.workload,
        plural(report.connections, "connection"),
        plural(report.nodes, "node"),
        plural(report.batch, "item"),
        report.seconds
    );
    text.push_str(&format!(
        "  {:>12.0} operations/s  {:>12.0} items/s\n",
        report.achieved_per_second, report.items_per_second
    ));
    text.push_str("              p50        p90        p99      p99.9        max\n");
    for (name, summary) in [("latency", &report.latency), ("service", &report.service)] {
        let cells = [
            summary.p50_us,
            summary.p90_us,
            summary.p99_us,
            summary.p99_9_us,
            summary.max_us,
        ];
        let cells = cells.map(|micros| format!("{:>9}", duration(micros)));
        text.push_str(&format!("  {name} {}\n", cells.join("  ")));
    }
    if report.fell_behind {
        text.push_str(&format!(
            "  the load fell behind: {:.0} of {:.0} operations/s, {} never sent\n",
            report.achieved_per_second,
            report.asked_per_second.unwrap_or_default(),
            report.missed
        ));
    }
    for (name, count) in &report.errors {
        text.push_str(&format!("  error: {count} x {name}\n"));
    }
    if let Some(error) = &report.first_error {
        text.push_str(&format!("  first error: {error}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Workload;

    #[test]
    fn a_report_shows_quantiles_errors_and_a_load_that_fell_behind() {
        let mut measured = Measured {
            operations: 50,
            items: 5_000,
            missed: 7,
            asked: Some(1_000.0),
            took: Duration::from_secs(1),
            ..Measured::default()
        };
        measured.errors.insert("503 overloaded".into(), 3);
        measured.latency.record(Duration::from_micros(1_500));
        measured.service.record(Duration::from_micros(200));
        let settings = Settings {
            batch: 100,
            ..Settings::new(Workload::IngestNew, 9)
        };
        let report = Report::new(&settings, 3, 0, &measured);
        let text = table(&report);
        for part in [
            "ingest-new: 1000 operations/s asked, 16 connections, 3 nodes, 100 items in a request",
            "5000 items/s",
            "1.50 ms",
            "200 µs",
            "the load fell behind: 50 of 1000 operations/s, 7 never sent",
            "error: 3 x 503 overloaded",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        let json = serde_json::to_string(&report).unwrap_or_default();
        let read: Report = serde_json::from_str(&json).expect("a report can be read back");
        assert_eq!((read.failed(), read.latency), (3, report.latency));
    }
}
