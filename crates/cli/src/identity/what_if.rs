//! `acquaint identity what-if`: what other rules would do to the profiles.
//!
//! ```text
//! GET /v1/identity/evidence ─┬─► partition under the live rules ─┐
//!                            └─► partition under the new ones  ──┴─► comparison ─► report
//! ```
//!
//! - Nothing is changed: both partitions are computed in memory, from the node's evidence.
//! - What is said of the live partition is computed, too; whether it is the node's is checked by its digest.
//! - The examples are drawn by order of node, which is a keyed hash: the same evidence and rules give the same ones.

mod comparison;
mod example;
mod report;
mod whose;
mod words;

use std::path::{Path, PathBuf};

use acquaint_identity::{Memory, Rules};
use acquaint_storage::PartitionDigest;
use anyhow::{Context, anyhow};
use clap::Args;
use data_encoding::HEXLOWER;

use super::evidence::LiveEvidence;
use super::in_memory::{self, infallible};
use crate::connection::Connection;
use crate::exit::Exit;
use crate::output;
use comparison::Comparison;
use example::Examples;
use report::{Agreement, Report};
use whose::Partition;

/// Compare the profiles with those under other rules.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The new rules: what they change of config/identity.toml
    #[arg(long, value_name = "FILE")]
    rules: PathBuf,
    /// Show as many examples of what would change
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(u16).range(0..=1_000))]
    sample: u16,
    #[command(flatten)]
    connection: Connection,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let path = &arguments.rules;
    let cannot_read = || format!("cannot read {}", path.display());
    let text = std::fs::read_to_string(path).with_context(cannot_read)?;
    let live = LiveEvidence::fetch(&arguments.connection.client()?).await?;
    let new = parse(path, &text, &live.rules)?;
    let compute = || report(&live, &new, usize::from(arguments.sample));
    let report = tokio::task::block_in_place(compute)?;
    match arguments.json {
        true => output::print_json(&report)?,
        false => output::print(&report.text())?,
    }
    Ok(Exit::Success)
}

/// The new rules, for the namespaces of the workspace that the live ones are of.
fn parse(path: &Path, text: &str, live: &Rules) -> anyhow::Result<Rules> {
    let namespaces = live.namespaces.iter();
    let namespaces: Vec<(&str, bool)> = namespaces
        .map(|rule| (rule.name.as_str(), rule.exclusive))
        .collect();
    let rules = Rules::parse(text, &namespaces);
    rules.with_context(|| format!("the rules {} are refused", path.display()))
}

fn report(live: &LiveEvidence, new: &Rules, sample: usize) -> anyhow::Result<Report> {
    let (before, after) = both(live, new)?;
    let sides = (
        Partition::of(&before, &live.rules),
        Partition::of(&after, new),
    );
    let comparison = Comparison::of(&sides.0, &sides.1);
    let examples = Examples {
        before: (&before, &live.rules, &sides.0),
        after: (&after, new, &sides.1),
    };
    Ok(Report {
        rules: live.rules.changes_to(new),
        agreement: agreement(live, &before),
        before: examples.summary(&sides.0),
        after: examples.summary(&sides.1),
        merges: comparison.merges_report(),
        splits: comparison.splits_report(),
        moves: comparison.moves_report(),
        examples: examples.draw(&comparison, sample),
    })
}

/// Both partitions, at the same time.
fn both(live: &LiveEvidence, new: &Rules) -> anyhow::Result<(Memory, Memory)> {
    let compute = |rules| in_memory::partition(rules, &live.evidence, &live.facts);
    std::thread::scope(|scope| {
        let after = scope.spawn(|| compute(new));
        let before = compute(&live.rules)?;
        let after = after
            .join()
            .map_err(|_| anyhow!("the computation under the new rules broke off"))?;
        let after = after.context("under the new rules")?;
        Ok((before, after))
    })
}

/// Whether what was computed under the live rules is what the node has.
fn agreement(live: &LiveEvidence, before: &Memory) -> Agreement {
    let computed = infallible(PartitionDigest::of(before)).digest;
    if HEXLOWER.encode(&computed) == live.partition.digest {
        Agreement::Same
    } else if live.partition.pending {
        Agreement::Pending
    } else {
        Agreement::Differs
    }
}

#[cfg(test)]
mod tests;
