//! `acquaint generate`: the sample as a file.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use crate::exit::{Exit, WrongUse};
use crate::generate::{Options, Sample, generate};
use crate::output::{self, grouped};

/// Make a sample.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Customers
    #[arg(long, default_value_t = Options::default().customers)]
    customers: u32,
    /// Distinct messages; duplicates come on top. Without it, 30 for each customer
    #[arg(long)]
    interactions: Option<u32>,
    /// Another seed is another shop
    #[arg(long, default_value_t = Options::default().seed)]
    seed: u64,
    /// File to write, or - for standard output
    #[arg(
        long,
        short,
        visible_alias = "output",
        value_name = "FILE",
        default_value = "-"
    )]
    out: PathBuf,
    /// Also write who was behind each message, as CSV
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let per_customer = Options::default().interactions / Options::default().customers;
    let options = Options {
        customers: arguments.customers,
        interactions: arguments
            .interactions
            .unwrap_or(arguments.customers.saturating_mul(per_customer)),
        seed: arguments.seed,
    };
    options.check().map_err(WrongUse)?;
    let sample = generate(&options);
    if let Some(path) = &arguments.truth {
        let file = create(path)?;
        sample
            .write_truth(file)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    if arguments.out.as_os_str() == "-" {
        sample.write(BufWriter::new(std::io::stdout().lock()))?;
        return Ok(Exit::Success);
    }
    sample
        .write(create(&arguments.out)?)
        .with_context(|| format!("cannot write {}", arguments.out.display()))?;
    summarise(&arguments, &options, &sample)?;
    Ok(Exit::Success)
}

fn create(path: &Path) -> anyhow::Result<BufWriter<File>> {
    let file = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(BufWriter::new(file))
}

fn summarise(arguments: &Arguments, options: &Options, sample: &Sample) -> anyhow::Result<()> {
    if arguments.json {
        return output::print_json(&serde_json::json!({
            "customers": options.customers,
            "interactions": options.interactions,
            "duplicates": sample.duplicates,
            "seed": options.seed,
            "showcase": sample.showcase,
        }));
    }
    let mut text = format!(
        "wrote {} interactions of {} customers and {} duplicates to {}\nload it:  acquaint import {}\nlook up:  {}\n",
        grouped(options.interactions.into()),
        grouped(options.customers.into()),
        grouped(sample.duplicates as u64),
        arguments.out.display(),
        arguments.out.display(),
        sample.showcase.name,
    );
    for key in &sample.showcase.keys {
        text.push_str(&format!("          acquaint lookup '{key}'\n"));
    }
    output::print(&text)?;
    Ok(())
}
