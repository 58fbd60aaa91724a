//! `acquaint timeline`: what has happened?

use acquaint_api::TimelineQuery;
use clap::Args;

use crate::card;
use crate::connection::Connection;
use crate::exit::{Exit, WrongUse};
use crate::output;
use crate::reading::Reading;

/// What happened with a customer.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// `namespace:value` or a profile id pf_…
    key: String,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    reading: Reading,
    /// Only this channel
    #[arg(long)]
    channel: Option<String>,
    /// Only this event
    #[arg(long)]
    event: Option<String>,
    /// Not before this time, RFC 3339
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Before this time, RFC 3339
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Interactions on a page, at most 1,000
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// The page, as the page before named it
    #[arg(long)]
    page: Option<String>,
    /// All pages, one after the other
    #[arg(long, conflicts_with = "page")]
    all: bool,
    /// One interaction per line, as the API gives them
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    let client = arguments.connection.client()?;
    let page = arguments.page.as_deref().map(str::parse).transpose();
    let mut query = TimelineQuery {
        channel: arguments.channel,
        event: arguments.event,
        from: arguments.from,
        to: arguments.to,
        limit: Some(arguments.limit),
        page: page.map_err(|error| WrongUse(format!("--page: {error}")))?,
        at: arguments.reading.into(),
    };
    let mut shown = false;
    loop {
        let page = client.timeline(&arguments.key, &query).await?;
        shown |= !page.interactions.is_empty();
        for interaction in &page.interactions {
            let line = match arguments.json {
                true => serde_json::to_string(interaction)?,
                false => card::interaction(interaction),
            };
            output::print(&format!("{line}\n"))?;
        }
        match page.next {
            None => {
                if !shown {
                    eprintln!("no interaction matches");
                }
                return Ok(Exit::Success);
            }
            Some(next) if !arguments.all => {
                eprintln!("there is more: --page {next}, or --all");
                return Ok(Exit::Success);
            }
            Some(next) => query.page = Some(next),
        }
    }
}
