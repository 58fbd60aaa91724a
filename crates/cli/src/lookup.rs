//! `acquaint lookup`: who is this?

use acquaint_api::ProfileQuery;
use clap::Args;

use crate::card;
use crate::connection::Connection;
use crate::exit::Exit;
use crate::output;
use crate::reading::Reading;

/// Look a customer up.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// `namespace:value`, such as email:ada@example.com or phone:+12025550123, or a profile id pf_…
    key: String,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    reading: Reading,
    /// Sections to ask for, separated by commas: identifiers, traits, preferences, consents, seen, channels, events, kinds,
    /// groups, orders, surveys, sentiment, activeDays
    #[arg(long, value_delimiter = ',')]
    fields: Vec<String>,
    /// Where each value comes from and when it was said
    #[arg(long)]
    verbose: bool,
    /// How many of the latest interactions to show, at most 100
    #[arg(long, default_value_t = 10)]
    interactions: usize,
    /// Print the answer of the API
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let query = ProfileQuery {
        fields: arguments.fields,
        verbose: arguments.verbose,
        interactions: arguments.interactions,
        at: arguments.reading.into(),
    };
    let profile = arguments
        .connection
        .client()?
        .profile(&arguments.key, &query)
        .await?;
    if arguments.json {
        output::print_json(&profile)?;
    } else {
        output::print(&card::profile(&profile))?;
    }
    Ok(Exit::Success)
}
