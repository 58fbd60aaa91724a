//! Arguments and settings of a run.

use std::path::PathBuf;
use std::time::Duration;

use acquaint_tests::repository;

/// The part of the program to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Full,
    Quick,
    Report,
}

/// Settings of a run.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) mode: Mode,
    /// Customers of the population.
    pub(crate) profiles: usize,
    /// Customers with nine anchors.
    pub(crate) talkers: usize,
    /// The measured time of one contender in one round.
    pub(crate) time: Duration,
    pub(crate) warm_up: Duration,
    pub(crate) rounds: usize,
    /// Identifiers of the identity row.
    pub(crate) identifiers: usize,
    /// Rows of an earlier run to compare with.
    pub(crate) before: Option<PathBuf>,
    /// The rows as JSON.
    pub(crate) json: PathBuf,
    /// The report.
    pub(crate) report: PathBuf,
    /// The folder of the plots.
    pub(crate) pictures: PathBuf,
    /// One line for each quick run.
    pub(crate) history: PathBuf,
    /// The command as it was given, for the report.
    pub(crate) command: String,
}

/// The cache of the store of every node, and the shared buffers of PostgreSQL.
pub(crate) const CACHE_BYTES: u64 = 256 << 20;
/// The cache for reads of a store that does not fit.
pub(crate) const CACHE_BYTES_COLD: u64 = 8 << 20;

const USAGE: &str = "expected full, quick or report, and --before FILE, --json FILE, --out FOLDER";

impl Options {
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut words = arguments.iter();
        let mode = match words.next().map(String::as_str) {
            Some("full") => Mode::Full,
            Some("quick") => Mode::Quick,
            Some("report") => Mode::Report,
            _ => return Err(USAGE.to_owned()),
        };
        let is_quick = mode == Mode::Quick;
        let base = repository();
        let mut options = Self {
            mode,
            profiles: number(
                "BENCH_PROFILES",
                if is_quick { 20_000.0 } else { 100_000.0 },
            )? as usize,
            talkers: 512,
            time: Duration::from_secs_f64(number("BENCH_SECONDS", 2.0)?),
            warm_up: Duration::ZERO,
            rounds: number("BENCH_ROUNDS", if is_quick { 3.0 } else { 5.0 })? as usize,
            identifiers: if is_quick { 30_000 } else { 100_000 },
            before: None,
            json: base.join("benches/results/full.json"),
            report: base.join("docs/benchmarks.md"),
            pictures: base.join("docs/pictures"),
            history: base.join("benches/history.ndjson"),
            command: String::new(),
        };
        options.warm_up = options.time.mul_f64(0.25);
        let set = |name: &str| std::env::var(name).map(|value| format!("{name}={value} "));
        let variables = ["BENCH_PROFILES", "BENCH_SECONDS", "BENCH_ROUNDS"];
        let variables: String = variables.iter().filter_map(|name| set(name).ok()).collect();
        options.command = match is_quick {
            true => format!("{variables}make bench-quick"),
            false => format!("{variables}make bench"),
        };
        while let Some(word) = words.next() {
            let value = words.next().ok_or(USAGE)?;
            match word.as_str() {
                "--before" => options.before = Some(PathBuf::from(value)),
                "--json" => options.json = PathBuf::from(value),
                "--out" => {
                    let folder = PathBuf::from(value);
                    options.report = folder.join("benchmarks.md");
                    options.pictures = folder.join("pictures");
                    options.history = folder.join("history.ndjson");
                }
                _ => return Err(format!("unknown argument `{word}`: {USAGE}")),
            }
        }
        match options.rounds > 0 && options.profiles > 0 && !options.time.is_zero() {
            true => Ok(options),
            false => Err("BENCH_PROFILES, BENCH_SECONDS and BENCH_ROUNDS are positive".to_owned()),
        }
    }
}

fn number(name: &str, default: f64) -> Result<f64, String> {
    let Ok(text) = std::env::var(name) else {
        return Ok(default);
    };
    let number: Option<f64> = text.parse().ok();
    let number = number.filter(|number| (0.0..=1e9).contains(number));
    number.ok_or_else(|| format!("invalid {name} `{text}`: expected a number"))
}
