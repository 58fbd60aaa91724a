//! What a caller meets at the bounds of the server.

use acquaint_http::Options;
use axum::body::Body;
use axum::http::Request;
use serde_json::json;

use crate::{BASIC, KEYS, Surface, TOKEN};

#[tokio::test]
async fn a_key_has_its_share() {
    let options = Options {
        key_messages_per_second_max: Some(1),
        ..Options::default()
    };
    let surface = Surface::with(KEYS, options).await;
    let message = json!({"userId": "u", "event": "e"});
    let batch = json!({"batch": vec![json!({"type": "track", "userId": "u", "event": "e"}); 400]});
    assert_eq!(surface.track("/v1/batch", &batch).await.status, 200);
    let refused = surface.track("/v1/track", &message).await;
    assert_eq!(refused.failure(), (429, "rate_limited".to_owned()));
    let wait: u64 = refused.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=300).contains(&wait), "{wait}");
    let other = json!({"userId": "u", "event": "e", "writeKey": "browser-write-key"});
    let answer = surface.ask("POST /v1/track", "", other.to_string()).await;
    assert_eq!(answer.status, 200, "another key has its own: {answer:?}");
}

#[tokio::test]
async fn a_full_node_says_so_and_stays_observable() {
    let options = Options {
        body_bytes_in_flight_max: 1_024,
        ..Options::default()
    };
    let surface = Surface::with(KEYS, options).await;
    let answer = surface
        .ask("POST /v1/batch", BASIC, vec![b' '; 2_000])
        .await;
    assert_eq!(answer.failure(), (503, "overloaded".to_owned()));
    assert_eq!(answer.headers["retry-after"], "1");
    assert_eq!(surface.get("/health/ready").await.status, 200);
    let metrics = surface.get("/metrics").await.text;
    let line = "acquaint_http_refused_total{bound=\"body_bytes_in_flight_max\"} 1";
    assert!(metrics.contains(line), "{metrics}");
}

#[tokio::test]
async fn without_keys_everybody_may_call() {
    let surface = Surface::with("", Options::default()).await;
    let message = json!({"userId": "u", "event": "e"}).to_string();
    assert_eq!(surface.ask("POST /v1/track", "", message).await.status, 200);
    assert_eq!(
        surface
            .ask("GET /v1/profiles/user_id:u", "", "")
            .await
            .status,
        200
    );
}

/// Without keys, a web page must not reach the API through the browser of the machine that the node runs on.
#[tokio::test]
async fn a_node_without_keys_answers_only_its_own_machine() {
    let surface = Surface::with("", Options::default()).await;
    for (host, origin, expected) in [
        ("127.0.0.1:8080", "", 404),
        ("localhost:8080", "http://localhost:3000", 404),
        ("rebound.example:8080", "", 403),
        ("127.0.0.1:8080", "https://page.example", 403),
        ("127.0.0.1:8080", "null", 403),
    ] {
        let mut request = Request::builder()
            .uri("/v1/profiles/user_id:nobody")
            .header("host", host);
        if !origin.is_empty() {
            request = request.header("origin", origin);
        }
        let answer = surface.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, expected, "{host} {origin}: {answer:?}");
    }
    // With keys, a key is what counts.
    let surface = Surface::open().await;
    let request = Request::builder()
        .uri("/v1/profiles/user_id:nobody")
        .header("host", "crm.example");
    let request = request
        .header("authorization", TOKEN)
        .body(Body::empty())
        .unwrap();
    assert_eq!(surface.send(request).await.status, 404);
}
