//! Floors of the machine: fdatasync and RocksDB, without HTTP.

use std::path::Path;
use std::time::Duration;

use acquaint_bench::{Latencies, LatencySummary};
use acquaint_benches::peers::{RocksFloor, synced_writes};
use acquaint_benches::sync_rate;

use crate::contender::{Contender, Heading, Runs, Sample, measure, peer_reason};
use crate::options::{CACHE_BYTES, Options};
use crate::results::{Part, Row};

/// Bytes of a message in a log.
const MESSAGE_BYTES: usize = 400;
const POINT_GETS: usize = 100_000;
const WRITERS: usize = 64;

fn rate(per_second: f64) -> Sample {
    let mean_us = 1e6 / per_second;
    Sample {
        per_second,
        errors: Vec::new(),
        // One after another: the rate is the inverse of the latency.
        latency: LatencySummary {
            p50_us: mean_us,
            mean_us,
            ..LatencySummary::default()
        },
    }
}

/// One fdatasync after another.
pub(crate) fn fdatasync<'a>(dir: &'a Path, time: Duration) -> Contender<'a> {
    Contender::new("fdatasync", move |_| {
        let dir = dir.to_owned();
        async move {
            let synced = tokio::task::spawn_blocking(move || sync_rate(&dir, MESSAGE_BYTES, time));
            Ok(rate(synced.await.map_err(|error| error.to_string())?))
        }
    })
}

/// Rows of floors: what every store of this kind has to do at least.
pub(crate) async fn rows(
    options: &Options,
    dir: &Path,
    answer_bytes: usize,
    runs: &mut Runs,
) -> Result<Vec<Row>, String> {
    let time = options.time.min(Duration::from_secs(1));
    let heading = |id, title, unit, connections| Heading {
        id,
        part: Part::Floors,
        title,
        unit,
        connections,
    };
    let mut rows = Vec::new();
    let title = "append 400 bytes and fdatasync, one after another";
    let syncs = vec![fdatasync(dir, time)];
    rows.push(
        measure(
            heading("floor-fdatasync", title, "syncs/s", 1),
            syncs,
            options.rounds,
            runs,
        )
        .await,
    );
    let cache_bytes = usize::try_from(CACHE_BYTES).unwrap_or(usize::MAX);
    let store = dir.join("point-gets");
    let mut store = RocksFloor::fill(&store, options.profiles, answer_bytes, cache_bytes)
        .map_err(peer_reason)?;
    let gets = Contender::new("RocksDB get", |_| {
        let took = store.point_gets(POINT_GETS).map_err(peer_reason);
        async move {
            let took = took?;
            let seconds = took.iter().sum::<Duration>().as_secs_f64();
            Ok(Sample {
                per_second: took.len() as f64 / seconds,
                errors: Vec::new(),
                latency: (&Latencies::from_iter(took)).into(),
            })
        }
    });
    let title = "RocksDB point get of an answer's bytes, cached, one thread";
    rows.push(
        measure(
            heading("floor-rocksdb-get", title, "gets/s", 1),
            vec![gets],
            options.rounds,
            runs,
        )
        .await,
    );
    for (id, title, threads) in [
        (
            "floor-rocksdb-write",
            "RocksDB synced write of 400 bytes, one thread",
            1,
        ),
        (
            "floor-rocksdb-write-64",
            "RocksDB synced write of 400 bytes, 64 threads",
            WRITERS,
        ),
    ] {
        let writes = Contender::new("RocksDB synced write", |number| {
            let store = dir.join(format!("writes-{number}"));
            async move {
                let write = move || synced_writes(&store, MESSAGE_BYTES, threads, time);
                let written = tokio::task::spawn_blocking(write).await;
                let written = written.map_err(|error| error.to_string())?;
                Ok(rate(written.map_err(peer_reason)?))
            }
        });
        rows.push(
            measure(
                heading(id, title, "writes/s", threads),
                vec![writes],
                options.rounds,
                runs,
            )
            .await,
        );
    }
    Ok(rows)
}
