//! `acquaint identity`: who is who, as a whole. What is about single identifiers stands in `explain` and `facts`.

mod evidence;
mod lines;
mod rebuild;
mod score;

use clap::{Args, Subcommand};

use crate::exit::Exit;

/// Identity as a whole.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Derive the evidence about identity again from the stored interactions; safe at any time
    Rebuild(rebuild::Arguments),
    /// Compare the profiles with the truth: precision, recall, mixed persons
    Score(score::Arguments),
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    match arguments.command {
        Command::Rebuild(arguments) => rebuild::run(arguments).await,
        Command::Score(arguments) => score::run(arguments).await,
    }
}
