//! Reading profiles: keys in every spelling, options, and the form of every failure.

use serde_json::json;

use crate::{BASIC, READER, Surface, TOKEN};

pub(crate) async fn with_ada() -> Surface {
    let surface = Surface::open().await;
    let batch = json!({"batch": [
        {"type": "identify", "userId": "u-1", "messageId": "m-1", "timestamp": "2026-01-31T12:00:00Z",
         "traits": {"email": "ada+shop@example.com", "phone": "+1 415 555 2671", "tier": "gold"},
         "context": {"externalIds": [{"type": "social", "id": "https://social.example/ada?x=1", "collection": "users", "encoding": "none"}]}},
        {"type": "track", "userId": "u-1", "messageId": "m-2", "event": "Order Completed", "timestamp": "2026-01-31T13:00:00Z",
         "properties": {"order_id": "o-1", "revenue": 129.9, "currency": "EUR"}, "context": {"channel": "web"}},
    ]});
    let answer = surface.track("/v1/batch", &batch).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    surface
}

#[tokio::test]
async fn a_customer_is_found_by_every_identifier() {
    let surface = with_ada().await;
    let whole = surface.get("/v1/profiles/user_id:u-1").await;
    assert_eq!(whole.status, 200, "{whole:?}");
    let id = whole.json()["id"].as_str().unwrap().to_owned();
    for key in [
        id.as_str(),
        "email:ada+shop@example.com",
        "email:Ada%2Bshop@Example.com",
        "phone:+14155552671",
        "phone:%2B1%20415%20555%202671",
        "social:https%3A%2F%2Fsocial.example%2Fada%3Fx%3D1",
    ] {
        let answer = surface.get(&format!("/v1/profiles/{key}")).await;
        assert_eq!(answer.text, whole.text, "{key}");
    }
    let explained = "/v1/explain?a=email:ada+shop@example.com&b=phone:%2B14155552671";
    let explained = surface.get(explained).await;
    assert_eq!(explained.json()["verdict"], "same_profile", "{explained:?}");
}

#[tokio::test]
async fn a_profile_has_the_sections_that_were_asked_for() {
    let surface = with_ada().await;
    let answer = surface
        .get("/v1/profiles/user_id:u-1?fields=orders,traits&interactions=1")
        .await;
    let body = answer.json();
    assert_eq!(body["orders"]["EUR"]["orders"], 1, "{body}");
    assert_eq!(body["orders"]["EUR"]["revenue"], "129.90", "{body}");
    assert_eq!(body["traits"]["tier"], "gold");
    assert_eq!(body["interactions"][0]["messageId"], "m-2");
    assert!(
        body.get("seen").is_none() && body.get("identifiers").is_none(),
        "{body}"
    );
    let verbose = surface.get("/v1/profiles/user_id:u-1?verbose").await.json();
    assert_eq!(verbose["traits"]["tier"]["value"], "gold", "{verbose}");
    assert_eq!(verbose["traits"]["tier"]["source"], "backend", "{verbose}");
}

#[tokio::test]
async fn a_lookup_answers_every_key() {
    let surface = with_ada().await;
    let request =
        json!({"keys": ["user_id:u-1", "nonsense", "user_id:nobody", "user_id:u-1"], "fields": []});
    let answer = surface
        .ask("POST /v1/profiles/lookup", TOKEN, request.to_string())
        .await;
    let body = answer.json();
    let answers = body["answers"].as_array().unwrap();
    assert_eq!(answers.len(), 4, "{body}");
    assert_eq!(answers[0], answers[3]);
    assert!(answers[0]["profile"]["id"].is_string(), "{body}");
    assert_eq!(answers[1]["error"]["code"], "invalid_key");
    assert_eq!(answers[2]["error"]["code"], "profile_not_found");
}

#[tokio::test]
async fn the_interactions_of_a_lookup_are_bounded_in_all() {
    let surface = with_ada().await;
    let ask = async |keys: usize, interactions: usize| {
        let request =
            json!({"keys": vec!["user_id:u-1"; keys], "fields": [], "interactions": interactions});
        let answer = surface.ask("POST /v1/profiles/lookup", TOKEN, request.to_string());
        answer.await
    };
    assert_eq!(ask(50, 100).await.status, 200);
    let refused = ask(51, 100).await;
    assert_eq!(refused.failure(), (413, "too_large".to_owned()));
    assert!(refused.text.contains("5000 interactions"), "{refused:?}");
}

#[tokio::test]
async fn a_timeline_has_pages() {
    let surface = with_ada().await;
    let first = surface
        .get("/v1/profiles/user_id:u-1/timeline?limit=1")
        .await
        .json();
    assert_eq!(first["interactions"][0]["messageId"], "m-2", "{first}");
    let next = first["next"].as_str().unwrap();
    let second = surface
        .get(&format!(
            "/v1/profiles/user_id:u-1/timeline?limit=1&page={next}"
        ))
        .await
        .json();
    assert_eq!(second["interactions"][0]["messageId"], "m-1", "{second}");
    let other = surface
        .get(&format!(
            "/v1/profiles/user_id:u-1/timeline?event=x&page={next}"
        ))
        .await;
    assert_eq!(other.failure(), (400, "invalid_token".to_owned()));
}

#[tokio::test]
async fn failures_have_one_form() {
    let surface = with_ada().await;
    for (line, authorization, body, status, code) in [
        ("GET /v1/profiles/nonsense", TOKEN, "", 400, "invalid_key"),
        ("GET /v1/profiles/email:%FF", TOKEN, "", 400, "invalid_key"),
        (
            "GET /v1/profiles/user_id:nobody",
            TOKEN,
            "",
            404,
            "profile_not_found",
        ),
        (
            "GET /v1/profiles/user_id:u-1?fields=shoes",
            TOKEN,
            "",
            400,
            "invalid_request",
        ),
        (
            "GET /v1/profiles/user_id:u-1?colour=red",
            TOKEN,
            "",
            400,
            "invalid_request",
        ),
        (
            "GET /v1/profiles/user_id:u-1?interactions=101",
            TOKEN,
            "",
            400,
            "invalid_request",
        ),
        (
            "GET /v1/profiles/user_id:u-1?after=x",
            TOKEN,
            "",
            400,
            "invalid_token",
        ),
        (
            "GET /v1/profiles/user_id:u-1/timeline?from=monday",
            TOKEN,
            "",
            400,
            "invalid_request",
        ),
        ("GET /v1/profiles/user_id:u-1", "", "", 401, "unauthorized"),
        ("GET /v1/profiles/user_id:u-1", BASIC, "", 403, "forbidden"),
        ("GET /v1/export", READER, "", 403, "forbidden"),
        ("POST /v1/profiles/lookup", TOKEN, "{", 400, "invalid_json"),
        (
            "POST /v1/profiles/lookup",
            TOKEN,
            "{}",
            400,
            "invalid_request",
        ),
        (
            "POST /v1/facts",
            TOKEN,
            "{\"kind\":\"merge\"}",
            400,
            "invalid_request",
        ),
        ("DELETE /v1/facts/nothing", TOKEN, "", 404, "fact_not_found"),
        (
            "DELETE /v1/profiles/user_id:u-1",
            TOKEN,
            "",
            405,
            "method_not_allowed",
        ),
        ("GET /v2", TOKEN, "", 404, "not_found"),
        ("GET /docs/errors/nothing", "", "", 404, "not_found"),
    ] {
        let answer = surface.ask(line, authorization, body).await;
        assert_eq!(
            answer.failure(),
            (status, code.to_owned()),
            "{line}: {answer:?}"
        );
        assert_eq!(
            answer.json()["error"]["docs"],
            format!("/docs/errors/{code}"),
            "{line}"
        );
    }
}

#[tokio::test]
async fn an_export_is_lines_of_json() {
    let surface = with_ada().await;
    let answer = surface.get("/v1/export").await;
    assert_eq!(answer.headers["content-type"], "application/x-ndjson");
    let kinds: Vec<&str> = answer.text.lines().map(|line| &line[..6]).collect();
    assert_eq!(kinds, ["{\"prof", "{\"inte", "{\"inte"], "{answer:?}");
    assert!(!answer.text.contains("received"), "{answer:?}");
}
