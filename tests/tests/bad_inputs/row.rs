//! One line of the table: a request and the answer that it must get.

use std::io::Write;

use acquaint_tests::{Server, TOKEN, WRITE_KEY_PUBLIC, WRITE_KEY_SERVER};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum As {
    /// Basic with a write key of server trust.
    ServerKey,
    /// Basic with a write key of public trust.
    PublicKey,
    /// Bearer with a token of every scope.
    Token,
    /// Bearer with a token that may only read profiles.
    Reader,
    /// This Authorization header.
    Header(&'static str),
    /// No Authorization header.
    Nobody,
}

/// What must come back.
#[derive(Clone, Debug)]
pub(crate) enum Expect {
    /// `{"success":false,"code":…}` with this status.
    Refused(u16, &'static str),
    /// `{"error":{"code":…}}` with this status.
    Error(u16, &'static str),
    /// 200, and the only verdict is `rejected` for this reason.
    Rejected(&'static str),
    /// 200, and the only verdict is `accepted`, with this note.
    Noted(&'static str),
    /// 200, and the only verdict is `accepted`.
    Accepted,
}

/// A request and its answer.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    method: &'static str,
    path: String,
    who: As,
    encoding: Option<&'static str>,
    body: Vec<u8>,
    expect: Expect,
}

/// A tracking request with these bytes as its body.
pub(crate) fn post(
    name: &'static str,
    path: &str,
    body: impl Into<Vec<u8>>,
    expect: Expect,
) -> Row {
    Row {
        name,
        method: "POST",
        path: path.to_owned(),
        who: As::ServerKey,
        encoding: None,
        body: body.into(),
        expect,
    }
}

/// A batch of this one message.
pub(crate) fn message(name: &'static str, message: Value, expect: Expect) -> Row {
    post(
        name,
        "/v1/batch",
        json!({ "batch": [message] }).to_string(),
        expect,
    )
}

/// A request without a body, by the token of every scope.
pub(crate) fn ask(name: &'static str, method: &'static str, path: &str, expect: Expect) -> Row {
    Row {
        method,
        who: As::Token,
        ..post(name, path, "", expect)
    }
}

/// A request with a JSON body, by the token of every scope.
pub(crate) fn tell(
    name: &'static str,
    path: &str,
    body: impl Into<Vec<u8>>,
    expect: Expect,
) -> Row {
    Row {
        who: As::Token,
        ..post(name, path, body, expect)
    }
}

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

impl Row {
    pub(crate) fn by(self, who: As) -> Self {
        Self { who, ..self }
    }

    pub(crate) fn encoded(self, encoding: &'static str) -> Self {
        Self {
            encoding: Some(encoding),
            ..self
        }
    }

    /// Sends it; the difference to what was expected, in words.
    pub(crate) async fn check(&self, server: &Server) -> Result<(), String> {
        let method = self.method.parse().unwrap();
        let mut request = server.http().request(method, server.url(&self.path));
        request = match self.who {
            As::ServerKey => request.basic_auth(WRITE_KEY_SERVER, Some("")),
            As::PublicKey => request.basic_auth(WRITE_KEY_PUBLIC, Some("")),
            As::Token => request.bearer_auth(TOKEN),
            As::Reader => request.bearer_auth("token-with-no-right-to-export"),
            As::Header(value) => request.header("authorization", value),
            As::Nobody => request,
        };
        if let Some(encoding) = self.encoding {
            request = request.header("content-encoding", encoding);
        }
        let request = request.header("content-type", "application/json");
        let answer = request.body(self.body.clone()).send().await;
        let answer = answer.map_err(|error| format!("no answer: {error}"))?;
        let status = answer.status().as_u16();
        let text = answer.text().await.map_err(|error| error.to_string())?;
        let body: Value = serde_json::from_str(&text).unwrap_or_default();
        if self.is_as_expected(status, &body) {
            return Ok(());
        }
        let shown: String = text.chars().take(300).collect();
        Err(format!("expected {:?}, got {status} {shown}", self.expect))
    }

    fn is_as_expected(&self, status: u16, body: &Value) -> bool {
        let verdicts = body["verdicts"].as_array().map_or(&[][..], Vec::as_slice);
        match (&self.expect, verdicts) {
            (Expect::Refused(wanted, code), _) => {
                let says = ["message", "error"]
                    .iter()
                    .all(|member| body[member].is_string());
                status == *wanted && body["code"] == *code && body["success"] == false && says
            }
            (Expect::Error(wanted, code), _) => {
                let error = &body["error"];
                let says = error["message"].is_string() && error["docs"].is_string();
                status == *wanted && error["code"] == *code && says
            }
            (Expect::Rejected(reason), [only]) => {
                status == 200 && only["verdict"] == "rejected" && only["reason"] == *reason
            }
            (Expect::Noted(note), [only]) => {
                let notes = only["notes"].as_array().map_or(&[][..], Vec::as_slice);
                status == 200 && only["verdict"] == "accepted" && notes.contains(&json!(note))
            }
            (Expect::Accepted, [only]) => status == 200 && only["verdict"] == "accepted",
            _ => false,
        }
    }
}
