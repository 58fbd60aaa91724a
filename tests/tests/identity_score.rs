//! Profiles are scored against a truth on the command line, and random orders of the live evidence agree.

#![allow(clippy::unwrap_used)]

use std::process::Output;

use acquaint_tests::{Import, Server, ServerOptions, TOKEN, import};
use serde_json::{Value, json};

fn score(server: &Server, more: &[&str]) -> Output {
    let file = |name: &str| server.dir().join(name).to_str().unwrap().to_owned();
    let mut command = server.command();
    command.args(["identity", "score", "--truth", &file("truth.csv")]);
    command.args(["--owners", &file("owners.csv")]).args(more);
    command.env("ACQUAINT_URL", server.url(""));
    command.env("ACQUAINT_TOKEN", TOKEN).output().unwrap()
}

/// Forty people with two browsers each, both of which log in, and a browser that never does.
async fn forty_people(server: &Server) {
    let (mut messages, mut truth, mut owners) = (Vec::new(), Vec::new(), Vec::new());
    for person in 0..40 {
        let user = format!("user-{person}");
        owners.push(format!("user_id,{user},p{person}"));
        for browser in ["one", "two", "never"] {
            let browser = format!("{browser}-{person}");
            owners.push(format!("anonymous_id,{browser},p{person}"));
            for day in 1..=2 {
                let id = format!("{browser}-{day}");
                let mut message = json!({"type": "track", "event": "Viewed", "messageId": id,
                    "anonymousId": browser, "timestamp": format!("2026-05-0{day}T08:00:00Z")});
                if !browser.starts_with("never") {
                    message["userId"] = user.clone().into();
                }
                messages.push(message);
                truth.push(format!("{id},p{person},ok"));
            }
        }
    }
    truth.push("never-sent,p1,ok".to_owned());
    let how = Import {
        batch_messages: 25,
        in_flight: 4,
    };
    import(server, &messages, how).await;
    let write = |name: &str, header: &str, lines: &[String]| {
        let text = format!("{header}\n{}\n", lines.join("\n"));
        std::fs::write(server.dir().join(name), text).unwrap();
    };
    write("truth.csv", "messageId,person_id,cls", &truth);
    write("owners.csv", "ns,value,owners", &owners);
}

#[tokio::test]
async fn a_truth_is_scored_and_orders_agree() {
    let server = Server::start(&ServerOptions::default()).await;
    forty_people(&server).await;
    let output = score(&server, &["--json", "--orders", "6"]);
    assert!(output.status.success(), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    // Each person: four messages under the login, two in a browser that nothing leads to.
    assert_eq!(report["messages"]["scored"], 240);
    assert_eq!(report["messages"]["classes"]["ok"]["notFound"], 1);
    assert_eq!(report["pairwise"]["pairsRight"], 40 * (6 + 1));
    assert_eq!(report["pairwise"]["pairsReal"], 40 * 15);
    assert_eq!(report["pairwise"]["precision"], 1.0);
    assert_eq!(report["oracle"]["recallShare"], 1.0);
    assert_eq!(report["persons"]["mixed"], 0);
    assert_eq!(report["profilesPerPerson"]["median"], 2);
    assert_eq!(report["orders"]["agreement"], 1.0);
    assert_eq!(report["orders"]["agreementWithLive"], 1.0);
}

#[tokio::test]
async fn a_malformed_file_is_told_with_its_place() {
    let server = Server::start(&ServerOptions::default()).await;
    std::fs::write(
        server.dir().join("truth.csv"),
        "messageId,person_id,cls\nm1,,ok\n",
    )
    .unwrap();
    std::fs::write(server.dir().join("owners.csv"), "ns,value,owners\n").unwrap();
    let output = score(&server, &[]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stderr);
    let place = "truth.csv, line 2, column 2 (`person_id`): it is empty";
    assert!(text.contains(place), "{text}");
}
