//! What may stand inside a message. In a batch a bad message is alone in being rejected.

use serde_json::{Value, json};

use crate::row::{As, Expect, Row, message, post};
use Expect::{Accepted, Noted, Rejected};

/// A good track message with one member put over it.
fn with(member: &str, value: Value) -> Value {
    let mut message = json!({"type": "track", "userId": "u", "event": "Seen"});
    message[member] = value;
    message
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(1), |inner, _| json!({ "in": inner }))
}

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = members();
    rows.extend(identifiers());
    rows.extend(times());
    rows.extend(shapes());
    rows
}

fn members() -> Vec<Row> {
    vec![
        message(
            "a message that is a number",
            json!(7),
            Rejected("not_an_object"),
        ),
        message(
            "a message that is null",
            Value::Null,
            Rejected("not_an_object"),
        ),
        message(
            "no type",
            json!({"userId": "u", "event": "e"}),
            Rejected("unknown_type"),
        ),
        message(
            "a type that is not one",
            with("type", json!("purchase")),
            Rejected("unknown_type"),
        ),
        message(
            "a type that is a list",
            with("type", json!([])),
            Rejected("unknown_type"),
        ),
        message(
            "a track without its event",
            json!({"type": "track", "userId": "u"}),
            Rejected("missing_event"),
        ),
        message(
            "an event that is a number",
            with("event", json!(7)),
            Rejected("invalid_member"),
        ),
        message(
            "traits that are text",
            with("traits", json!("gold")),
            Rejected("invalid_member"),
        ),
        message(
            "properties that are a list",
            with("properties", json!([1])),
            Rejected("invalid_member"),
        ),
        message(
            "a context that is text",
            with("context", json!("web")),
            Rejected("invalid_member"),
        ),
        message(
            "a message id of 101 characters",
            with("messageId", json!("m".repeat(101))),
            Rejected("invalid_message_id"),
        ),
        message(
            "a message id that is a list",
            with("messageId", json!([])),
            Rejected("invalid_member"),
        ),
    ]
}

fn identifiers() -> Vec<Row> {
    let nobody = json!({"type": "track", "event": "e"});
    let nulls = json!({"type": "track", "event": "e", "userId": null, "anonymousId": null});
    let placeholders = json!({"type": "track", "event": "e", "userId": "null", "anonymousId": ""});
    let external: Vec<Value> = (0..17)
        .map(|n| json!({"id": format!("a{n}@example.com"), "type": "email", "collection": "users", "encoding": "none"}))
        .collect();
    let alias = json!({"type": "alias", "userId": "u", "previousId": "v"});
    let half_alias = json!({"type": "alias", "userId": "u"});
    vec![
        message("nobody", nobody, Rejected("missing_identifier")),
        message("null ids", nulls, Rejected("missing_identifier")),
        message(
            "placeholders for ids",
            placeholders,
            Rejected("missing_identifier"),
        ),
        message(
            "a user id that is an object",
            with("userId", json!({})),
            Rejected("invalid_member"),
        ),
        message(
            "a user id that is true",
            with("userId", json!(true)),
            Rejected("invalid_member"),
        ),
        message(
            "a user id with a NUL",
            with("userId", json!("a\u{0}b")),
            Rejected("invalid_identifier"),
        ),
        message(
            "a user id that turns text round",
            with("userId", json!("a\u{202e}b")),
            Rejected("invalid_identifier"),
        ),
        message(
            "a user id with a line break",
            with("userId", json!("a\nb")),
            Rejected("invalid_identifier"),
        ),
        message(
            "a user id of 600 bytes",
            with("userId", json!("u".repeat(600))),
            Rejected("invalid_identifier"),
        ),
        message(
            "17 identifiers",
            with("context", json!({ "externalIds": external })),
            Rejected("too_many_identifiers"),
        ),
        message(
            "external ids that are text: nobody's",
            with("context", json!({"externalIds": "x"})),
            Accepted,
        ),
        message(
            "an alias of one id",
            half_alias,
            Rejected("missing_identifier"),
        ),
        message(
            "an alias from a public key: kept, and links nobody",
            alias,
            Accepted,
        )
        .by(As::PublicKey),
        message(
            "a user id that is a number",
            with("userId", json!(7)),
            Accepted,
        ),
        message(
            "one placeholder among ids",
            with("anonymousId", json!("undefined")),
            Noted("placeholder_dropped"),
        ),
    ]
}

fn times() -> Vec<Row> {
    vec![
        message(
            "a time of words",
            with("timestamp", json!("yesterday")),
            Rejected("invalid_time"),
        ),
        message(
            "a time that is a list",
            with("timestamp", json!([])),
            Rejected("invalid_member"),
        ),
        message(
            "the 30th of February",
            with("timestamp", json!("2026-02-30T00:00:00Z")),
            Rejected("invalid_time"),
        ),
        message(
            "the year 1",
            with("timestamp", json!("0001-01-01T00:00:00Z")),
            Rejected("invalid_time"),
        ),
        message(
            "the year 9999",
            with("timestamp", json!("9999-01-01T00:00:00Z")),
            Noted("time_clamped"),
        ),
    ]
}

fn shapes() -> Vec<Row> {
    let huge =
        r#"{"batch":[{"type":"track","userId":"u","event":"e","properties":{"revenue":1e400}}]}"#;
    let twice = r#"{"batch":[{"type":"track","userId":"u","userId":"v","event":"e"}]}"#;
    vec![
        message(
            "a hundred levels",
            with("properties", nested(100)),
            Rejected("value_over_bound"),
        ),
        post(
            "a number beyond all bounds",
            "/v1/batch",
            huge,
            Rejected("invalid_json"),
        ),
        post(
            "a member given twice: the last counts",
            "/v1/batch",
            twice,
            Accepted,
        ),
        message(
            "a NUL in a property",
            with("properties", json!({"text": "a\u{0}b"})),
            Accepted,
        ),
        message(
            "revenue of words",
            with("properties", json!({"revenue": "a lot"})),
            Accepted,
        ),
    ]
}
