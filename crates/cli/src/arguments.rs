//! The commands, as the shell sees them.

use clap::{Parser, Subcommand};

use crate::{
    bench_command, cluster, config_check, demo, exit, explain, export, facts, generate_command,
    identity, import, inspect, lookup, serve, timeline,
};

/// Acquaint: a customer-360 profile store. Interactions from every channel go in; anybody is looked up by any identifier.
#[derive(Debug, Parser)]
#[command(name = "acquaint", version, after_help = exit::HELP, max_term_width = 110)]
pub struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a node and serve the HTTP API until Ctrl-C or SIGTERM
    Serve(serve::Arguments),
    /// Show everything at once: a node on loopback, a made-up sample, one customer by several identifiers
    Demo(demo::Arguments),
    /// Look a customer up by any identifier
    Lookup(lookup::Arguments),
    /// What happened with a customer, latest first
    Timeline(timeline::Arguments),
    /// Why two identifiers are one customer, or are not
    Explain(explain::Arguments),
    /// List, state and undo operator facts about identity
    Facts(facts::Arguments),
    /// Who is who as a whole: rebuild it, score it against the truth
    Identity(identity::Arguments),
    /// Form a cluster, change its members, look at it
    Cluster(cluster::Arguments),
    /// Load interactions from NDJSON or CSV; safe to run twice
    Import(import::Arguments),
    /// Write everything as NDJSON in canonical order
    Export(export::Arguments),
    /// Put load on a node or a cluster and measure rates and latencies
    Bench(bench_command::Arguments),
    /// Make a sample of a made-up shop with its customers
    Generate(generate_command::Arguments),
    /// Print keys and values of a store, which is opened read-only
    Inspect(inspect::Arguments),
    /// Check a configuration
    Config(config_check::Arguments),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_commands_are_consistent() {
        super::Arguments::command().debug_assert();
    }
}
