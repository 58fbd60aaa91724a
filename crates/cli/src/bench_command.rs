//! `acquaint bench`: puts load on a node or a cluster and measures it.
//!
//! ```text
//! load ─► a population of numbered customers ─► run WORKLOAD ─► table, JSON
//! ```
//!
//! - A run refers to customers by number and refuses to begin when the store does not hold them.
//! - Any failed operation makes the exit code that of a failure.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use acquaint_bench::{
    Pace, Population, Report, Settings, Target, Workload, load, run as run_workload, table,
};
use anyhow::Context;
use clap::{Args, Subcommand};

use crate::connection::DEFAULT_URL;
use crate::exit::Exit;
use crate::output::{self, counted};

/// Put load on a node or a cluster.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Load the customers that workloads refer to; safe to run twice
    Load(Load),
    /// Run a workload and print what was measured
    Run(Run),
    /// List the workloads
    List,
}

/// The nodes and the credentials.
#[derive(Debug, Args)]
struct Nodes {
    /// Address of a node; repeated, connections are spread over the nodes
    #[arg(long, env = "ACQUAINT_URL", value_delimiter = ',', default_value = DEFAULT_URL, value_name = "URL")]
    url: Vec<String>,
    /// Token of the API, for lookups; not needed while none is configured
    #[arg(
        long,
        env = "ACQUAINT_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    token: Option<String>,
    /// Key of the tracking API, for messages; not needed while none is configured
    #[arg(
        long,
        env = "ACQUAINT_WRITE_KEY",
        hide_env_values = true,
        value_name = "KEY"
    )]
    write_key: Option<String>,
}

impl Nodes {
    async fn target(&self) -> anyhow::Result<Target> {
        let (token, write_key) = (self.token.clone(), self.write_key.clone());
        Ok(Target::resolve(&self.url, token, write_key).await?)
    }
}

#[derive(Debug, Args)]
struct Load {
    #[command(flatten)]
    nodes: Nodes,
    /// Customers with three identifiers and four interactions
    #[arg(long, default_value_t = 100_000, value_name = "NUMBER")]
    profiles: usize,
    /// Customers with nine anchors, for conversations
    #[arg(long, default_value_t = 512, value_name = "NUMBER")]
    talkers: usize,
    /// Seed of their traits
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Args)]
struct Run {
    /// Name of a workload; `acquaint bench list` shows them
    workload: String,
    #[command(flatten)]
    nodes: Nodes,
    /// Operations a second on a fixed schedule; without it, full speed
    #[arg(long, value_name = "PER_SECOND")]
    rate: Option<f64>,
    /// Connections to all nodes together
    #[arg(long, default_value_t = 16, value_name = "NUMBER")]
    connections: usize,
    /// Items in a request, at most 1,000; 1, or 100 for lookup-batch
    #[arg(long, value_name = "NUMBER")]
    batch: Option<usize>,
    /// Seconds of the measurement
    #[arg(long, default_value_t = 10.0, value_parser = seconds, value_name = "SECONDS")]
    duration: f64,
    /// Seconds of load before it
    #[arg(long, default_value_t = 2.0, value_parser = seconds, value_name = "SECONDS")]
    warm_up: f64,
    /// Customers to refer to; all that the store holds when nothing is said
    #[arg(long, value_name = "NUMBER")]
    profiles: Option<usize>,
    /// Seed of all choices
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of the run, part of message ids; by default the time in milliseconds
    #[arg(long, value_name = "NUMBER")]
    run: Option<u64>,
    /// File for the report as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    match arguments.command {
        Command::Load(arguments) => load_population(arguments).await,
        Command::Run(arguments) => measure(arguments).await,
        Command::List => list(),
    }
}

fn list() -> anyhow::Result<Exit> {
    let lines = Workload::ALL.map(|one| format!("{:<20} {}\n", one.name(), one.about()));
    output::print(&lines.concat())?;
    Ok(Exit::Success)
}

async fn load_population(arguments: Load) -> anyhow::Result<Exit> {
    let target = arguments.nodes.target().await?;
    let population = Population {
        profiles: arguments.profiles,
        talkers: arguments.talkers,
        seed: arguments.seed,
    };
    let loaded = load(&target, population).await?;
    let seconds = loaded.took.as_secs_f64();
    output::print(&format!(
        "{} in {seconds:.1} s; the store holds {} and {} of nine anchors\n",
        counted(loaded.messages as u64, "message"),
        counted(arguments.profiles as u64, "profile"),
        counted(arguments.talkers as u64, "customer"),
    ))?;
    Ok(Exit::Success)
}

async fn measure(arguments: Run) -> anyhow::Result<Exit> {
    let workload: Workload = arguments.workload.parse()?;
    let target = arguments.nodes.target().await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let settings = Settings {
        pace: arguments.rate.map_or(Pace::Full, Pace::Rate),
        connections: arguments.connections,
        batch: arguments.batch.unwrap_or(workload.batch()),
        warm_up: Duration::from_secs_f64(arguments.warm_up),
        time: Duration::from_secs_f64(arguments.duration),
        profiles: arguments.profiles,
        seed: arguments.seed,
        ..Settings::new(
            workload,
            arguments
                .run
                .unwrap_or(now.unwrap_or_default().as_millis() as u64),
        )
    };
    let report = run_workload(&target, &settings).await?;
    output::print(&table(&report))?;
    if let Some(path) = &arguments.json {
        write_json(path, &report)?;
    }
    Ok(match report.failed() {
        0 => Exit::Success,
        _ => Exit::Failure,
    })
}

fn write_json(path: &Path, report: &Report) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(report)?;
    text.push('\n');
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds")?;
    match (0.0..=86_400.0).contains(&seconds) {
        true => Ok(seconds),
        false => Err("expected 0 to 86400 seconds".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_a_day_at_most() {
        assert_eq!(seconds("0.5"), Ok(0.5));
        for wrong in ["", "-1", "NaN", "inf", "86401", "1s"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
