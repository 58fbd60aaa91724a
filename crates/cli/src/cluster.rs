//! `acquaint cluster`: form a cluster, change its members, look at it.
//!
//! ```text
//! serve ─► init ─► (serve, join)… ─► status, transfer-leader, drain, compare ─► remove
//! ```

mod columns;
mod form;
mod join;
mod members;
mod states;
mod status;

use clap::{Args, Subcommand};

use crate::exit::Exit;

/// The cluster as a whole.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Form a cluster of one node, which others then join
    Init(form::Init),
    /// Make the new node at --url a member of the cluster that --member belongs to
    Join(join::Join),
    /// Show the nodes and the groups as one node sees them
    Status(status::Status),
    /// Send everything to a node that was admitted, without a vote
    AddLearner(members::OfNode),
    /// Give a learner that has caught up its vote
    Promote(members::OfNode),
    /// Take a node out of the cluster for ever
    Remove(members::OfNode),
    /// Have a node lead a group
    TransferLeader(members::TransferLeader),
    /// Have a node lead nothing, before it is stopped; --off afterwards
    Drain(members::Drain),
    /// Compare the states of all replicas, group by group
    Compare(states::Compare),
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    match arguments.command {
        Command::Init(arguments) => form::init(arguments).await,
        Command::Join(arguments) => join::join(arguments).await,
        Command::Status(arguments) => status::status(arguments).await,
        Command::AddLearner(arguments) => members::add_learner(arguments).await,
        Command::Promote(arguments) => members::promote(arguments).await,
        Command::Remove(arguments) => members::remove(arguments).await,
        Command::TransferLeader(arguments) => members::transfer_leader(arguments).await,
        Command::Drain(arguments) => members::drain(arguments).await,
        Command::Compare(arguments) => states::compare(arguments).await,
    }
}
