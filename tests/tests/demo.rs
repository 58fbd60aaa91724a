//! `make demo` from start to end: it builds nothing here, but runs what the target runs.
//!
//! - With `DEMO_EXIT=1` it ends by itself, with 0, and leaves no process behind.
//! - It shows one customer by three identifiers, as one profile.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use acquaint_tests::binary;

#[test]
fn the_demo_runs_to_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let output = Command::new(binary())
        .args(["demo", "--port", "0", "--fresh", "--data-dir"])
        .arg(dir.path().join("data"))
        .env("DEMO_EXIT", "1")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = format!(
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{text}");
    assert!(!text.contains("panicked at"), "{text}");
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let profiles: BTreeSet<&str> = words.filter(|word| word.starts_with("pf_")).collect();
    assert_eq!(profiles.len(), 1, "three answers, one profile: {text}");
}

#[test]
fn make_demo_runs_the_binary() {
    let makefile = acquaint_tests::repository().join("Makefile");
    let makefile = std::fs::read_to_string(makefile).unwrap();
    assert!(
        makefile.contains("\"$(BINARY)\" demo"),
        "make demo no longer runs `acquaint demo`"
    );
}
