//! `acquaint inspect`: any key and value of a store, for a person.
//!
//! - The store is opened read-only, also beside a running node; nothing is repaired or written.

use std::ops::ControlFlow;
use std::path::PathBuf;

use acquaint_storage::{Family, Store, StoreOptions, describe};
use anyhow::Context;
use clap::{Args, ValueEnum};

use crate::exit::{Exit, WrongUse};
use crate::output::{self, grouped, harmless};
use crate::serve::ConfigSource;

/// Print keys and values.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    source: ConfigSource,
    /// Directory of the store; overrides `data_dir`
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Only one of the families of keys
    #[arg(long, value_enum)]
    family: Option<FamilyName>,
    /// Only keys whose bytes start so, in hexadecimal
    #[arg(long, value_name = "HEX", default_value = "")]
    prefix: String,
    /// Only keys whose printed form holds this text
    #[arg(long, value_name = "TEXT", default_value = "")]
    contains: String,
    /// Rows to print
    #[arg(long, default_value_t = 100)]
    limit: u64,
    /// Count the rows instead of printing them
    #[arg(long)]
    count: bool,
    /// One JSON object per row
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FamilyName {
    Data,
    Log,
    Meta,
}

impl From<FamilyName> for Family {
    fn from(name: FamilyName) -> Self {
        match name {
            FamilyName::Data => Self::Data,
            FamilyName::Log => Self::Log,
            FamilyName::Meta => Self::Meta,
        }
    }
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let data_dir = match &arguments.data_dir {
        Some(path) => path.clone(),
        None => arguments.source.load(Vec::new())?.data_dir,
    };
    let prefix = data_encoding::HEXLOWER_PERMISSIVE
        .decode(arguments.prefix.as_bytes())
        .map_err(|_| {
            WrongUse(format!(
                "--prefix `{}` is not hexadecimal",
                arguments.prefix
            ))
        })?;
    let store = Store::open(&StoreOptions::new(&data_dir).read_only())
        .with_context(|| format!("cannot open the store in {}", data_dir.display()))?;
    let families = match arguments.family {
        Some(family) => vec![family.into()],
        None => Family::ALL.to_vec(),
    };
    for family in families {
        rows(&store, family, &prefix, &arguments)?;
    }
    Ok(Exit::Success)
}

fn rows(store: &Store, family: Family, prefix: &[u8], arguments: &Arguments) -> anyhow::Result<()> {
    let mut found = 0;
    let mut printed = Ok(());
    store.inspect(family, prefix, |key, value| {
        let (described, row) = describe(family, key, value);
        if !described.contains(&arguments.contains) {
            return ControlFlow::Continue(());
        }
        found += 1;
        if arguments.count {
            return ControlFlow::Continue(());
        }
        if found > arguments.limit {
            return ControlFlow::Break(());
        }
        printed = output::print(&line(family, &described, &row, arguments.json));
        match printed.is_ok() {
            true => ControlFlow::Continue(()),
            false => ControlFlow::Break(()),
        }
    })?;
    printed?;
    if arguments.count {
        output::print(&format!("{:<5} {}\n", family.name(), grouped(found)))?;
    } else if found > arguments.limit {
        eprintln!(
            "{}: stopped after {} rows; --limit takes more",
            family.name(),
            arguments.limit
        );
    }
    Ok(())
}

fn line(family: Family, key: &str, value: &str, json: bool) -> String {
    match json {
        true => {
            let row = serde_json::json!({ "family": family.name(), "key": key, "value": value });
            format!("{row}\n")
        }
        false => format!(
            "{:<5} {}\n      {}\n",
            family.name(),
            harmless(key),
            harmless(value)
        ),
    }
}
