//! The `acquaint` program: the one composition root, and a client of the HTTP API for everything else.
//!
//! - `serve` and `demo` start a node; `inspect` opens a store read-only; `generate` and `config check` touch no node. All other
//!   commands send HTTP requests and can do nothing that another client could not.
//! - Results go to standard output, progress and warnings to standard error, so that output can be piped.
//! - What a terminal shows is for people; `--json` is for programs and does not change its form.
//! - The exit code is one of [`Exit`], documented in `acquaint --help` and `docs/operations.md`.

mod arguments;
mod bench_command;
mod card;
mod cluster;
mod config_check;
mod connection;
mod demo;
mod dice;
mod exit;
mod explain;
mod export;
mod facts;
pub mod generate;
mod generate_command;
mod identity;
mod import;
mod input;
mod inspect;
mod logging;
mod lookup;
mod output;
mod reading;
mod serve;
mod timeline;

pub use arguments::Arguments;
pub use exit::Exit;

use arguments::Command;

/// Runs one command to its end.
pub async fn run(arguments: Arguments) -> Exit {
    let outcome = match arguments.command {
        Command::Serve(arguments) => serve::run(arguments).await,
        Command::Demo(arguments) => demo::run(arguments).await,
        Command::Lookup(arguments) => lookup::run(arguments).await,
        Command::Timeline(arguments) => timeline::run(arguments).await,
        Command::Explain(arguments) => explain::run(arguments).await,
        Command::Facts(arguments) => facts::run(arguments).await,
        Command::Identity(arguments) => identity::run(arguments).await,
        Command::Cluster(arguments) => cluster::run(arguments).await,
        Command::Bench(arguments) => bench_command::run(arguments).await,
        Command::Import(arguments) => import::run(arguments).await,
        Command::Export(arguments) => export::run(arguments).await,
        Command::Generate(arguments) => generate_command::run(arguments),
        Command::Inspect(arguments) => inspect::run(arguments),
        Command::Config(arguments) => config_check::run(arguments),
    };
    match outcome {
        Ok(exit) => exit,
        Err(error) => {
            let exit = Exit::of(&error);
            if exit != Exit::Success {
                eprintln!("acquaint: {}", output::causes(&error));
                if let Some(advice) = connection::advice(&error) {
                    eprintln!("acquaint: {advice}");
                }
            }
            exit
        }
    }
}
