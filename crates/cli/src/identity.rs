//! `acquaint identity`: who is who, as a whole. What is about single identifiers stands in `explain` and `facts`.

mod changes;
mod evidence;
mod in_memory;
mod lines;
#[cfg(test)]
mod made_up;
mod rebuild;
mod rules;
mod score;
mod what_if;

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
    /// Which profile ids became which: merges, splits, new names, each with its cause
    Changes(changes::Arguments),
    /// Derive the evidence about identity again from the stored interactions; safe at any time
    Rebuild(rebuild::Arguments),
    /// Show under which rules the workspace lives, or the rules of an epoch
    Rules(rules::Show),
    /// Build a partition under other rules, beside the one that serves
    Apply(rules::Apply),
    /// Have the partition serve that was built
    Switch(rules::Switch),
    /// Give the partition up that is being built
    Cancel(rules::Cancel),
    /// Build a partition under the rules of an earlier epoch
    RollBack(rules::RollBack),
    /// Compare the profiles with the truth: precision, recall, mixed persons
    Score(score::Arguments),
    /// Say what other rules would do to the profiles, and touch nothing
    WhatIf(what_if::Arguments),
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Exit> {
    match arguments.command {
        Command::Changes(arguments) => changes::run(arguments).await,
        Command::Rebuild(arguments) => rebuild::run(arguments).await,
        Command::Rules(arguments) => rules::show(arguments).await,
        Command::Apply(arguments) => rules::apply(arguments).await,
        Command::Switch(arguments) => rules::switch(arguments).await,
        Command::Cancel(arguments) => rules::cancel(arguments).await,
        Command::RollBack(arguments) => rules::roll_back(arguments).await,
        Command::Score(arguments) => score::run(arguments).await,
        Command::WhatIf(arguments) => what_if::run(arguments).await,
    }
}
