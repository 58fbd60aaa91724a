//! The whole set, and its report.

use std::path::Path;
use std::time::Instant;

use acquaint_bench::{Machine, Workload};
use acquaint_benches::peers::{Etcd, Postgres, Redis};

use crate::cluster::Cluster;
use crate::contender::Runs;
use crate::ingests::Ingests;
use crate::lookups::{self, Lookups};
use crate::node::Node;
use crate::options::{CACHE_BYTES, CACHE_BYTES_COLD, Options};
use crate::peers::{self, Peer};
use crate::results::{Results, Row};
use crate::{identity, machine, markdown, pictures, store};

/// Sizes and versions that are known only while servers run.
#[derive(Default)]
struct Known {
    sizes: Vec<(String, String)>,
    versions: Vec<(String, String)>,
}

impl Known {
    fn size(&mut self, name: &str, value: impl ToString) {
        self.sizes.push((name.to_owned(), value.to_string()));
    }

    fn version(&mut self, name: &str, version: Result<&str, &String>) {
        let text = version.map_or_else(|reason| format!("missing: {reason}"), str::to_owned);
        self.versions.push((name.to_owned(), text));
    }
}

pub(crate) async fn run(options: &Options) -> Result<(), String> {
    let begun = Instant::now();
    let dir = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut known = Known {
        versions: machine::versions(),
        ..Known::default()
    };
    let mut runs = Runs::new();
    let mut rows = one_node(options, dir.path(), &mut known, &mut runs).await?;
    match Cluster::start(dir.path(), options).await {
        Ok(cluster) => {
            let version = cluster.etcd_version();
            known.version("etcd", version.as_ref().map(String::as_str));
            rows.extend(cluster.rows(&mut runs).await);
        }
        Err(reason) => eprintln!("bench: three nodes are not measured: {reason}"),
    }
    rows.push(identity::row(options, &mut runs).await);
    let results = Results {
        date: machine::date(),
        commit: machine::commit(),
        command: options.command.clone(),
        machine: Machine::this(),
        disk: machine::disk(dir.path()),
        versions: known.versions,
        settings: settings(),
        profiles: options.profiles,
        rounds: options.rounds,
        seconds: options.time.as_secs_f64(),
        minutes: begun.elapsed().as_secs_f64() / 60.0,
        sizes: known.sizes,
        rows,
    };
    write_json(&options.json, &results)?;
    render(options, &results)?;
    without_errors(results.rows.iter())
}

/// Rows of a single node.
async fn one_node(
    options: &Options,
    dir: &Path,
    known: &mut Known,
    runs: &mut Runs,
) -> Result<Vec<Row>, String> {
    let mut node = Node::start(CACHE_BYTES).await?;
    let loaded = node.load(options).await?;
    let answer_bytes = node.answer_bytes(&node.customer_lookups("")).await?;
    let talker_bytes = node.answer_bytes(&node.talker_lookups()).await?;
    known.size("profiles", options.profiles);
    known.size("customers with nine anchors", options.talkers);
    known.size("messages loaded", loaded.messages);
    known.size(
        "seconds to load them",
        format!("{:.1}", loaded.took.as_secs_f64()),
    );
    known.size("bytes on disk after loading", node.bytes_on_disk());
    known.size("bytes of an answer about a customer", answer_bytes);
    known.size(
        "bytes of an answer about a customer with nine anchors",
        talker_bytes,
    );
    known.size("bytes of the node's cache", CACHE_BYTES);
    let mut rows = store::rows(options, dir, answer_bytes, runs).await?;
    let postgres = peers::postgres(dir, options).await;
    let redis = peers::redis(dir, options, answer_bytes).await;
    known.version(
        "PostgreSQL",
        postgres.as_ref().map(|peer| peer.version.as_str()),
    );
    known.version("Redis", redis.as_ref().map(|peer| peer.version.as_str()));
    if let Ok(postgres) = &postgres {
        let bytes = postgres.bytes().await.map_err(|error| error.to_string())?;
        known.size("bytes of PostgreSQL after loading", bytes);
    }
    let lookups = Lookups {
        options,
        node: &node,
        postgres: &postgres,
        redis: &redis,
        answer_bytes,
    };
    rows.extend(lookups.rows(runs).await?);
    let more = ingest_and_rates(&lookups, &postgres, &rows, runs).await;
    rows.extend(more);
    let ingests = Ingests {
        options,
        node: &node,
        postgres: &postgres,
    };
    rows.extend(ingests.mixed(runs).await);
    drop(redis);
    known.size("bytes on disk after all ingest", node.bytes_on_disk());
    node.restart(CACHE_BYTES_COLD).await?;
    rows.push(lookups::cold(options, &node, answer_bytes, runs).await);
    Ok(rows)
}

/// All ingest, and open loops at half of the rates that were reached.
async fn ingest_and_rates(
    lookups: &Lookups<'_>,
    postgres: &Peer<Postgres>,
    before: &[Row],
    runs: &mut Runs,
) -> Vec<Row> {
    let ingests = Ingests {
        options: lookups.options,
        node: lookups.node,
        postgres,
    };
    let mut rows = Vec::new();
    if let Some(hot) = before.iter().find(|row| row.id == "lookup-hot") {
        rows.extend(lookups.at_a_rate(hot, runs).await);
    }
    rows.extend(ingests.rows(runs).await);
    let singles = format!("{}-1", Workload::IngestKnown);
    if let Some(singles) = rows.iter().find(|row| row.id == singles).cloned() {
        rows.extend(ingests.at_a_rate(&singles, runs).await);
    }
    rows
}

/// Settings that bear on speed.
fn settings() -> Vec<(String, String)> {
    let node = [
        ("durability", "every answer waits for fdatasync of the log"),
        ("groups of anchors", "4, in a cluster 14"),
        ("cache", "256 MiB, in a cluster 128 MiB each"),
    ];
    let of = |name: &str, settings: &[(&str, &str)]| {
        let text = settings
            .iter()
            .map(|(name, value)| format!("{name} = {value}"));
        (name.to_owned(), text.collect::<Vec<_>>().join("; "))
    };
    vec![
        of("node", &node),
        of("PostgreSQL", Postgres::SETTINGS),
        of("Redis", Redis::SETTINGS),
        of("etcd", Etcd::SETTINGS),
    ]
}

/// Writes the report again from the rows of an earlier run.
pub(crate) fn render_again(options: &Options) -> Result<(), String> {
    render(options, &read_json(&options.json)?)
}

fn render(options: &Options, results: &Results) -> Result<(), String> {
    let before = options.before.as_deref().map(read_json).transpose()?;
    let failed =
        |path: &Path, error: std::io::Error| format!("cannot write {}: {error}", path.display());
    std::fs::create_dir_all(&options.pictures).map_err(|error| failed(&options.pictures, error))?;
    let pictures = pictures::draw(&options.pictures, results)?;
    let text = markdown::report(results, before.as_ref(), &pictures);
    std::fs::write(&options.report, text).map_err(|error| failed(&options.report, error))?;
    println!(
        "wrote {} and {} pictures",
        options.report.display(),
        pictures.len()
    );
    Ok(())
}

fn write_json(path: &Path, results: &Results) -> Result<(), String> {
    let failed = |reason: String| format!("cannot write {}: {reason}", path.display());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| failed(error.to_string()))?;
    }
    let mut text =
        serde_json::to_string_pretty(results).map_err(|error| failed(error.to_string()))?;
    text.push('\n');
    std::fs::write(path, text).map_err(|error| failed(error.to_string()))
}

fn read_json(path: &Path) -> Result<Results, String> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let results = serde_json::from_str(&text);
    results.map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// An error if any contender was refused anything.
pub(crate) fn without_errors<'a>(rows: impl Iterator<Item = &'a Row>) -> Result<(), String> {
    let errors: Vec<String> = rows
        .flat_map(|row| {
            let others = row.others.iter().map(|other| &other.outcome);
            let all = std::iter::once(&row.node).chain(others);
            let errors = all
                .filter_map(|outcome| outcome.series())
                .flat_map(|one| &one.errors);
            errors
                .map(|error| format!("{}: {error}", row.id))
                .collect::<Vec<_>>()
        })
        .collect();
    match errors.is_empty() {
        true => Ok(()),
        false => Err(format!("operations failed:\n  {}", errors.join("\n  "))),
    }
}
