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
//! - A message with an email, a phone or an external id, but no user or anonymous id, gets an anonymous id derived from these.
//! - The order in which batches arrive does not matter, so several are in flight.
//! - Every line ends as accepted, duplicate or rejected; a batch whose outcome is unknown is sent again.
//! - Memory is bounded by the batches in flight.

mod contact_id;
mod csv_mapping;
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
use crate::input::Input;
use crate::output::{self, counted, grouped};
use csv_mapping::{Assignment, Mapping};
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
    /// CSV: what stands between two cells; "\t" or tab for a tab
    #[arg(long, value_name = "CHARACTER", default_value = ",", value_parser = delimiter)]
    delimiter: u8,
    /// Messages in a batch, at most 2,500
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=2_500))]
    batch: u32,
    /// Batches in flight
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=256))]
    in_flight: u32,
    /// How often a batch is sent again when the node is busy or away
    #[arg(long, default_value_t = 10)]
    retries: u32,
    /// Where rejected lines are written, with number and reason; by default in the current
    /// directory, under the file's name with .rejects.ndjson
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
            arguments.delimiter,
            Mapping::new(&arguments.map, &arguments.constants),
        )?,
    };
    let rejects = Rejects::new(
        arguments
            .rejects
            .clone()
            .unwrap_or_else(|| rejects_of(&arguments.file)),
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

/// In the current directory: that of the file may be read-only.
fn rejects_of(path: &std::path::Path) -> PathBuf {
    let name = path
        .file_name()
        .filter(|_| path.as_os_str() != "-")
        .unwrap_or("import".as_ref());
    let mut name = name.to_owned();
    name.push(".rejects.ndjson");
    PathBuf::from(name)
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"\\t" | b"tab" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\r\n".contains(byte) => {
            Ok(*byte)
        }
        _ => Err("one character that is no letter, digit or quote, such as ; or tab".to_owned()),
    }
}

fn report(summary: &Summary, json: bool) -> anyhow::Result<()> {
    if json {
        return output::print_json(summary);
    }
    let mut text = format!(
        "{} in {:.1} s ({} per second): {} accepted, {} duplicate, {} rejected\n",
        counted(summary.lines(), "line"),
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
    }

    #[test]
    fn rejects_are_written_where_the_command_runs() {
        for (file, rejects) in [
            ("x/a.csv", "a.csv.rejects.ndjson"),
            ("/read-only/b.ndjson.gz", "b.ndjson.gz.rejects.ndjson"),
            ("-", "import.rejects.ndjson"),
        ] {
            assert_eq!(rejects_of(Path::new(file)), Path::new(rejects), "{file}");
        }
    }

    #[test]
    fn delimiters_are_single_characters() {
        assert_eq!(delimiter(";"), Ok(b';'));
        assert_eq!(delimiter("tab"), Ok(b'\t'));
        for wrong in ["", ";;", "a", "\"", "\n", "§"] {
            assert!(delimiter(wrong).is_err(), "{wrong:?}");
        }
    }
}
