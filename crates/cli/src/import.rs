//! `acquaint import`: interactions from a file, safe to run twice.
//!
//! ```text
//! file ─► gunzip ─► lines ─► batches ─┬─► POST /v1/batch ─┐
//!                     │               ├─► POST /v1/batch ─┼─► verdicts ─► summary
//!                     │               └─► …               │
//!                     └───────────── rejects ─────────────┴─► rejects file
//! ```
//!
//! - A message without an id gets one derived from its line, so a second run, or a resumed one, adds nothing.
//! - The order in which batches arrive does not matter, so several are in flight.
//! - Every line ends as accepted, duplicate or rejected; a batch whose outcome is unknown is sent again.
//! - Memory is bounded by the batches in flight.

mod csv_mapping;
mod input;
mod lines;
mod message_id;
mod progress;
mod rejects;
mod sender;

use std::path::PathBuf;

use acquaint_api::ClientError;
use anyhow::Context;
use clap::{Args, ValueEnum};

use crate::connection::Connection;
use crate::exit::{Exit, WrongUse};
use crate::output::{self, grouped};
use csv_mapping::{Assignment, Mapping};
use input::Input;
use lines::Lines;

pub(crate) use lines::Entry;
pub(crate) use progress::Progress;
pub(crate) use rejects::Rejects;
pub(crate) use sender::{Options, Summary, load};

/// Load interactions.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// File to load, NDJSON or CSV, gzip or not; - for standard input
    file: PathBuf,
    #[command(flatten)]
    connection: Connection,
    /// Form of the file; by default CSV if its name says so, else NDJSON
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// CSV: what a column is, such as "Customer No=userId", "Mail=traits.email", "Card=id.loyalty_id",
    /// "Total=properties.revenue:number", or "Notes=-" to leave it out; may be repeated
    #[arg(long = "map", value_name = "COLUMN=TARGET", value_parser = Assignment::of_column)]
    map: Vec<Assignment>,
    /// CSV: a member that is the same for all rows, such as type=track or "event=Order Completed"; may be repeated
    #[arg(long = "constant", value_name = "TARGET=VALUE", value_parser = Assignment::of_constant)]
    constants: Vec<Assignment>,
    /// Messages in a batch, at most 2,500
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=2_500))]
    batch: u32,
    /// Batches in flight
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=256))]
    in_flight: u32,
    /// How often a batch is sent again when the node is busy or away
    #[arg(long, default_value_t = 10)]
    retries: u32,
    /// Where rejected lines are written, with number and reason; by default the file's name with .rejects.ndjson
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One JSON object per line, in the form of the tracking API
    Ndjson,
    /// Rows with a header
    Csv,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let client = arguments.connection.client()?;
    let format = arguments
        .format
        .unwrap_or_else(|| format_of(&arguments.file));
    if format == Format::Ndjson && !(arguments.map.is_empty() && arguments.constants.is_empty()) {
        let message = "--map and --constant are for CSV; is --format csv missing?";
        return Err(WrongUse(message.to_owned()).into());
    }
    // A node that is not there at all is better said at once than after all retries.
    if let Err(error @ ClientError::Connection { .. }) = client.ready().await {
        return Err(error.into());
    }
    let input = Input::open(&arguments.file)
        .with_context(|| format!("cannot read {}", arguments.file.display()))?;
    let progress = Progress::of_bytes(input.bytes_total, input.bytes_read.clone());
    let lines = match format {
        Format::Ndjson => Lines::ndjson(input.reader),
        Format::Csv => Lines::csv(
            input.reader,
            Mapping::new(&arguments.map, &arguments.constants),
        )?,
    };
    let rejects = Rejects::new(
        arguments
            .rejects
            .clone()
            .unwrap_or_else(|| beside(&arguments.file)),
    );
    let options = Options {
        batch_messages_max: arguments.batch as usize,
        batches_in_flight_max: arguments.in_flight as usize,
        retries_max: arguments.retries,
    };
    let summary = load(&client, lines, &options, progress, rejects).await?;
    report(&summary, arguments.json)?;
    Ok(match summary.rejected {
        0 => Exit::Success,
        _ => Exit::Rejected,
    })
}

fn format_of(path: &std::path::Path) -> Format {
    let name = path.to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    match name.ends_with(".csv") {
        true => Format::Csv,
        false => Format::Ndjson,
    }
}

fn beside(path: &std::path::Path) -> PathBuf {
    if path.as_os_str() == "-" {
        return PathBuf::from("import.rejects.ndjson");
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".rejects.ndjson");
    PathBuf::from(name)
}

fn report(summary: &Summary, json: bool) -> anyhow::Result<()> {
    if json {
        return output::print_json(summary);
    }
    let mut text = format!(
        "{} lines in {:.1} s ({} per second): {} accepted, {} duplicate, {} rejected\n",
        grouped(summary.lines()),
        summary.seconds,
        grouped(summary.per_second()),
        grouped(summary.accepted),
        grouped(summary.duplicate),
        grouped(summary.rejected),
    );
    if let Some(path) = &summary.rejects_file {
        text.push_str(&format!(
            "the rejected lines, with reasons, are in {}\n",
            path.display()
        ));
    }
    output::print(&text)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_name_says_the_format() {
        for (name, format) in [
            ("a.csv", Format::Csv),
            ("a.CSV.gz", Format::Csv),
            ("a.ndjson.gz", Format::Ndjson),
            ("-", Format::Ndjson),
        ] {
            assert_eq!(format_of(Path::new(name)), format, "{name}");
        }
        assert_eq!(
            beside(Path::new("x/a.csv")),
            Path::new("x/a.csv.rejects.ndjson")
        );
    }
}
