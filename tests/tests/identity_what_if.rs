//! Other rules are tried on the command line, and a workspace keeps the rules that it began with.

#![allow(clippy::unwrap_used)]

use std::process::Output;

use acquaint_tests::{Import, Server, ServerOptions, TOKEN, import};
use serde_json::{Value, json};

fn run(server: &Server, arguments: &[&str]) -> Output {
    let mut command = server.command();
    command.args(arguments);
    command.env("ACQUAINT_URL", server.url(""));
    command.env("ACQUAINT_TOKEN", TOKEN).output().unwrap()
}

fn what_if(server: &Server, rules: &str, more: &[&str]) -> Output {
    std::fs::write(server.dir().join("new.toml"), rules).unwrap();
    let arguments = ["identity", "what-if", "--rules", "new.toml"];
    run(server, &[&arguments, more].concat())
}

/// Twenty people, each with a login and two addresses.
async fn twenty_people(server: &Server) {
    let messages: Vec<Value> = (0..40)
        .map(|number| {
            let (person, address) = (number / 2, number % 2);
            json!({"type": "identify", "messageId": format!("m{number}"), "userId": format!("u{person}"),
                "timestamp": "2026-05-01T08:00:00Z",
                "traits": {"email": format!("p{person}-{address}@example.org")}})
        })
        .collect();
    let how = Import {
        batch_messages: 10,
        in_flight: 2,
    };
    import(server, &messages, how).await;
}

#[tokio::test]
async fn other_rules_are_tried_and_nothing_is_changed() {
    let server = Server::start(&ServerOptions::default()).await;
    twenty_people(&server).await;
    let before = server.export().await;

    let one_address = "[kinds.account.neighbours_max]\nmailbox = 1\n";
    let output = what_if(&server, one_address, &["--json", "--sample", "3"]);
    assert!(output.status.success(), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let change = json!([{"key": "user_id.neighbours_max.email", "before": ["5"], "after": ["1"]}]);
    assert_eq!(report["rules"], change);
    assert_eq!(report["agreement"], "same");
    assert_eq!(report["before"]["profiles"], 20);
    assert_eq!(report["after"]["profiles"], 60);
    assert_eq!(report["splits"], json!({"profiles": 20, "into": 60}));
    assert_eq!(report["merges"], json!({"profiles": 0, "of": 0}));
    let examples = report["examples"].as_array().unwrap();
    assert_eq!(examples.len(), 3);
    for example in examples {
        assert_eq!(example["change"], "split");
        let why = example["refusedBy"].as_str().unwrap();
        assert!(why.ends_with("at most 1 may link"), "{why}");
    }

    let again = what_if(&server, one_address, &["--json", "--sample", "3"]);
    assert_eq!(again.stdout, output.stdout);
    let text = what_if(&server, one_address, &[]).stdout;
    let text = String::from_utf8(text).unwrap();
    assert!(
        text.contains("splits: 20 old profiles divided into 60 new ones"),
        "{text}"
    );
    assert_eq!(server.export().await, before);
}

#[tokio::test]
async fn rules_that_are_not_allowed_are_told_with_their_place() {
    let server = Server::start(&ServerOptions::default()).await;
    let output = what_if(&server, "[ratios]\nowner_dominance = 0\n", &[]);
    assert_eq!(output.status.code(), Some(5));
    let text = String::from_utf8_lossy(&output.stderr);
    let place =
        "new.toml are refused: line 2: ratios.owner_dominance: 0 is not allowed: from 1 to 1000";
    assert!(text.contains(place), "{text}");
}

#[tokio::test]
async fn a_workspace_keeps_the_rules_that_it_began_with() {
    let options = ServerOptions {
        workspace: "identity_rules = \"rules.toml\"",
        ..ServerOptions::default()
    };
    let mut server = Server::prepare(&options);
    let rules = server.dir().join("rules.toml");
    let one_address = "[kinds.account.neighbours_max]\nmailbox = 1\n";
    std::fs::write(&rules, one_address).unwrap();
    let output = run(&server, &["config", "check", "--config", "acquaint.toml"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.contains("user_id.neighbours_max.email: 5 → 1"),
        "{text}"
    );
    server.restart().await;
    twenty_people(&server).await;
    let report = what_if(&server, one_address, &["--json"]);
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    assert_eq!(report["rules"], json!([]), "{report}");
    assert_eq!(report["before"]["profiles"], 60);

    assert!(server.stop().await.success(), "{}", server.log());
    assert!(
        !server.log().contains("keeps the identity rules"),
        "{}",
        server.log()
    );
    std::fs::write(&rules, "").unwrap();
    server.restart().await;
    assert!(
        server.log().contains("keeps the identity rules"),
        "{}",
        server.log()
    );
    let report = what_if(&server, "", &["--json"]);
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    assert_eq!(report["merges"], json!({"profiles": 20, "of": 60}));
}
