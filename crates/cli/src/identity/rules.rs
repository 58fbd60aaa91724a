//! `acquaint identity rules`, `apply`, `switch`, `cancel`, `roll-back`: the rules of identity and how others come into force.
//!
//! ```text
//! what-if ─► apply ─► (built by the node, while the old ones serve) ─► switch ─► … ─► roll-back, switch
//! ```

use std::path::PathBuf;
use std::time::Duration;

use acquaint_api::profiles::{BuildingBody, EpochBody, RulesBody, RulesRequest};
use acquaint_api::{Client, ErrorCode};
use anyhow::Context;
use clap::Args;

use crate::connection::Connection;
use crate::exit::Exit;
use crate::output::{self, harmless};

/// Times that a switch is tried once it is built.
const SWITCHES_MAX: u32 = 120;
/// Between two questions how far it is.
const POLL: Duration = Duration::from_millis(500);

#[derive(Debug, Args)]
pub(super) struct Show {
    /// Print the rules of this epoch as they were given, `serving` for those in force
    #[arg(long, value_name = "EPOCH")]
    text: Option<String>,
    /// Print the answer of the API
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

/// Who changes the rules, and whether to wait.
#[derive(Debug, Args)]
struct Change {
    /// Who wants it
    #[arg(long, default_value = "cli")]
    author: String,
    /// Why
    #[arg(long, default_value = "applied on the command line")]
    reason: String,
    /// Wait until it is built, and switch to it
    #[arg(long)]
    switch: bool,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Args)]
pub(super) struct Apply {
    /// The file of the rules; what it leaves out is as in the standard rules
    #[arg(long, value_name = "FILE")]
    rules: PathBuf,
    #[command(flatten)]
    change: Change,
}

#[derive(Debug, Args)]
pub(super) struct Switch {
    /// The epoch; the one that is being built if none is named
    epoch: Option<u32>,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Args)]
pub(super) struct Cancel {
    /// The epoch; the one that is being built if none is named
    epoch: Option<u32>,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Args)]
pub(super) struct RollBack {
    /// The epoch whose rules are wanted; the last one before those that serve if none is named
    epoch: Option<u32>,
    #[command(flatten)]
    change: Change,
}

pub(super) async fn show(arguments: Show) -> anyhow::Result<Exit> {
    let client = arguments.connection.client()?;
    let Some(text) = arguments.text else {
        let rules = client.rules().await?;
        match arguments.json {
            true => output::print_json(&rules)?,
            false => output::print(&table(&rules))?,
        }
        return Ok(Exit::Success);
    };
    let epoch = match text.as_str() {
        "serving" => client.rules().await?.serving.epoch,
        number => number
            .parse()
            .context("--text wants the number of an epoch, or `serving`")?,
    };
    let rules = client.rules_text(epoch).await?;
    match arguments.json {
        true => output::print_json(&rules)?,
        false => output::print(&rules.rules)?,
    }
    Ok(Exit::Success)
}

pub(super) async fn apply(arguments: Apply) -> anyhow::Result<Exit> {
    let path = &arguments.rules;
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    build(arguments.change, Some(text), None).await
}

pub(super) async fn roll_back(arguments: RollBack) -> anyhow::Result<Exit> {
    let epoch = match arguments.epoch {
        Some(epoch) => epoch,
        None => {
            let rules = arguments.change.connection.client()?.rules().await?;
            let earlier = rules.earlier.first();
            earlier
                .context("there are no earlier rules to go back to")?
                .epoch
        }
    };
    build(arguments.change, None, Some(epoch)).await
}

async fn build(change: Change, rules: Option<String>, epoch: Option<u32>) -> anyhow::Result<Exit> {
    let client = change.connection.client()?;
    let request = RulesRequest {
        rules,
        epoch,
        author: change.author,
        reason: change.reason,
    };
    wait_until_gone(&client).await?;
    let building = client.build_rules(&request).await?;
    let epoch = building.epoch;
    if !change.switch {
        output::print(&format!(
            "epoch {epoch} is being built; `acquaint identity rules` says how far it is, `acquaint identity switch {epoch}` puts \
             it into force\n"
        ))?;
        return Ok(Exit::Success);
    }
    // What comes in meanwhile can put work off again: then it is ready a little later.
    for _ in 0..SWITCHES_MAX {
        wait(&client, epoch).await?;
        match client.switch_rules(epoch).await {
            Err(error) if error.code() == Some(ErrorCode::RulesConflict) => {
                tokio::time::sleep(POLL).await;
            }
            switched => return switched_to(epoch, &switched?),
        }
    }
    anyhow::bail!(
        "epoch {epoch} is built, and was never done when it was to be switched to; try `acquaint identity switch {epoch}`"
    )
}

/// Waits until the rows of an epoch that served before are removed: the next one is built after that.
async fn wait_until_gone(client: &Client) -> anyhow::Result<()> {
    while let Some(epoch) = client.rules().await?.leaving {
        eprintln!("the rows of epoch {epoch} are still being removed");
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}

/// Waits until an epoch is built.
async fn wait(client: &Client, epoch: u32) -> anyhow::Result<()> {
    loop {
        match client.rules().await?.building {
            Some(building) if building.rules.epoch == epoch && building.ready => return Ok(()),
            Some(building) if building.rules.epoch == epoch => {
                eprintln!("{}", progress(&building));
            }
            _ => anyhow::bail!(
                "epoch {epoch} is being built no longer: somebody else switched or cancelled it"
            ),
        }
        tokio::time::sleep(POLL).await;
    }
}

pub(super) async fn switch(arguments: Switch) -> anyhow::Result<Exit> {
    let client = arguments.connection.client()?;
    let epoch = named_or_building(&client, arguments.epoch).await?;
    let rules = client.switch_rules(epoch).await?;
    switched_to(epoch, &rules)
}

fn switched_to(epoch: u32, rules: &RulesBody) -> anyhow::Result<Exit> {
    let mut text = format!("epoch {epoch} serves\n");
    if let Some(leaving) = rules.leaving {
        text.push_str(&format!(
            "the rows of epoch {leaving} are being removed in the background\n"
        ));
    }
    output::print(&text)?;
    Ok(Exit::Success)
}

pub(super) async fn cancel(arguments: Cancel) -> anyhow::Result<Exit> {
    let client = arguments.connection.client()?;
    let epoch = named_or_building(&client, arguments.epoch).await?;
    client.cancel_rules(epoch).await?;
    output::print(&format!("epoch {epoch} is built no longer\n"))?;
    Ok(Exit::Success)
}

async fn named_or_building(client: &Client, named: Option<u32>) -> anyhow::Result<u32> {
    match named {
        Some(epoch) => Ok(epoch),
        None => {
            let building = client.rules().await?.building;
            Ok(building.context("no rules are being built")?.rules.epoch)
        }
    }
}

fn table(rules: &RulesBody) -> String {
    let mut text = format!("serving   {}\n", line(&rules.serving));
    if let Some(building) = &rules.building {
        text.push_str(&format!("building  {}\n", line(&building.rules)));
        text.push_str(&format!("          {}\n", progress(building)));
    }
    if let Some(epoch) = rules.leaving {
        text.push_str(&format!("leaving   {epoch}: its rows are being removed\n"));
    }
    for epoch in &rules.earlier {
        text.push_str(&format!("earlier   {}\n", line(epoch)));
    }
    text
}

fn line(epoch: &EpochBody) -> String {
    format!(
        "{}  {}  {}: {}",
        epoch.epoch,
        epoch.time,
        harmless(&epoch.author),
        harmless(&epoch.reason)
    )
}

fn progress(building: &BuildingBody) -> String {
    if building.ready {
        return "ready to serve".to_owned();
    }
    let (whole, part) = (building.per_mille / 10, building.per_mille % 10);
    format!("{whole}.{part} % of the evidence is worked in")
}
