//! The tracking API, as the SDKs speak it.

use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::{BASIC, READER, Surface, TOKEN};

#[tokio::test]
async fn a_batch_gets_a_verdict_for_every_message() {
    let surface = Surface::open().await;
    let batch = json!({"batch": [
        {"type": "identify", "userId": "u-1", "messageId": "m-1", "traits": {"email": "ada@example.com"}},
        {"type": "track", "userId": "u-1", "messageId": "m-2", "event": "Seen"},
        {"type": "track", "messageId": "m-3", "event": "Lost"},
    ]});
    let verdicts = |text: &serde_json::Value| -> Vec<String> {
        let list = text["verdicts"].as_array().unwrap();
        list.iter()
            .map(|verdict| verdict["verdict"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = surface.track("/v1/batch", &batch).await;
    assert_eq!(first.status, 200, "{first:?}");
    assert_eq!(first.json()["success"], true);
    assert_eq!(
        verdicts(&first.json()),
        ["accepted", "accepted", "rejected"]
    );
    assert_eq!(first.json()["verdicts"][2]["reason"], "missing_identifier");
    assert_eq!(first.json()["verdicts"][2]["messageId"], "m-3");
    let second = surface.track("/v1/import/", &batch).await;
    assert_eq!(
        verdicts(&second.json()),
        ["duplicate", "duplicate", "rejected"]
    );
    let position = first.json()["position"].as_str().unwrap().to_owned();
    let read = surface
        .get(&format!(
            "/v1/profiles/email:ada@example.com?after={position}"
        ))
        .await;
    assert_eq!(read.status, 200, "{read:?}");
}

#[tokio::test]
async fn any_of_the_keys_will_do() {
    let surface = Surface::open().await;
    let body = |key: &str| json!({"userId": "u", "event": "e", "writeKey": key}).to_string();
    let wrong = "Basic bm9ib2R5Og==";
    for (authorization, key, status) in [
        (BASIC, "", 200),
        ("", "browser-write-key", 200),
        ("Bearer something", "browser-write-key", 200),
        (wrong, "browser-write-key", 200),
        (TOKEN, "", 200),
        (READER, "", 403),
        ("", "", 401),
        (wrong, "nobody", 401),
        ("Bearer nobody", "", 401),
    ] {
        let answer = surface
            .ask("POST /v1/track", authorization, body(key))
            .await;
        assert_eq!(answer.status, status, "{authorization} {key}: {answer:?}");
        assert_eq!(answer.json()["success"], status == 200);
    }
}

#[tokio::test]
async fn a_message_alone_is_refused_in_the_form_of_the_sdks() {
    let surface = Surface::open().await;
    let answer = surface.track("/v1/track", &json!({"userId": "u"})).await;
    assert_eq!(answer.failure(), (400, "invalid_message".to_owned()));
    assert_eq!(answer.json()["error"], "missing_event");
    assert!(answer.json()["message"].as_str().unwrap().contains("event"));
    let answer = surface
        .track("/v1/identify", &json!({"userId": "a\u{0}b"}))
        .await;
    assert_eq!(
        answer.failure(),
        (400, "invalid_message".to_owned()),
        "{answer:?}"
    );
    let answer = surface
        .ask("POST /v1/track", BASIC, "x".repeat(32_769))
        .await;
    assert_eq!(answer.failure(), (400, "too_large".to_owned()));
    let answer = surface
        .ask("POST /v1/batch", BASIC, "x".repeat(512_001))
        .await;
    assert_eq!(answer.failure(), (400, "too_large".to_owned()));
    let answer = surface.ask("GET /v1/track", BASIC, "").await;
    assert_eq!(answer.failure(), (405, "method_not_allowed".to_owned()));
    assert_eq!(answer.headers["allow"], "POST");
    assert_eq!(answer.json()["success"], false);
}

#[tokio::test]
async fn an_alias_to_itself_is_taken() {
    let surface = Surface::open().await;
    let answer = surface
        .track("/v1/a", &json!({"userId": "u2", "previousId": "u2"}))
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["verdicts"][0]["verdict"], "accepted");
}

#[tokio::test]
async fn browsers_may_ask_first() {
    let surface = Surface::open().await;
    let request = Request::builder()
        .method("OPTIONS")
        .uri("/v1/t")
        .header("origin", "https://shop.example")
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,content-type,x-retry-count",
        );
    let answer = surface.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 200);
    let allowed = answer.headers["access-control-allow-headers"]
        .to_str()
        .unwrap();
    for name in ["authorization", "content-type", "x-retry-count"] {
        assert!(allowed.contains(name), "{allowed}");
    }
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "GET,POST"),
        ("access-control-max-age", "3600"),
        ("allow", "POST"),
    ] {
        assert_eq!(answer.headers[name], value, "{answer:?}");
    }
    let request = Request::post("/v1/t").header("origin", "https://shop.example");
    let answer = surface.send(request.body(Body::from("{")).unwrap()).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.headers["access-control-allow-origin"], "*");
    assert_eq!(
        answer.headers["access-control-expose-headers"],
        "retry-after"
    );
}

#[tokio::test]
async fn settings_are_there_for_known_keys_only() {
    let surface = Surface::open().await;
    let request =
        Request::get("/v1/projects/browser-write-key/settings").header("host", "cdp.example");
    let answer = surface.send(request.body(Body::empty()).unwrap()).await;
    let segment = &answer.json()["integrations"]["Segment.io"];
    assert_eq!(
        segment,
        &json!({"apiKey": "browser-write-key", "apiHost": "cdp.example/v1"})
    );
    for path in ["/v1/projects/nobody/settings", "/v1/projects/%ff/settings"] {
        let answer = surface.ask(&format!("GET {path}"), "", "").await;
        assert_eq!(answer.failure(), (404, "not_found".to_owned()), "{path}");
    }
}
