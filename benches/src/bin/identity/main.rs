//! Identity resolution at size: throughput in memory and over RocksDB.
//!
//! - *Memory*: messages of the omnichannel stream (or a generated one, where that is absent),
//!   replicated to as many identifiers as asked for, on one thread. The floor is to look up and put
//!   the same rows in a hash map, each once.
//! - *Group*: the resolver over RocksDB, one batch to a command, without log and network: the
//!   capacity of one identity group. The floor is writing the rows that were decided.
//!
//! `BENCH_IDENTIFIERS` is the largest number of identifiers in memory, `BENCH_STORED` in the store.
//! Single repairs, un-merges and explanations are benchmarks of `make bench-memory`.

mod group;
mod memory;

use acquaint_benches::identity::Stream;
use acquaint_benches::setting;

/// The smallest number of identifiers that is measured.
const IDENTIFIERS_MIN: usize = 100_000;

fn main() {
    let stream = Stream::load();
    let rules = Stream::rules();
    let largest = setting("BENCH_IDENTIFIERS", IDENTIFIERS_MIN);
    memory::bench(&stream, IDENTIFIERS_MIN.min(largest), largest, &rules);
    group::bench(&stream, setting("BENCH_STORED", IDENTIFIERS_MIN), &rules);
}
