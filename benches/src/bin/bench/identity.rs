//! The identity engine in memory, beside a hash map that takes the same rows.

use std::cell::Cell;

use acquaint_bench::LatencySummary;
use acquaint_benches::identity::{Stream, resolve_identifiers};

use crate::contender::{Contender, Heading, Runs, Sample, measure};
use crate::options::Options;
use crate::results::{Part, Row};

pub(crate) const HASH_MAP: &str = "hash map of the same rows";
/// A round takes many seconds, so there are few.
const ROUNDS_MAX: usize = 3;

/// Messages resolved on one thread, without log, store and network.
pub(crate) async fn row(options: &Options, runs: &mut Runs) -> Row {
    let stream = Stream::load();
    let rules = Stream::rules();
    let floor = Cell::new(0.0);
    let sample = |per_second: f64, latency| Sample {
        per_second,
        errors: Vec::new(),
        latency,
    };
    let engine = Contender::new("identity engine", |_| {
        let resolved = resolve_identifiers(&stream, options.identifiers, &rules);
        floor.set(resolved.floor_messages_per_second());
        let latency = LatencySummary::from(&resolved.commands);
        let measured = sample(resolved.messages_per_second(), latency);
        async move { Ok(measured) }
    });
    let map = Contender::new(HASH_MAP, |_| {
        let measured = sample(floor.get(), LatencySummary::default());
        async move { Ok(measured) }
    });
    let title = format!(
        "{}, replicated to {} identifiers, in memory on one thread (latency: of 1,000 messages)",
        stream.name, options.identifiers
    );
    let heading = Heading {
        id: "identity-resolve",
        part: Part::Identity,
        title: &title,
        unit: "messages/s",
        connections: 1,
    };
    let rounds = options.rounds.min(ROUNDS_MAX);
    measure(heading, vec![engine, map], rounds, runs).await
}
