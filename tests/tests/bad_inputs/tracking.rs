//! Bodies, encodings, sizes and keys of the tracking API.

use acquaint_api::limits::{BATCH_BYTES_MAX, BATCH_MESSAGES_MAX, MESSAGE_BYTES_MAX};
use serde_json::{Value, json};

use crate::row::{As, Expect, Row, ask, gzip, message, post, tell};
use Expect::{Refused, Rejected};

fn track() -> Value {
    json!({"type": "track", "userId": "u", "event": "Seen"})
}

fn track_of(bytes: usize) -> Value {
    let mut message = track();
    message["properties"] = json!({"text": "x".repeat(bytes)});
    message
}

fn batch_of(messages: usize) -> String {
    json!({ "batch": vec![track(); messages] }).to_string()
}

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = bodies();
    rows.extend(sizes());
    rows.extend(keys());
    rows
}

fn bodies() -> Vec<Row> {
    let good = batch_of(1);
    let packed = gzip(good.as_bytes());
    let half = packed[..packed.len() / 2].to_vec();
    let mut broken_end = packed.clone();
    let end = broken_end.len() - 6;
    broken_end[end] ^= 0xff;
    let batch = "/v1/batch";
    vec![
        post(
            "truncated gzip",
            batch,
            half,
            Refused(400, "invalid_encoding"),
        )
        .encoded("gzip"),
        post(
            "gzip with a wrong checksum",
            batch,
            broken_end,
            Refused(400, "invalid_encoding"),
        )
        .encoded("gzip"),
        post(
            "plain text called gzip",
            batch,
            good.clone(),
            Refused(400, "invalid_encoding"),
        )
        .encoded("gzip"),
        post(
            "an encoding that nobody speaks",
            batch,
            good,
            Refused(400, "invalid_encoding"),
        )
        .encoded("br"),
        post(
            "gzip not called gzip",
            batch,
            packed,
            Refused(400, "invalid_json"),
        ),
        post("an empty body", batch, "", Refused(400, "invalid_json")),
        post(
            "half a JSON",
            batch,
            r#"{"batch":[{"type":"#,
            Refused(400, "invalid_json"),
        ),
        post("words", batch, "hello", Refused(400, "invalid_json")),
        post(
            "bytes that are not UTF-8",
            batch,
            b"{\"batch\":[\"\xff\xfe\"]}",
            Refused(400, "invalid_json"),
        ),
        post(
            "half a surrogate pair",
            "/v1/track",
            r#"{"userId":"\ud800","event":"e"}"#,
            Refused(400, "invalid_json"),
        ),
        post(
            "two documents",
            batch,
            r#"{"batch":[]}{"batch":[]}"#,
            Refused(400, "invalid_json"),
        ),
        post(
            "a list instead of an object",
            batch,
            "[]",
            Refused(400, "invalid_request"),
        ),
        post(
            "a number instead of an object",
            batch,
            "7",
            Refused(400, "invalid_request"),
        ),
        post("no batch", batch, "{}", Refused(400, "invalid_request")),
        post(
            "a batch that is not a list",
            batch,
            r#"{"batch":{}}"#,
            Refused(400, "invalid_request"),
        ),
        post(
            "a batch that is null",
            batch,
            r#"{"batch":null}"#,
            Refused(400, "invalid_request"),
        ),
        post(
            "ten thousand brackets",
            batch,
            "[".repeat(10_000),
            Refused(400, "invalid_json"),
        ),
        post(
            "a single message of no person",
            "/v1/track",
            r#"{"event":"e"}"#,
            Refused(400, "invalid_message"),
        ),
        post(
            "a single message that is a list",
            "/v1/track",
            "[]",
            Refused(400, "invalid_message"),
        ),
    ]
}

fn sizes() -> Vec<Row> {
    let batch = "/v1/batch";
    let large = json!({"batch": vec![track_of(30_000); 18]}).to_string();
    assert!(large.len() > BATCH_BYTES_MAX);
    let bomb = gzip(&vec![b' '; 50 << 20]);
    vec![
        message(
            "a message over 32 KB in a batch",
            track_of(MESSAGE_BYTES_MAX),
            Rejected("too_large"),
        ),
        post(
            "a message over 32 KB alone",
            "/v1/track",
            track_of(MESSAGE_BYTES_MAX).to_string(),
            Refused(400, "too_large"),
        ),
        post(
            "a body over 512,000 bytes",
            batch,
            large.clone(),
            Refused(400, "too_large"),
        ),
        post(
            "the same, compressed",
            batch,
            gzip(large.as_bytes()),
            Refused(400, "too_large"),
        )
        .encoded("gzip"),
        post(
            "50 MB of spaces in 50 KB of gzip",
            batch,
            bomb,
            Refused(400, "too_large"),
        )
        .encoded("gzip"),
        post(
            "2,501 messages",
            batch,
            batch_of(BATCH_MESSAGES_MAX + 1),
            Refused(400, "too_large"),
        ),
    ]
}

fn keys() -> Vec<Row> {
    let good = |name| post(name, "/v1/batch", batch_of(1), Refused(401, "unauthorized"));
    let in_body = r#"{"writeKey":"no-such-key","batch":[]}"#;
    vec![
        good("no key at all").by(As::Nobody),
        // `no-such-key:` in base64.
        good("a key that nobody has").by(As::Header("Basic bm8tc3VjaC1rZXk6")),
        good("Basic that is not base64").by(As::Header("Basic !!!")),
        good("a scheme that nobody speaks").by(As::Header("Digest abc")),
        good("Bearer of nothing").by(As::Header("Bearer ")),
        post(
            "a wrong key in the body",
            "/v1/batch",
            in_body,
            Refused(401, "unauthorized"),
        )
        .by(As::Nobody),
        post(
            "a write key that is a number",
            "/v1/batch",
            r#"{"writeKey":7,"batch":[]}"#,
            Refused(401, "unauthorized"),
        )
        .by(As::Nobody),
        post(
            "a token without the scope",
            "/v1/batch",
            batch_of(1),
            Refused(403, "forbidden"),
        )
        .by(As::Reader),
        ask(
            "GET where POST belongs",
            "GET",
            "/v1/batch",
            Refused(405, "method_not_allowed"),
        ),
        ask(
            "PUT where POST belongs",
            "PUT",
            "/v1/track",
            Refused(405, "method_not_allowed"),
        ),
        tell(
            "an endpoint that is not one",
            "/v1/trak",
            "{}",
            Expect::Error(404, "not_found"),
        ),
    ]
}
