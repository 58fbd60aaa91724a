//! `acquaint cluster join`: from an empty data directory to a voter, in one command.
//!
//! ```text
//! new node            member
//!    │── addresses ──────►│  admitted: it has a number
//!    │◄─ admission ───────│
//!    │                    │  learner: every group sends it everything
//!    │◄─ snapshots, log ──│
//!    │                    │  voter, once it has caught up
//! ```
//!
//! - It can be broken off and run again: it goes on where it was.

use std::fmt;
use std::time::{Duration, Instant};

use acquaint_api::cluster::{AdmitBody, ClusterBody, NodeBody, NodeRole};
use acquaint_api::{Client, ClientError, ErrorCode};
use anyhow::{Context, bail};
use clap::Args;

use super::form::{POLL, until_ready};
use crate::connection::Connection;
use crate::exit::Exit;
use crate::output::{self, grouped};

/// How long the cluster may take for one change before this gives up.
const CHANGED_WITHIN: Duration = Duration::from_secs(120);
/// Between two lines about the progress.
const TELL_EVERY: Duration = Duration::from_secs(2);

#[derive(Debug, Args)]
pub(super) struct Join {
    /// Address of a member of the cluster
    #[arg(long, value_name = "URL")]
    member: String,
    /// Leave it a learner, which has everything and does not vote
    #[arg(long)]
    learner: bool,
    /// The node that joins
    #[command(flatten)]
    connection: Connection,
}

pub(super) async fn join(arguments: Join) -> anyhow::Result<Exit> {
    let joining = Joining {
        new: arguments.connection.client()?,
        member: arguments.connection.client_of(&arguments.member)?,
    };
    let number = joining.number().await?;
    joining.add(number).await?;
    joining.catch_up(number, arguments.learner).await?;
    until_ready(&joining.new).await?;
    let (new, role) = match arguments.learner {
        true => (joining.new.address(), "is a learner and has caught up"),
        false => (joining.new.address(), "votes in every group"),
    };
    output::print(&format!("node {number} at {new} {role}\n"))?;
    Ok(Exit::Success)
}

/// The two nodes that take part.
struct Joining {
    new: Client,
    member: Client,
}

impl Joining {
    /// The number of the new node: the one that it has, or one that it is given now.
    async fn number(&self) -> anyhow::Result<u64> {
        let new = self.new.cluster().await.context("the new node")?;
        let cluster = self.member.cluster().await.context("the member")?;
        if !cluster.formed {
            bail!(
                "the node at {} belongs to no cluster itself; `acquaint cluster init --url {0}` forms one",
                self.member.address()
            );
        }
        if new.formed {
            return self.number_of_member(&new, &cluster);
        }
        let (Some(peer_address), Some(http_address)) = (new.peer_address, new.http_address) else {
            bail!(
                "the node at {} does not say where other nodes reach it: set cluster.peer_listen, and \
                 cluster.peer_address and cluster.http_address where they differ from it",
                self.new.address()
            );
        };
        let address = AdmitBody {
            peer_address,
            http_address,
        };
        let admission = self.member.admit_node(&address).await?;
        let number = admission.node;
        eprintln!("admitted as node {number} of cluster {}", admission.cluster);
        self.new.join_cluster(&admission).await?;
        Ok(number)
    }

    fn number_of_member(&self, new: &ClusterBody, cluster: &ClusterBody) -> anyhow::Result<u64> {
        if new.cluster != cluster.cluster {
            bail!(
                "the node at {} belongs to another cluster; to make it a member of this one, give it an empty data directory",
                self.new.address()
            );
        }
        let number = new.node.context("the new node does not say its number")?;
        if !cluster.nodes.iter().any(|node| node.node == number) {
            bail!(
                "node {number} was removed from the cluster, and numbers are never used again: give it an empty data directory"
            );
        }
        eprintln!("it is node {number} of the cluster already; going on");
        Ok(number)
    }

    /// Has every group send it everything.
    async fn add(&self, number: u64) -> anyhow::Result<()> {
        if self.seen(number).await?.role != NodeRole::Admitted {
            return Ok(());
        }
        let begun = Instant::now();
        loop {
            match self.member.add_learner(number).await {
                Ok(()) => return Ok(()),
                Err(error) if may_pass(&error) && begun.elapsed() < CHANGED_WITHIN => {
                    eprintln!("not yet: {error}");
                    tokio::time::sleep(TELL_EVERY).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Waits until it has what the leaders have, and gives it its vote.
    async fn catch_up(&self, number: u64, stays_learner: bool) -> anyhow::Result<()> {
        let mut told = Instant::now();
        let mut caught_up_since = None;
        loop {
            let node = self.seen(number).await?;
            let has = self.applied().await?;
            let caught_up = node.caught_up.unwrap_or(has.is_some_and(Applied::is_all));
            if node.role == NodeRole::Voter || (stays_learner && caught_up) {
                return Ok(());
            }
            if caught_up {
                let since = *caught_up_since.get_or_insert_with(Instant::now);
                match self.member.promote_node(number).await {
                    Ok(()) => return Ok(()),
                    Err(error) if may_pass(&error) && since.elapsed() < CHANGED_WITHIN => {}
                    Err(error) => return Err(error.into()),
                }
            }
            if told.elapsed() > TELL_EVERY {
                told = Instant::now();
                match has {
                    Some(has) => eprintln!("node {number} catches up: {has}"),
                    None => eprintln!("node {number} does not answer yet"),
                }
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// The new node as the member sees it.
    async fn seen(&self, number: u64) -> anyhow::Result<NodeBody> {
        let nodes = self.member.cluster().await?.nodes;
        let node = nodes.into_iter().find(|node| node.node == number);
        node.with_context(|| format!("node {number} is no member any more"))
    }

    /// How much of what the member has applied the new node has applied too; nothing while it does not answer.
    async fn applied(&self) -> anyhow::Result<Option<Applied>> {
        let member = self.member.cluster().await?;
        let Ok(new) = self.new.cluster().await else {
            return Ok(None);
        };
        let mut applied = Applied { has: 0, of: 0 };
        for replica in &member.groups {
            let of = replica.applied.unwrap_or_default();
            let own = new.groups.iter().find(|own| own.group == replica.group);
            let has = own.and_then(|own| own.applied).unwrap_or_default();
            applied.has += has.min(of);
            applied.of += of;
        }
        Ok(Some(applied))
    }
}

/// Entries that a node has applied, of those that another one has.
#[derive(Clone, Copy)]
struct Applied {
    has: u64,
    of: u64,
}

impl Applied {
    fn is_all(self) -> bool {
        self.has == self.of
    }
}

impl fmt::Display for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} entries", grouped(self.has), grouped(self.of))
    }
}

/// Whether waiting may help: the cluster is busy with another change, or the node is not there yet.
fn may_pass(error: &ClientError) -> bool {
    error.is_retryable() || error.code() == Some(ErrorCode::ClusterConflict)
}
