//! The words of the report.

use crate::results::Part;

/// The begin of the report.
pub(crate) const OPENING: &str = "\
# Benchmarks

Written by `make bench`; every number is from one run on one machine. `make bench-quick` prints the first ratios in a few minutes
and appends them to `benches/history.ndjson`. [operations.md](operations.md#measuring) explains how to measure a store of your own.

- **A ratio compares two contenders in the same round**: they take turns, round by round, so that a drift of the machine meets both. A
  cell shows the median of the ratios of all rounds, with the lowest and the highest in brackets.
- **Rates** are medians of the rounds, with the lowest and the highest. Latencies are medians of each round's quantile.
- **Load generator, node and peers share the cores** of the machine, for every contender alike.
- **Closed loop** unless a table says otherwise: each connection sends its next request after the answer.
";

/// The end of the report.
pub(crate) const READING: &str = "
## Reading the ratios

| ratio | meaning | disturbed by |
|---|---|---|
| lookup / constant bytes | share of the speed of an HTTP server that computes nothing (axum, the same answer length); 1 is the limit of HTTP on this machine with this client | other load on the cores: the floor needs fewer of them, so a busy machine moves the ratio towards 1 |
| lookup / Redis GET | a cache that someone else keeps up to date; another protocol, no HTTP | as above |
| lookup / PostgreSQL join | one prepared statement: identifier, profile as JSONB, all identifiers | PostgreSQL has a process for each connection; more connections cost it more |
| mid-conversation / constant bytes | lookups right after a write of the same customer; only the lookups are timed, all connections at the same time | background work after the writes |
| ingest / PostgreSQL resolve-and-merge | durable ingest with identity, one prepared statement for each batch; PostgreSQL does less: no rules, no way back, no sources of traits | the latency of fdatasync, which both wait for; checkpoints and compactions |
| ingest / PostgreSQL insert-only | the price of identity and profiles over storing messages | as above |
| one client / fdatasync | the share of a message's time that is one sync of the disk | a disk with a cache that survives power loss syncs in microseconds and moves the ratio down |
| three nodes / etcd put | single messages with identity beside bare puts of 400 bytes; both on a majority of three disks, which here is one disk | six processes on the same cores; one disk syncs for all |
| identity / hash map | the resolver in memory beside a hash map that takes the same rows once | size of the processor's caches |

Bytes of a message are those of the workload, not of a customer's real messages. A small population fits into caches; the row with a cache of
8 MiB reads through the file system's cache, which is warm.
";

/// Tables in their order, with a note each.
pub(crate) const PARTS: [(Part, &str, &str); 7] = [
    (
        Part::Lookups,
        "Lookups",
        "A customer has three identifiers and four interactions, a customer of a conversation nine anchors and 24 interactions.",
    ),
    (
        Part::Ingest,
        "Ingest",
        "Each answer means that the message is on disk, and that identity and lookups have it. A request carries one batch.",
    ),
    (
        Part::Mixed,
        "Mixed load",
        "Lookups of all customers and single messages about them on the same connections.",
    ),
    (
        Part::Rates,
        "At a fixed rate",
        "Open loop: latency counts from the intended start, so that a stall is charged to every request that it delays. \
         Connections of the generator that are themselves woken more than 2 ms late count that, too.",
    ),
    (
        Part::Cluster,
        "Three nodes",
        "Three processes on this machine, which share its cores and its disk; connections are spread over the nodes.",
    ),
    (
        Part::Identity,
        "Identity",
        "The identity engine alone, in memory and on one thread.",
    ),
    (
        Part::Floors,
        "Floors of the machine",
        "The least that a durable store has to do, without HTTP.",
    ),
];
