//! `acquaint cluster add-learner`, `promote`, `remove`, `transfer-leader`, `drain`: one change each.

use std::time::{Duration, Instant};

use acquaint_api::Client;
use anyhow::bail;
use clap::Args;

use super::form::POLL;
use crate::connection::Connection;
use crate::exit::Exit;
use crate::output::{self, counted};

/// How long a node may take to give away what it leads.
const DRAINED_WITHIN: Duration = Duration::from_secs(60);

#[derive(Debug, Args)]
pub(super) struct OfNode {
    /// The number of the node, as `status` shows it
    node: u64,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Args)]
pub(super) struct TransferLeader {
    /// The group: registry, identity-0, anchors-3
    group: String,
    /// The number of the node that shall lead it
    node: u64,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Args)]
pub(super) struct Drain {
    /// The number of the node, as `status` shows it
    node: u64,
    /// It is back, and may lead again
    #[arg(long)]
    off: bool,
    #[command(flatten)]
    connection: Connection,
}

pub(super) async fn add_learner(arguments: OfNode) -> anyhow::Result<Exit> {
    let node = arguments.node;
    arguments.connection.client()?.add_learner(node).await?;
    output::print(&format!(
        "node {node} gets everything from now on; once `acquaint cluster status` says that it has caught up, \
         `acquaint cluster promote {node}` gives it its vote\n"
    ))?;
    Ok(Exit::Success)
}

pub(super) async fn promote(arguments: OfNode) -> anyhow::Result<Exit> {
    let node = arguments.node;
    arguments.connection.client()?.promote_node(node).await?;
    output::print(&format!("node {node} votes in every group\n"))?;
    Ok(Exit::Success)
}

pub(super) async fn remove(arguments: OfNode) -> anyhow::Result<Exit> {
    let node = arguments.node;
    arguments.connection.client()?.remove_node(node).await?;
    output::print(&format!(
        "node {node} is no member any more, and its number is never used again; stop it where it still runs. To have \
         the machine back, give it an empty data directory, and join it as a new node\n"
    ))?;
    Ok(Exit::Success)
}

pub(super) async fn transfer_leader(arguments: TransferLeader) -> anyhow::Result<Exit> {
    let (group, node) = (&arguments.group, arguments.node);
    let client = arguments.connection.client()?;
    client.transfer_leader(group, node).await?;
    output::print(&format!("node {node} leads {group}\n"))?;
    Ok(Exit::Success)
}

pub(super) async fn drain(arguments: Drain) -> anyhow::Result<Exit> {
    let node = arguments.node;
    let client = arguments.connection.client()?;
    client.drain_node(node, !arguments.off).await?;
    if arguments.off {
        output::print(&format!("node {node} may lead again\n"))?;
        return Ok(Exit::Success);
    }
    until_it_leads_nothing(&client, node).await?;
    output::print(&format!(
        "node {node} leads no group; stop it, start it, and then say `acquaint cluster drain {node} --off`\n"
    ))?;
    Ok(Exit::Success)
}

async fn until_it_leads_nothing(client: &Client, number: u64) -> anyhow::Result<()> {
    let begun = Instant::now();
    let mut told = 0;
    loop {
        let nodes = client.cluster().await?.nodes;
        let Some(node) = nodes.into_iter().find(|node| node.node == number) else {
            bail!("node {number} is no member any more");
        };
        if node.leads == 0 {
            return Ok(());
        }
        let leads = counted(node.leads.into(), "group");
        if begun.elapsed() > DRAINED_WITHIN {
            bail!(
                "node {number} still leads {leads} after {} s; are the other nodes well? `acquaint cluster status` says",
                DRAINED_WITHIN.as_secs()
            );
        }
        if told != node.leads {
            told = node.leads;
            eprintln!("node {number} still leads {leads}");
        }
        tokio::time::sleep(POLL).await;
    }
}
