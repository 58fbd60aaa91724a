//! Other rules of identity on the command line: applied while messages come in, switched to, gone back from.

#![allow(clippy::unwrap_used)]

use std::process::Output;

use acquaint_tests::{Import, Server, ServerOptions, TOKEN, import};
use serde_json::{Value, json};

/// Messages, each of an account of its own.
const PEOPLE: u32 = 400;

const IN_BATCHES: Import = Import {
    batch_messages: 50,
    in_flight: 2,
};

fn run(server: &Server, arguments: &[&str]) -> Output {
    let mut command = server.command();
    command.args(arguments).env("ACQUAINT_URL", server.url(""));
    command.env("ACQUAINT_TOKEN", TOKEN).output().unwrap()
}

fn text(output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Accounts of whom some share a browser, and some a mailbox.
fn messages() -> Vec<Value> {
    (0..PEOPLE)
        .map(|person| {
            json!({"type": "identify", "messageId": format!("m{person}"), "userId": format!("u{person}"),
                "anonymousId": format!("b{}", person / 2), "timestamp": "2026-05-01T08:00:00Z",
                "traits": {"email": format!("p{}@example.com", person % 100)}})
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_are_applied_under_load_and_rolled_back() {
    let server = Server::start(&ServerOptions::default()).await;
    import(&server, &messages(), IN_BATCHES).await;
    let before = server.export().await;
    let file = server.dir().join("strict.toml");
    std::fs::write(
        &file,
        "[kinds.mailbox]\nalso_blocked = [\"p7@example.com\"]\n",
    )
    .unwrap();
    let file = file.to_str().unwrap();

    let applied = run(
        &server,
        &[
            "identity", "apply", "--rules", file, "--reason", "a test", "--switch",
        ],
    );
    assert!(text(&applied).starts_with("epoch 2 serves"), "{applied:?}");
    let (status, answer) = server.get("/v1/profiles/email:p7@example.com").await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (409, &json!("identifier_blocked"))
    );
    let listed = text(&run(&server, &["identity", "rules"]));
    assert!(
        listed.contains("serving   2") && listed.contains("cli: a test"),
        "{listed}"
    );
    let given = text(&run(&server, &["identity", "rules", "--text", "serving"]));
    assert!(given.contains("p7@example.com"), "{given}");

    // All messages come again while the way back is built.
    let back = run(&server, &["identity", "roll-back"]);
    assert!(
        text(&back).starts_with("epoch 3 is being built"),
        "{back:?}"
    );
    import(&server, &messages(), IN_BATCHES).await;
    let switched = (0..600).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        run(&server, &["identity", "switch"]).status.success()
    });
    assert!(switched, "{}", text(&run(&server, &["identity", "rules"])));
    assert_eq!(
        server.get("/v1/profiles/email:p7@example.com").await.0,
        server.get("/v1/profiles/email:p8@example.com").await.0
    );
    assert!(
        server.export().await == before,
        "the profiles are those of before"
    );
    server.assert_no_panic();
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_said() {
    let server = Server::start(&ServerOptions::default()).await;
    let file = server.dir().join("wrong.toml");
    std::fs::write(&file, "[limits]\nwork_max = 0\n").unwrap();
    let output = run(
        &server,
        &["identity", "apply", "--rules", file.to_str().unwrap()],
    );
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(errors.contains("line 2: limits.work_max"), "{errors}");
    let nothing = run(&server, &["identity", "switch"]);
    let errors = String::from_utf8_lossy(&nothing.stderr);
    assert!(errors.contains("no rules are being built"), "{errors}");
}
