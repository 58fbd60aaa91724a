//! The `acquaint` program as a client, the way an operator's script uses it.
//!
//! - An import is safe to run twice, tells what it rejected and where, and exits with 4 then.
//! - An export on the command line is the export of the API, byte for byte.
//! - Exit codes are those that `acquaint help` promises; an answer for programs is JSON.

#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Output;

use acquaint_tests::{Server, ServerOptions, TOKEN, WRITE_KEY_SERVER, assert_same_bytes};
use serde_json::{Value, json};

/// Runs the program against the server and returns how it ended.
fn run(server: &Server, arguments: &[&str]) -> Output {
    let mut command = server.command();
    command.args(arguments).env("ACQUAINT_URL", server.url(""));
    command
        .env("ACQUAINT_TOKEN", TOKEN)
        .env("ACQUAINT_WRITE_KEY", WRITE_KEY_SERVER);
    command.output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn json_of(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("not JSON: {text}\n{errors}"))
}

fn write_lines(path: &Path, messages: &[Value]) {
    let lines: Vec<String> = messages.iter().map(Value::to_string).collect();
    std::fs::write(path, lines.join("\n")).unwrap();
}

#[tokio::test]
async fn an_import_an_export_and_a_lookup() {
    let server = Server::start(&ServerOptions::default()).await;
    let file = server.dir().join("messages.ndjson");
    let mut messages: Vec<Value> = (0..300)
        .map(|number| {
            let email = format!("c{}@example.com", number % 40);
            let user = format!("c{}", number % 40);
            json!({"type": "identify", "messageId": format!("m{number}"), "userId": user,
                "timestamp": "2026-05-01T08:00:00Z", "traits": {"email": email}})
        })
        .collect();
    write_lines(&file, &messages);
    let name = file.to_str().unwrap();
    for (accepted, duplicate) in [(300, 0), (0, 300)] {
        let output = run(&server, &["import", name, "--batch", "25", "--json"]);
        assert_eq!(code(&output), 0, "{output:?}");
        let summary = json_of(&output);
        assert_eq!(
            (&summary["accepted"], &summary["duplicate"]),
            (&json!(accepted), &json!(duplicate))
        );
    }
    messages.push(json!({"type": "track", "event": "nobody's"}));
    write_lines(&file, &messages);
    let output = run(&server, &["import", name, "--json"]);
    assert_eq!(code(&output), 4, "one line is rejected: {output:?}");
    let rejects = std::fs::read_to_string(format!("{name}.rejects.ndjson")).unwrap();
    assert!(
        rejects.contains("missing_identifier") && rejects.contains("301"),
        "{rejects}"
    );

    let output = run(&server, &["export"]);
    assert_eq!(code(&output), 0, "{output:?}");
    assert_same_bytes(
        &server.export().await,
        &output.stdout,
        "export by API and by program",
    );

    let by_email = run(&server, &["lookup", "email:C7@example.com", "--json"]);
    let by_user = run(&server, &["lookup", "user_id:c7", "--json"]);
    assert_eq!((code(&by_email), code(&by_user)), (0, 0), "{by_email:?}");
    assert_eq!(json_of(&by_email)["id"], json_of(&by_user)["id"]);
    assert_eq!(code(&run(&server, &["lookup", "user_id:nobody"])), 3);
    assert_eq!(code(&run(&server, &["lookup"])), 2, "no key");
    assert_eq!(code(&run(&server, &["timeline", "user_id:c7"])), 0);
    assert_eq!(
        code(&run(
            &server,
            &["explain", "user_id:c7", "email:c7@example.com"]
        )),
        0
    );
}

#[tokio::test]
async fn a_message_is_revoked_and_identity_rebuilt() {
    let server = Server::start(&ServerOptions::default()).await;
    let file = server.dir().join("messages.ndjson");
    let together =
        json!({"type": "identify", "messageId": "wrong", "userId": "c1", "anonymousId": "a1"});
    let of_account = json!({"type": "page", "messageId": "m1", "userId": "c1"});
    let of_browser = json!({"type": "page", "messageId": "m2", "anonymousId": "a1"});
    write_lines(&file, &[together, of_account, of_browser]);
    assert_eq!(code(&run(&server, &["import", file.to_str().unwrap()])), 0);
    let id_of = |key| json_of(&run(&server, &["lookup", key, "--json"]))["id"].clone();
    assert_eq!(id_of("user_id:c1"), id_of("anonymous_id:a1"));

    let revoke = [
        "facts",
        "add",
        "revoke-message",
        "anonymous_id:a1",
        "wrong",
        "--json",
    ];
    let fact = json_of(&run(&server, &revoke));
    let apart = || id_of("user_id:c1") != id_of("anonymous_id:a1");
    assert!(apart());
    let rebuilt = run(&server, &["identity", "rebuild"]);
    assert_eq!(code(&rebuilt), 0, "{rebuilt:?}");
    let told = String::from_utf8_lossy(&rebuilt.stdout);
    assert!(told.contains("3 sets of identifiers"), "{told}");
    assert!(apart(), "a rebuild does not bring back what was revoked");

    let listed = run(&server, &["facts", "list"]);
    let listed = String::from_utf8_lossy(&listed.stdout);
    assert!(
        listed.contains("revoke-message anonymous_id:a1 wrong"),
        "{listed}"
    );
    let undo = ["facts", "undo", fact["id"].as_str().unwrap()];
    assert_eq!(code(&run(&server, &undo)), 0);
    assert!(!apart());
}

#[tokio::test]
async fn a_wrong_configuration_names_its_line() {
    let server = Server::prepare(&ServerOptions::default());
    let file = server.dir().join("wrong.toml");
    std::fs::write(&file, "anchors_groups = 1\ncache_byte = 7\n").unwrap();
    let name = file.to_str().unwrap();
    for arguments in [
        ["config", "check", "--config", name].as_slice(),
        &["serve", "--config", name],
    ] {
        let output = server.command().args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(5), "{output:?}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("cache_byte") && told.contains('2'), "{told}");
    }
}
