//! `acquaint identity score`: how well the live partition agrees with the truth.
//!
//! ```text
//! truth.csv ───────┐
//! identifiers.csv ─┼─► tally ─► joint counts ─► scores ─► report
//! GET /v1/export ──┘      └───► the oracle's ─────┘
//! ```
//!
//! - Everything that is known of the partition comes from one export, so from one view of the store.
//! - What is not scored is counted and said.
//! - The order test computes the partition again from the evidence, and does not trouble the node with it.

mod numbering;
mod oracle;
mod orders;
mod owners;
mod partition_scores;
mod report;
mod table;
mod tally;
mod truth;

use std::io::BufRead;
use std::path::{Path, PathBuf};

use acquaint_api::ReadOptions;
use acquaint_profile::Region;
use anyhow::Context;
use clap::Args;

use super::evidence::LiveEvidence;
use super::lines::each_line;
use crate::connection::Connection;
use crate::exit::Exit;
use crate::input::Input;
use crate::output;
use owners::Owners;
use report::{MessagesReport, MixedProfile, Report};
use tally::{Partitions, Tally};
use truth::Truth;

/// Score the partition of the live evidence.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Whose each message is: CSV, gzip or not, with columns messageId, person_id and perhaps cls
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,
    /// Whose each identifier is: CSV, gzip or not, with columns ns, value and owners (several with ; between)
    #[arg(long, value_name = "FILE")]
    owners: PathBuf,
    /// Class of the messages to score, `ok` if none is named; may be repeated
    #[arg(long = "class", value_name = "CLASS")]
    classes: Vec<String>,
    /// Country of the workspace, in which it reads phone numbers that name none
    #[arg(long, value_name = "COUNTRY", default_value = "US")]
    region: Region,
    /// Country in which the owners file's phone numbers are read; that of the workspace if none is named
    #[arg(long, value_name = "COUNTRY")]
    owners_region: Option<Region>,
    /// Score an export that was written before, not that of a node
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
    /// List as many profiles that hold more than one person, those with most persons first
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    mixed: usize,
    /// Compute the partition again from the node's evidence in as many random orders, and compare them
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = 0,
        conflicts_with = "export"
    )]
    orders: u32,
    /// Decides what the random orders are
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    connection: Connection,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let truth = Truth::open(&arguments.truth, &arguments.classes)?;
    let owners_region = arguments.owners_region.unwrap_or(arguments.region);
    let owners = Owners::open(&arguments.owners, &owners_region)?;
    let mut tally = Tally::new(&truth, &owners, arguments.region);
    match &arguments.export {
        Some(path) => each_line_of_file(path, |line| tally.line(line))?,
        None => {
            let response = arguments
                .connection
                .client()?
                .export(&ReadOptions::default())
                .await?;
            each_line(response, |line| tally.line(line)).await?;
        }
    }
    let mut report = report(tally, &truth, &owners, arguments.mixed);
    if arguments.orders > 0 {
        let live = LiveEvidence::fetch(&arguments.connection.client()?).await?;
        let compute = || orders::run(&live, arguments.orders, arguments.seed);
        report.orders = Some(tokio::task::block_in_place(compute)?);
    }
    match arguments.json {
        true => output::print_json(&report)?,
        false => output::print(&report.text())?,
    }
    Ok(Exit::Success)
}

fn each_line_of_file(
    path: &Path,
    mut take: impl FnMut(&[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let cannot_read = || format!("cannot read {}", path.display());
    let mut input = Input::open(path).with_context(cannot_read)?;
    let mut line = Vec::new();
    loop {
        line.clear();
        let bytes = input.reader.read_until(b'\n', &mut line);
        if bytes.with_context(cannot_read)? == 0 {
            return Ok(());
        }
        take(line.strip_suffix(b"\n").unwrap_or(&line))?;
    }
}

fn report(tally: Tally<'_>, truth: &Truth, owners: &Owners, mixed_max: usize) -> Report {
    let (unknown, repeated, profiles_pending) = (tally.unknown, tally.repeated, tally.pending);
    let partitions = tally.partitions();
    let (live, oracle) = (partitions.live.scores(), partitions.oracle.scores());
    let mixed_profiles = mixed(&partitions, truth, mixed_max);
    let messages = MessagesReport {
        scored: live.messages,
        nobodys: partitions.nobodys,
        unknown,
        repeated,
        owners_unusable: owners.unusable,
        profiles_pending,
        classes: partitions.classes,
    };
    Report {
        mixed_profiles,
        ..Report::new(&live, &oracle, messages, owners.len() as u64)
    }
}

/// The profiles with most persons, by id where these are as many.
fn mixed(partitions: &Partitions, truth: &Truth, count_max: usize) -> Vec<MixedProfile> {
    let mut profiles: Vec<MixedProfile> = partitions
        .live
        .mixed()
        .into_iter()
        .map(|(profile, persons)| MixedProfile {
            profile_id: name(partitions.profiles.name(profile)),
            persons: persons
                .into_iter()
                .map(|(person, count)| (name(truth.persons.name(person)), count))
                .collect(),
        })
        .collect();
    profiles.sort_by(|a, b| {
        let by_persons = b.persons.len().cmp(&a.persons.len());
        by_persons.then_with(|| a.profile_id.cmp(&b.profile_id))
    });
    profiles.truncate(count_max);
    profiles
}

fn name(known: Option<&str>) -> String {
    known.unwrap_or_default().to_owned()
}
