//! Who is who: how fast, how large, and what a correction costs.
//!
//! - *Resolve*: messages of the omnichannel stream (or a generated one, where that is absent), replicated to as many
//!   identifiers as asked for, on one thread. A message goes the way of the product: its testimony into the evidence of its
//!   strand; only evidence that changed goes to the resolver, a thousand messages to a command. Its floor is to look up and
//!   put the same rows in a hash map, each once.
//! - *Repair*: a link comes and goes in a profile of so many people's nodes.
//! - *Un-merge*: two halves of a profile of a thousand identifiers are kept apart, and joined again.
//! - *Group*: the resolver over RocksDB, one batch to a command, without log and network: what one identity group can do. Its
//!   floor is writing what was decided.
//!
//! `BENCH_IDENTIFIERS` is the largest number of identifiers in memory, `BENCH_STORED` in the store.

mod group;
mod repair;
mod resolve;
#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "it belongs to the example that scores the sample, which reads more of it"
)]
#[path = "../../../../crates/identity/examples/omnichannel/sample.rs"]
mod sample;
mod stream;
mod unmerge;

use acquaint_benches::setting;
use stream::Stream;

/// The smallest number of identifiers that is measured.
const IDENTIFIERS_MIN: usize = 100_000;

fn main() {
    let stream = Stream::load();
    let rules = Stream::rules();
    let largest = setting("BENCH_IDENTIFIERS", IDENTIFIERS_MIN);
    resolve::bench(&stream, IDENTIFIERS_MIN.min(largest), largest, &rules);
    repair::bench(&rules);
    unmerge::bench(&rules);
    group::bench(&stream, setting("BENCH_STORED", IDENTIFIERS_MIN), &rules);
}
