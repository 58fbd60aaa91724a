//! `acquaint cluster init`, and how long a node may take to get ready.

use std::time::{Duration, Instant};

use acquaint_api::Client;
use acquaint_api::cluster::ClusterBody;
use anyhow::bail;
use clap::Args;

use crate::connection::Connection;
use crate::exit::Exit;
use crate::output;

/// How long a node may take to get ready after it was given its place.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// Between two questions.
pub(super) const POLL: Duration = Duration::from_millis(500);

#[derive(Debug, Args)]
pub(super) struct Init {
    #[command(flatten)]
    connection: Connection,
}

pub(super) async fn init(arguments: Init) -> anyhow::Result<Exit> {
    let client = arguments.connection.client()?;
    client.form_cluster().await?;
    let formed = until_ready(&client).await?;
    let cluster = formed.cluster.as_deref().unwrap_or("?");
    let node = formed.node.unwrap_or_default();
    output::print(&format!(
        "cluster {cluster} is formed, and node {node} serves at {address}\n\
         next: start the other nodes, and make each a member with\n  \
         acquaint cluster join --url http://<new node> --member {address}\n",
        address = client.address(),
    ))?;
    Ok(Exit::Success)
}

/// Waits until a node that belongs to a cluster takes requests.
pub(super) async fn until_ready(client: &Client) -> anyhow::Result<ClusterBody> {
    let begun = Instant::now();
    loop {
        let seen = client.cluster().await;
        match seen {
            Ok(body) if body.formed && body.ready => return Ok(body),
            Err(error) if !error.is_retryable() => return Err(error.into()),
            _ if begun.elapsed() < READY_WITHIN => tokio::time::sleep(POLL).await,
            Ok(body) => bail!(
                "the node at {} was not ready after {} s: {}; look at its log",
                client.address(),
                READY_WITHIN.as_secs(),
                output::harmless(&body.problems.join("; "))
            ),
            Err(error) => return Err(error.into()),
        }
    }
}
