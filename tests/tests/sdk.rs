//! The official SDKs as clients, with only the host changed (`tests/sdk/`).
//!
//! - Every kind of message arrives, alone or in many batches, compressed or not, and a
//!   lookup right after the SDK's flush sees it.
//! - 400 and 401 are final: one request, an error in the SDK's hands.
//! - 429 and 503 are retried with the same message ids, and nothing is counted twice.

#![allow(clippy::unwrap_used)]

use acquaint_tests::{
    Fault, Import, Recorded, Recorder, Sdk, Server, ServerOptions, WRITE_KEY_SERVER, import, skip,
};
use serde_json::{Value, json};

/// A share of one message a second, so that the node itself says 429.
const ONE_A_SECOND: &str = "[ingest]\nkey_messages_per_second_max = 1\n";

struct Case {
    server: Server,
    recorder: Recorder,
}

/// A node behind a recorder, or `None` (and a SKIP line) without the SDK.
async fn case(sdk: Sdk, faults: &[Fault]) -> Option<Case> {
    if !sdk.is_installed() {
        skip(
            &format!("sdk-{}", sdk.name()),
            "not installed; run `make sdk`",
        );
        return None;
    }
    let server = Server::start(&ServerOptions::default()).await;
    let recorder = Recorder::start(Some(server.url("")), faults).await;
    Some(Case { server, recorder })
}

async fn profile(server: &Server, key: &str) -> Value {
    let (status, body) = server.get(&format!("/v1/profiles/{key}")).await;
    assert_eq!(status, 200, "{key}: {body}");
    body
}

fn message_ids(recorded: &Recorded) -> Vec<String> {
    let messages = recorded.messages();
    messages
        .iter()
        .map(|message| message["messageId"].to_string())
        .collect()
}

async fn every_kind_arrives(sdk: Sdk, scenario: &str) {
    let Some(Case { server, recorder }) = case(sdk, &[]).await else {
        return;
    };
    let run = sdk
        .run(&recorder.host(), WRITE_KEY_SERVER, scenario, "ada")
        .await;
    assert_eq!(run.errors, Vec::<String>::new(), "{}", run.output);

    let recorded = recorder.recorded();
    let mut kinds = Vec::new();
    for request in &recorded {
        assert_eq!(
            (request.method.as_str(), request.status),
            ("POST", 200),
            "{}",
            request.answer
        );
        assert_eq!(request.answer["success"], true);
        assert_eq!(request.is_gzip(), scenario == "gzip");
        let messages = request.messages();
        kinds.extend(
            messages
                .iter()
                .map(|message| message["type"].as_str().unwrap().to_owned()),
        );
        assert_eq!(
            request.verdicts(),
            vec!["accepted"; messages.len()],
            "{}",
            request.answer
        );
    }
    kinds.sort();
    assert_eq!(
        kinds,
        ["alias", "group", "identify", "page", "screen", "track"]
    );

    let by_user = profile(&server, "user_id:user-ada").await;
    let by_email = profile(&server, "email:ada@example.com").await;
    assert_eq!(by_user["id"], by_email["id"], "one person, two identifiers");
    assert!(by_user["id"].as_str().unwrap().starts_with("pf_"));
    assert_eq!(by_user["traits"]["plan"], "gold", "{by_user}");
    server.assert_no_panic();
}

async fn many_arrive_in_batches(sdk: Sdk) {
    let Some(Case { server, recorder }) = case(sdk, &[]).await else {
        return;
    };
    let run = sdk
        .run(&recorder.host(), WRITE_KEY_SERVER, "many", "bob")
        .await;
    assert_eq!(run.errors, Vec::<String>::new(), "{}", run.output);
    let recorded = recorder.recorded();
    assert!(
        recorded.len() >= 3,
        "250 events are several batches, not {}",
        recorded.len()
    );
    let verdicts: Vec<String> = recorded.iter().flat_map(Recorded::verdicts).collect();
    assert_eq!(verdicts, vec!["accepted"; 250]);
    assert_eq!(interactions(&server).await, 250);
}

async fn interactions(server: &Server) -> usize {
    let export = server.export().await;
    let export = String::from_utf8(export).unwrap();
    export
        .lines()
        .filter(|line| line.starts_with(r#"{"interaction""#))
        .count()
}

async fn is_final(sdk: Sdk, write_key: &str, faults: &[Fault], status: u16) {
    let Some(Case { server, recorder }) = case(sdk, faults).await else {
        return;
    };
    let run = sdk.run(&recorder.host(), write_key, "one", "cy").await;
    let recorded = recorder.recorded();
    assert_eq!(recorded.len(), 1, "a {status} is not retried: {recorded:?}");
    assert_eq!(recorded[0].status, status, "{}", recorded[0].answer);
    let answer = &recorded[0].answer;
    assert_eq!(answer["success"], false, "{answer}");
    for member in ["code", "message", "error"] {
        assert!(
            answer[member].is_string(),
            "`{member}` is missing: {answer}"
        );
    }
    assert_eq!(
        run.errors.len(),
        1,
        "the SDK tells its user: {}",
        run.output
    );
    assert_eq!(interactions(&server).await, 0);
    server.assert_no_panic();
}

async fn is_retried(sdk: Sdk, fault: Fault, second: &str) {
    let Some(Case { server, recorder }) = case(sdk, &[fault]).await else {
        return;
    };
    let run = sdk
        .run(&recorder.host(), WRITE_KEY_SERVER, "one", "di")
        .await;
    assert_eq!(run.errors, Vec::<String>::new(), "{}", run.output);
    let recorded = recorder.recorded();
    assert_eq!(recorded.len(), 2, "one retry: {recorded:?}");
    assert_eq!(recorded[1].status, 200, "{}", recorded[1].answer);
    assert_eq!(
        message_ids(&recorded[0]),
        message_ids(&recorded[1]),
        "same ids again"
    );
    assert_eq!(recorded[1].verdicts(), [second]);
    assert_eq!(interactions(&server).await, 1, "counted once");
}

/// The node's own 429: its key has overdrawn its share by some seconds.
async fn is_waited_for(sdk: Sdk) {
    if !sdk.is_installed() {
        return;
    }
    let server = Server::start(&ServerOptions {
        sections: ONE_A_SECOND,
        ..ServerOptions::default()
    })
    .await;
    let recorder = Recorder::start(Some(server.url("")), &[]).await;
    let spent = vec![json!({"type": "track", "userId": "spent", "event": "Spent"}); 5];
    import(
        &server,
        &spent,
        Import {
            batch_messages: 5,
            in_flight: 1,
        },
    )
    .await;
    let run = sdk
        .run(&recorder.host(), WRITE_KEY_SERVER, "one", "flo")
        .await;
    assert_eq!(run.errors, Vec::<String>::new(), "{}", run.output);
    let recorded = recorder.recorded();
    let (last, refused) = recorded.split_last().unwrap();
    assert!(
        !refused.is_empty(),
        "the share was spent, but nothing was refused"
    );
    for refusal in refused {
        assert_eq!(
            (refusal.status, &refusal.answer["code"]),
            (429, &json!("rate_limited"))
        );
        assert!(
            refusal
                .retry_after
                .is_some_and(|seconds| (1..=300).contains(&seconds))
        );
    }
    assert_eq!(
        (last.status, last.verdicts()),
        (200, vec!["accepted".to_owned()])
    );
    assert_eq!(
        message_ids(last),
        message_ids(&refused[0]),
        "same ids again"
    );
    // An SDK that knows Retry-After asks once more and no oftener.
    if sdk != Sdk::PythonOld {
        assert_eq!(refused.len(), 1, "{recorded:?}");
    }
}

async fn contract(sdk: Sdk) {
    every_kind_arrives(sdk, "everything").await;
    many_arrive_in_batches(sdk).await;
    is_final(sdk, WRITE_KEY_SERVER, &[Fault::Garble], 400).await;
    is_final(sdk, "no-such-key", &[], 401).await;
    is_waited_for(sdk).await;
    is_retried(sdk, Fault::LoseAnswer, "duplicate").await;
}

#[tokio::test]
async fn python_2_3_4_keeps_the_contract() {
    contract(Sdk::PythonOld).await;
    every_kind_arrives(Sdk::PythonOld, "gzip").await;
}

#[tokio::test]
async fn newest_python_keeps_the_contract() {
    contract(Sdk::PythonNewest).await;
    every_kind_arrives(Sdk::PythonNewest, "gzip").await;
}

#[tokio::test]
async fn newest_node_keeps_the_contract() {
    contract(Sdk::NodeNewest).await;
}

/// The scripts and the recorder themselves, without a node.
#[tokio::test]
async fn scripts_send_every_kind() {
    for sdk in Sdk::ALL {
        if !sdk.is_installed() {
            skip(
                &format!("sdk-{}", sdk.name()),
                "not installed; run `make sdk`",
            );
            continue;
        }
        let recorder = Recorder::start(None, &[]).await;
        let run = sdk
            .run(&recorder.host(), "a-key", "everything", "eve")
            .await;
        assert_eq!(run.errors, Vec::<String>::new(), "{}", run.output);
        let messages: usize = recorder
            .recorded()
            .iter()
            .map(|one| one.messages().len())
            .sum();
        assert_eq!(messages, 6);
    }
}
