//! What reads promise: asked for in the same way of every read, told by every answer.

use serde_json::json;

use crate::profiles::with_ada;
use crate::{BASIC, READER, Surface, TOKEN};

/// Every read, with a body where it takes one.
const READS: [(&str, &str); 9] = [
    ("GET /v1/profiles/user_id:u-1", ""),
    ("GET /v1/profiles/user_id:u-1/identifiers", ""),
    ("GET /v1/profiles/user_id:u-1/timeline", ""),
    ("GET /v1/profiles/user_id:u-1/graph", ""),
    ("POST /v1/profiles/lookup", r#"{"keys": ["user_id:u-1"]}"#),
    ("GET /v1/explain?a=user_id:u-1&b=phone:%2B14155552671", ""),
    ("GET /v1/facts", ""),
    ("GET /v1/identity/changes", ""),
    ("GET /v1/export", ""),
];

fn with(line: &str, parameters: &str) -> String {
    let joint = if line.contains('?') { '&' } else { '?' };
    format!("{line}{joint}{parameters}")
}

#[tokio::test]
async fn every_read_says_what_it_promises() {
    let surface = with_ada().await;
    let message = json!({"userId": "u-1", "event": "Another", "messageId": "m-3"});
    let sent = surface.track("/v1/track", &message).await.json();
    let position = sent["position"].as_str().unwrap();
    for (line, body) in READS {
        for (parameters, promised) in [
            ("".to_owned(), "local"),
            ("max_staleness=60000".to_owned(), "local"),
            ("consistency=local".to_owned(), "local"),
            (format!("after={position}"), "session"),
            (format!("consistency=session&after={position}"), "session"),
            ("consistency=strong".to_owned(), "strong"),
            (format!("consistency=strong&after={position}"), "strong"),
        ] {
            let line = with(line, &parameters);
            let answer = surface.ask(&line, TOKEN, body).await;
            assert_eq!(answer.status, 200, "{line}: {answer:?}");
            assert_eq!(answer.headers["acquaint-consistency"], promised, "{line}");
            let seen = answer.headers["acquaint-position"].to_str().unwrap();
            let again = surface
                .ask(&format!("GET /v1/facts?after={seen}"), TOKEN, "")
                .await;
            assert_eq!(again.status, 200, "{line}: {seen}: {again:?}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_was_looked_for_somewhere_too() {
    let surface = with_ada().await;
    let path = "/v1/profiles/user_id:nobody?consistency=strong";
    let answer = surface.get(path).await;
    assert_eq!(answer.status, 404, "{answer:?}");
    assert_eq!(answer.headers["acquaint-consistency"], "strong");
    let seen = answer.headers["acquaint-position"].to_str().unwrap();
    let again = surface.get(&format!("/v1/facts?after={seen}")).await;
    assert_eq!(again.status, 200, "{seen}: {again:?}");
}

#[tokio::test]
async fn no_bound_of_age_is_too_small() {
    let surface = with_ada().await;
    for _ in 0..5 {
        let answer = surface.get("/v1/facts?max_staleness=0").await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

#[tokio::test]
async fn what_contradicts_itself_is_refused_by_every_read() {
    let surface = with_ada().await;
    for (line, body) in READS {
        for (parameters, status, code) in [
            ("consistency=session", 400, "invalid_request"),
            ("consistency=strong&max_staleness=1", 400, "invalid_request"),
            ("consistency=quick", 400, "invalid_request"),
            ("max_staleness=-1", 400, "invalid_request"),
            ("consistency=local&after=AXA", 400, "invalid_request"),
            ("after=AXA", 400, "invalid_token"),
            ("afterwards=AXA", 400, "invalid_request"),
        ] {
            let line = with(line, parameters);
            let answer = surface.ask(&line, TOKEN, body).await;
            assert_eq!(answer.failure(), (status, code.to_owned()), "{line}");
        }
    }
    let twice = json!({"keys": ["user_id:u-1"], "after": "AXA"}).to_string();
    let answer = surface
        .ask("POST /v1/profiles/lookup?after=AXA", TOKEN, twice)
        .await;
    assert_eq!(answer.failure(), (400, "invalid_request".to_owned()));
}

/// Who may not read must not have the cluster asked for a barrier either.
#[tokio::test]
async fn nothing_is_waited_for_before_the_caller_is_known() {
    let surface = Surface::open().await;
    let far = far_ahead();
    for (line, _) in READS
        .iter()
        .filter(|(line, _)| line.contains("profiles/user"))
    {
        let line = with(line, &format!("after={far}"));
        assert_eq!(surface.ask(&line, "", "").await.failure().0, 401, "{line}");
        assert_eq!(
            surface.ask(&line, BASIC, "").await.failure().0,
            403,
            "{line}"
        );
    }
    let line = with("GET /v1/export", &format!("after={far}"));
    assert_eq!(surface.ask(&line, READER, "").await.failure().0, 403);
}

/// A position that this cluster never reaches: group 0 at an index far ahead.
fn far_ahead() -> String {
    let position = acquaint_api::Position {
        slot_map: 1,
        identified: true,
        groups: [(0, u64::MAX)].into(),
    };
    position.to_string()
}
