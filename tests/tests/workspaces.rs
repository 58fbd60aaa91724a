//! Nothing crosses a workspace.
//!
//! - The same identifiers in two workspaces are two customers with two profile ids.
//! - A key writes and a token reads in its own workspace, and nowhere else.
//! - What is exported from one holds nothing of the other.

#![allow(clippy::unwrap_used)]

use acquaint_tests::{Import, Server, ServerOptions, TOKEN, import};
use serde_json::{Value, json};

const OTHER_TOKEN: &str = "token-of-the-other-workspace";
const OTHER_KEY: &str = "write-key-of-the-other";
const OTHER: &str = r#"
[[workspace]]
name = "other"
secret = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

[[workspace.write_key]]
key = "write-key-of-the-other"
trust = "server"

[[workspace.token]]
token = "token-of-the-other-workspace"
scopes = ["profiles:read", "export"]
"#;

async fn get(server: &Server, path: &str, token: &str) -> (u16, String) {
    let request = server.http().get(server.url(path)).bearer_auth(token);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn profile(server: &Server, token: &str) -> Value {
    let (status, text) = get(server, "/v1/profiles/email:ada@example.com", token).await;
    assert_eq!(status, 200, "{text}");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn nothing_crosses() {
    let server = Server::start(&ServerOptions {
        sections: OTHER,
        ..ServerOptions::default()
    })
    .await;
    let ada = |plan: &str| json!({"type": "identify", "messageId": "m-1", "userId": "ada", "traits": {"email": "ada@example.com", "plan": plan}});
    let how = Import {
        batch_messages: 1,
        in_flight: 1,
    };
    assert_eq!(import(&server, &[ada("gold")], how).await, ["accepted"]);
    assert_eq!(
        get(&server, "/v1/profiles/user_id:ada", OTHER_TOKEN)
            .await
            .0,
        404
    );
    let sent = server
        .http()
        .post(server.url("/v1/identify"))
        .basic_auth(OTHER_KEY, Some(""))
        .json(&ada("silver"))
        .send()
        .await
        .unwrap();
    let sent: Value = sent.json().await.unwrap();
    assert_eq!(
        sent["verdicts"][0]["verdict"], "accepted",
        "the same message id is another message: {sent}"
    );

    let (mine, theirs) = (
        profile(&server, TOKEN).await,
        profile(&server, OTHER_TOKEN).await,
    );
    assert_eq!(
        (&mine["traits"]["plan"], &theirs["traits"]["plan"]),
        (&json!("gold"), &json!("silver"))
    );
    assert_ne!(mine["id"], theirs["id"]);
    let stranger = format!("/v1/profiles/{}", mine["id"].as_str().unwrap());
    assert_eq!(
        get(&server, &stranger, OTHER_TOKEN).await.0,
        404,
        "an id of another workspace"
    );

    let (_, export) = get(&server, "/v1/export", OTHER_TOKEN).await;
    assert!(
        export.contains("silver") && !export.contains("gold"),
        "{export}"
    );
    assert_eq!(export.lines().count(), 2, "{export}");
}
