//! `acquaint bench`, as a user runs it.
//!
//! - A population is loaded twice and is there once; a run refuses to begin without it.
//! - Every workload runs without a failed operation.
//! - A delay of every lookup shows in the histogram: a lower bound that no slow machine breaks.
//! - Failed operations and wrong arguments have exit codes of their own.

#![allow(clippy::unwrap_used)]

use std::process::Output;

use acquaint_tests::{Server, ServerOptions, WRITE_KEY_SERVER};
use serde_json::Value;

const LOOKUP_DELAY: &str = "ACQUAINT_TEST_LOOKUP_DELAY_MS";
const DELAY_MS: f64 = 2.0;

fn bench(server: &Server, arguments: &[&str]) -> Output {
    let mut command = server.command();
    command.env("ACQUAINT_WRITE_KEY", WRITE_KEY_SERVER);
    command.arg("bench").args(arguments).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn load(server: &Server, profiles: &str) -> Output {
    let load = ["load", "--profiles", profiles, "--talkers", "24"];
    bench(server, &load)
}

/// Runs a workload for a moment and returns its report.
fn run(server: &Server, workload: &str, more: &[&str]) -> Value {
    let file = server.dir().join("report.json");
    let mut arguments = vec!["run", workload, "--json", file.to_str().unwrap()];
    arguments.extend(["--connections", "4", "--warm-up", "0.1"]);
    arguments.extend(more);
    let output = bench(server, &arguments);
    assert_eq!(code(&output), 0, "{workload}: {output:?}");
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

#[tokio::test]
async fn every_workload_runs_on_a_loaded_population() {
    let server = Server::start(&ServerOptions::default()).await;
    let output = bench(&server, &["run", "lookup-hot", "--duration", "0.1"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(code(&output), 1, "{told}");
    assert!(told.contains("the store holds no population"), "{told}");

    for _ in 0..2 {
        let output = load(&server, "300");
        assert_eq!(code(&output), 0, "{output:?}");
        let (status, profile) = server.get("/v1/profiles/user_id:user-299").await;
        assert_eq!((status, &profile["seen"]["interactions"]), (200, &4.into()));
    }
    assert_eq!(code(&load(&server, "400")), 0, "a population can grow");
    let other = ["load", "--profiles", "400", "--seed", "2"];
    assert_eq!(code(&bench(&server, &other)), 1, "and keeps its seed");
    let (_, talker) = server
        .get("/v1/profiles/user_id:talker-23/identifiers")
        .await;
    let identifiers = talker["identifiers"].as_array().unwrap().iter();
    let anchors = identifiers.filter(|one| one["anchor"] == true).count();
    assert_eq!(anchors, 9, "{talker}");

    let listed = bench(&server, &["list"]);
    let listed = String::from_utf8(listed.stdout).unwrap();
    let names: Vec<&str> = listed
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(names.len() > 10, "{listed}");
    for name in names {
        let report = run(&server, name, &["--duration", "0.3"]);
        assert!(report["operations"].as_u64() > Some(0), "{name}: {report}");
        assert!(
            report["latency"]["p50_us"].as_f64() > Some(0.0),
            "{name}: {report}"
        );
        assert_eq!(report["errors"], serde_json::json!({}), "{name}: {report}");
    }
    let report = run(
        &server,
        "ingest-new",
        &["--batch", "50", "--duration", "0.3"],
    );
    assert_eq!(
        report["items"].as_u64(),
        report["operations"].as_u64().map(|one| one * 50)
    );
    server.assert_no_panic();
}

#[tokio::test]
async fn a_delay_of_every_lookup_shows_in_the_histogram() {
    let mut server = Server::start(&ServerOptions::default()).await;
    assert_eq!(code(&load(&server, "200")), 0);
    let p50_us = |report: &Value, kind: &str| report[kind]["p50_us"].as_f64().unwrap();
    let at_a_rate = ["--rate", "100", "--duration", "1"];
    let usual = run(&server, "lookup-hot", &at_a_rate);
    assert!(p50_us(&usual, "service") > 0.0, "{usual}");

    server.stop().await;
    server.set_environment(vec![(LOOKUP_DELAY.to_owned(), format!("{DELAY_MS:.0}"))]);
    server.restart().await;
    for pace in [&at_a_rate[..], &["--duration", "1"]] {
        let delayed = run(&server, "lookup-hot", pace);
        for kind in ["service", "latency"] {
            let found = p50_us(&delayed, kind);
            // The histogram keeps three digits.
            assert!(found >= DELAY_MS * 1_000.0 * 0.999, "{kind}: {found} µs");
        }
        assert!(delayed["latency"]["max_us"].as_f64() >= Some(DELAY_MS * 1_000.0));
    }
}

#[tokio::test]
async fn refusals_and_wrong_arguments_have_exit_codes() {
    let server = Server::start(&ServerOptions::default()).await;
    let short = ["--duration", "0.2", "--warm-up", "0", "--connections", "2"];
    let refused = [
        &["run", "ingest-new", "--write-key", "no-such-key"],
        &short[..],
    ]
    .concat();
    let output = bench(&server, &refused);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(code(&output), 1, "{output:?}");
    assert!(told.contains("error: ") && told.contains("401"), "{told}");
    for (arguments, message) in [
        (
            vec!["run", "lookup"],
            "unknown workload `lookup`: expected lookup-hot, ",
        ),
        (
            vec!["run", "lookup-hot", "--batch", "3"],
            "lookup-hot has no batches",
        ),
        (vec!["run", "ingest-new", "--rate", "0"], "invalid rate 0"),
        (
            vec!["run", "ingest-new", "--url", "https://127.0.0.1"],
            "expected http://host:port",
        ),
    ] {
        let output = bench(&server, &arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(code(&output), 2, "{arguments:?}: {told}");
        assert!(told.contains(message), "{arguments:?}: {told}");
    }
}
