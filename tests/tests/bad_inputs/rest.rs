//! Reads, facts and routes: everything but the tracking API.

use serde_json::json;

use crate::row::{As, Expect, Row, ask, tell};
use Expect::Error;

pub(crate) fn rows() -> Vec<Row> {
    let mut rows = keys();
    rows.extend(options());
    rows.extend(bodies());
    rows.extend(facts());
    rows.extend(access());
    rows
}

fn keys() -> Vec<Row> {
    let get = |name, key: &str, expect| ask(name, "GET", &format!("/v1/profiles/{key}"), expect);
    vec![
        get(
            "a key without namespace",
            "nobody",
            Error(400, "invalid_key"),
        ),
        get(
            "a namespace that is not one",
            "nope:1",
            Error(400, "invalid_key"),
        ),
        get("a namespace of nothing", ":1", Error(400, "invalid_key")),
        get("a value of nothing", "user_id:", Error(400, "invalid_key")),
        get(
            "a value with a NUL",
            "user_id:a%00b",
            Error(400, "invalid_key"),
        ),
        get(
            "a value that is not UTF-8",
            "user_id:%ff",
            Error(400, "invalid_key"),
        ),
        get(
            "a value of 2,000 bytes",
            &format!("user_id:{}", "x".repeat(2_000)),
            Error(400, "invalid_key"),
        ),
        get(
            "an email that is none",
            "email:nobody",
            Error(400, "invalid_key"),
        ),
        get("half a profile id", "pf_abc", Error(400, "invalid_key")),
        get(
            "a profile id with a wrong letter",
            "pf_00000000000000000000000000",
            Error(400, "invalid_key"),
        ),
        get(
            "a placeholder",
            "user_id:null",
            Error(409, "identifier_blocked"),
        ),
        get("nobody", "user_id:nobody", Error(404, "profile_not_found")),
        get(
            "a profile id of nobody",
            "pf_aaaaaaaaaaaaaaaaaaaaaaaaaa",
            Error(404, "profile_not_found"),
        ),
    ]
}

fn options() -> Vec<Row> {
    let get = |name, rest: &str, expect| {
        ask(
            name,
            "GET",
            &format!("/v1/profiles/user_id:u{rest}"),
            expect,
        )
    };
    let invalid = || Error(400, "invalid_request");
    vec![
        get("a field that is not one", "?fields=shoes", invalid()),
        get(
            "more interactions than there may be",
            "?interactions=100000",
            invalid(),
        ),
        get(
            "interactions that are words",
            "?interactions=many",
            invalid(),
        ),
        get("verbose that is words", "?verbose=perhaps", invalid()),
        get(
            "a position that is none",
            "?after=tomorrow",
            Error(400, "invalid_token"),
        ),
        get("a timeline of none", "/timeline?limit=0", invalid()),
        get(
            "a timeline of less than none",
            "/timeline?limit=-1",
            invalid(),
        ),
        get(
            "a timeline of too many",
            "/timeline?limit=100000",
            invalid(),
        ),
        get(
            "a page that is none",
            "/timeline?page=abc",
            Error(400, "invalid_token"),
        ),
        get("a time that is none", "/timeline?from=yesterday", invalid()),
        get(
            "identifiers of nobody",
            "/identifiers",
            Error(404, "profile_not_found"),
        ),
        ask(
            "explain with one side",
            "GET",
            "/v1/explain?a=user_id:u",
            invalid(),
        ),
        ask(
            "explain of what is no key",
            "GET",
            "/v1/explain?a=u&b=v",
            Error(400, "invalid_key"),
        ),
    ]
}

fn bodies() -> Vec<Row> {
    let too_many = json!({"keys": vec!["user_id:u"; 1_001]}).to_string();
    let lookup = "/v1/profiles/lookup";
    let invalid = || Error(400, "invalid_request");
    vec![
        tell(
            "lookup of 1,001 keys",
            lookup,
            too_many,
            Error(413, "too_large"),
        ),
        tell("lookup without keys", lookup, "{}", invalid()),
        tell(
            "lookup of keys that are numbers",
            lookup,
            r#"{"keys":[7]}"#,
            invalid(),
        ),
        tell(
            "lookup with a member that is none",
            lookup,
            r#"{"keys":[],"key":1}"#,
            invalid(),
        ),
        tell(
            "lookup of half a JSON",
            lookup,
            r#"{"keys":["#,
            Error(400, "invalid_json"),
        ),
        tell(
            "lookup of two megabytes",
            lookup,
            "x".repeat(2 << 20),
            Error(413, "too_large"),
        ),
    ]
}

fn facts() -> Vec<Row> {
    let fact = |value: serde_json::Value| value.to_string();
    let invalid = || Error(400, "invalid_request");
    vec![
        tell(
            "a fact of no kind",
            "/v1/facts",
            fact(json!({"author": "ops", "reason": "r"})),
            invalid(),
        ),
        tell(
            "a fact of a kind that is none",
            "/v1/facts",
            fact(
                json!({"kind": "merge", "a": "user_id:a", "b": "user_id:b", "author": "o", "reason": "r"}),
            ),
            invalid(),
        ),
        tell(
            "a fact without its author",
            "/v1/facts",
            fact(json!({"kind": "block", "key": "user_id:a", "reason": "r"})),
            invalid(),
        ),
        tell(
            "a fact about what is no key",
            "/v1/facts",
            fact(json!({"kind": "block", "key": "nope", "author": "o", "reason": "r"})),
            Error(400, "invalid_key"),
        ),
        tell(
            "a split of what is no key",
            "/v1/facts",
            fact(json!({"kind": "split", "key": "nope", "author": "o", "reason": "r"})),
            Error(400, "invalid_key"),
        ),
        tell(
            "a revoked source without a name",
            "/v1/facts",
            fact(json!({"kind": "revoke", "source": " ", "author": "o", "reason": "r"})),
            invalid(),
        ),
        ask(
            "undo of what is no fact",
            "DELETE",
            "/v1/facts/nope",
            Error(404, "fact_not_found"),
        ),
    ]
}

fn access() -> Vec<Row> {
    let profile = "/v1/profiles/user_id:u";
    let not_found = || Error(404, "not_found");
    vec![
        ask(
            "a read by nobody",
            "GET",
            profile,
            Error(401, "unauthorized"),
        )
        .by(As::Nobody),
        ask(
            "a read by a wrong token",
            "GET",
            profile,
            Error(401, "unauthorized"),
        )
        .by(As::Header("Bearer wrong-token")),
        ask(
            "a read by a write key",
            "GET",
            profile,
            Error(403, "forbidden"),
        )
        .by(As::ServerKey),
        ask(
            "an export without its scope",
            "GET",
            "/v1/export",
            Error(403, "forbidden"),
        )
        .by(As::Reader),
        ask(
            "the evidence without the scope of exports",
            "GET",
            "/v1/identity/evidence",
            Error(403, "forbidden"),
        )
        .by(As::Reader),
        ask(
            "facts without their scope",
            "GET",
            "/v1/facts",
            Error(403, "forbidden"),
        )
        .by(As::Reader),
        ask("a route that is none", "GET", "/v1/nothing", not_found()),
        ask(
            "a version that is none",
            "GET",
            "/v2/profiles/user_id:u",
            not_found(),
        ),
        ask(
            "a way out of the routes",
            "GET",
            "/v1/../../etc/passwd",
            not_found(),
        ),
        ask(
            "DELETE of a profile",
            "DELETE",
            profile,
            Error(405, "method_not_allowed"),
        ),
        ask(
            "POST of health",
            "POST",
            "/health/live",
            Error(405, "method_not_allowed"),
        ),
    ]
}
