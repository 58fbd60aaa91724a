//! `acquaint export`: everything, in canonical order.
//!
//! - A file appears under its name only when it is whole: it is written beside it first.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use crate::connection::Connection;
use crate::exit::Exit;
use crate::reading::Reading;

/// Write everything.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    reading: Reading,
    /// File to write; without it, or with -, standard output
    #[arg(
        long,
        short,
        visible_alias = "out",
        value_name = "FILE",
        default_value = "-"
    )]
    output: PathBuf,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let response = arguments
        .connection
        .client()?
        .export(&arguments.reading.into())
        .await?;
    if arguments.output.as_os_str() == "-" {
        copy(response, std::io::stdout().lock()).await?;
        return Ok(Exit::Success);
    }
    let path = arguments.output;
    let mut part = path.clone().into_os_string();
    part.push(".part");
    let part = PathBuf::from(part);
    let file = File::create(&part).with_context(|| format!("cannot write {}", part.display()))?;
    let bytes = copy(response, BufWriter::new(&file)).await?;
    file.sync_all()?;
    std::fs::rename(&part, &path).with_context(|| format!("cannot write {}", path.display()))?;
    eprintln!("wrote {bytes} bytes to {}", path.display());
    Ok(Exit::Success)
}

async fn copy(mut response: reqwest::Response, mut output: impl Write) -> anyhow::Result<u64> {
    let mut bytes = 0;
    while let Some(chunk) = response
        .chunk()
        .await
        .context("the export broke off; run it again")?
    {
        output.write_all(&chunk)?;
        bytes += chunk.len() as u64;
    }
    output.flush()?;
    Ok(bytes)
}
