//! `benches/history.ndjson`: one line for each quick run.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use acquaint_bench::Machine;
use serde::Serialize;

use crate::machine;
use crate::options::Options;
use crate::quick::Ratio;

/// One quick run.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    date: String,
    commit: String,
    machine: Machine,
    profiles: usize,
    rounds: usize,
    seconds: f64,
    /// Test switches that the node ran with.
    switches: Vec<(String, String)>,
    /// `null` where a contender is missing.
    ratios: BTreeMap<&'static str, Option<f64>>,
    /// Items a second of node and other.
    rates: BTreeMap<&'static str, [Option<f64>; 2]>,
    /// Reasons of ratios that are `null`.
    missing: BTreeMap<&'static str, String>,
}

impl Entry {
    pub(crate) fn new(options: &Options, ratios: &[Ratio]) -> Self {
        let digits = |number: f64| (number * 1e4).round() / 1e4;
        let value = |ratio: &Ratio| (ratio.name, ratio.value().ok().map(digits));
        let rates = |ratio: &Ratio| (ratio.name, ratio.rates().map(|rate| rate.map(f64::round)));
        let reason = |ratio: &Ratio| Some((ratio.name, ratio.value().err()?));
        Self {
            date: machine::date(),
            commit: machine::commit(),
            machine: Machine::this(),
            profiles: options.profiles,
            rounds: options.rounds,
            seconds: options.time.as_secs_f64(),
            switches: crate::node::test_environment(),
            ratios: ratios.iter().map(value).collect(),
            rates: ratios.iter().map(rates).collect(),
            missing: ratios.iter().filter_map(reason).collect(),
        }
    }
}

/// Adds a line.
pub(crate) fn append(path: &Path, entry: &Entry) -> Result<(), String> {
    let failed = |reason: String| format!("cannot append to {}: {reason}", path.display());
    let line = serde_json::to_string(entry).map_err(|error| failed(error.to_string()))?;
    let file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path);
    let mut file = file.map_err(|error| failed(error.to_string()))?;
    writeln!(file, "{line}").map_err(|error| failed(error.to_string()))
}
