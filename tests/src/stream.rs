//! The messages that import tests send.
//!
//! - The omnichannel stream lies beside the repository, in `../shared`; users may not
//!   have it. Its lines are in order of arrival, with late, repeated and out-of-order ones.
//! - The sample is made by `acquaint generate` with a fixed seed, so it is always there.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Command;

use flate2::read::GzDecoder;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

use crate::{binary, repository};

/// Where the omnichannel stream lies, and the truth about it.
pub fn omnichannel_dir() -> PathBuf {
    repository().join("../shared/data/omnichannel-1k")
}

/// The first `lines` of the omnichannel stream, or `None` where it is absent.
pub fn omnichannel(lines: usize) -> Option<Vec<Value>> {
    let path = omnichannel_dir().join("events.ndjson.gz");
    let path = match std::env::var_os("ACQUAINT_OMNICHANNEL") {
        Some(other) => other.into(),
        None => path,
    };
    let file = std::fs::File::open(path).ok()?;
    let reader = BufReader::new(GzDecoder::new(file));
    let parse = |line: std::io::Result<String>| {
        let line = line.expect("the stream can be read");
        serde_json::from_str(&line).expect("the stream is NDJSON")
    };
    Some(reader.lines().take(lines).map(parse).collect())
}

/// A generated sample: small, seeded, the same on every machine.
pub fn sample(customers: u32, lines: usize) -> Vec<Value> {
    let dir = tempfile::tempdir().expect("a directory can be made");
    let path = dir.path().join("sample.ndjson");
    let status = Command::new(binary())
        .args([
            "generate",
            "--seed",
            "7",
            "--customers",
            &customers.to_string(),
            "--out",
        ])
        .arg(&path)
        .status()
        .expect("the binary can be run");
    assert!(status.success(), "generate failed: {status}");
    let text = std::fs::read_to_string(path).expect("generate wrote its file");
    let parse = |line: &str| serde_json::from_str(line).expect("generate writes NDJSON");
    text.lines().take(lines).map(parse).collect()
}

/// The same messages in another order, drawn from `seed`.
pub fn shuffled(messages: &[Value], seed: u64) -> Vec<Value> {
    let mut shuffled = messages.to_vec();
    shuffled.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    shuffled
}
