//! The benchmark set: a node, its floors and its peers under the same load, in the same run.
//!
//! ```text
//! bench full  [--before FILE]   all rows ─► docs/benchmarks.md, docs/pictures/, JSON
//! bench quick                   six ratios ─► standard output, benches/history.ndjson
//! bench report [--before FILE]  the JSON of an earlier `full` ─► docs/benchmarks.md again
//! ```
//!
//! - Contenders of a row take turns within a round, so that a drift of the machine meets all.
//!   A ratio is the median of the ratios of the rounds.
//! - A peer that is not installed makes its ratios empty, with the reason, and nothing else.
//! - `ACQUAINT_BIN` names another binary to measure; variables that begin with `ACQUAINT_TEST_`
//!   are passed on to it. `BENCH_PROFILES`, `BENCH_SECONDS` (may be a fraction) and `BENCH_ROUNDS`
//!   set the size, `BENCH_COMMIT` the commit of another binary.

mod cluster;
mod contender;
mod full;
mod history;
mod identity;
mod ingests;
mod lookups;
mod machine;
mod markdown;
mod node;
mod options;
mod peers;
mod pictures;
mod prose;
mod quick;
mod results;
mod store;

use std::process::ExitCode;

use acquaint_benches::floor_server_if_asked;

use options::{Mode, Options};

#[tokio::main]
async fn main() -> ExitCode {
    floor_server_if_asked().await;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match Options::parse(&arguments) {
        Ok(options) => match options.mode {
            Mode::Full => full::run(&options).await,
            Mode::Quick => quick::run(&options).await,
            Mode::Report => full::render_again(&options),
        },
        Err(reason) => Err(reason),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("bench: {reason}");
            ExitCode::FAILURE
        }
    }
}
