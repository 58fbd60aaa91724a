//! Sessions over HTTP: nodes and HTTP floors.

use std::net::SocketAddr;
use std::time::Duration;

use memchr::memmem;

use crate::wire::Answer;
use crate::{BenchError, Session, Wire};

/// An answer that takes longer is an error.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);
const MESSAGE_CHARACTERS_MAX: usize = 200;

/// The content of an answer with status 200 that counts as a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Any.
    Anything,
    /// A profile for every key.
    Profiles,
    /// Every message accepted or known already.
    Taken,
    /// Every message accepted.
    Accepted,
}

impl Expect {
    fn check(self, body: &[u8]) -> Result<(), BenchError> {
        let has = |text: &str| memmem::find(body, text.as_bytes()).is_some();
        let part = match self {
            Self::Profiles if has(r#""error":{"#) => "a missing profile",
            Self::Taken | Self::Accepted if has(r#""verdict":"rejected""#) => "a rejected message",
            Self::Accepted if has(r#""verdict":"duplicate""#) => "a duplicate message",
            _ => return Ok(()),
        };
        Err(BenchError::Partial(part))
    }
}

/// A request, and the request that comes before it outside the timing.
#[derive(Clone, Debug)]
pub struct HttpOperation {
    /// Sent first, not timed.
    pub before: Option<Vec<u8>>,
    /// Timed.
    pub request: Vec<u8>,
    /// The content that counts as a success.
    pub expect: Expect,
}

impl HttpOperation {
    /// A request without another one before it.
    pub fn new(request: Vec<u8>, expect: Expect) -> Self {
        Self {
            before: None,
            request,
            expect,
        }
    }
}

/// A kept connection to one node, opened again after a failure.
#[derive(Debug)]
pub struct HttpSession {
    address: SocketAddr,
    wire: Option<Wire>,
}

impl HttpSession {
    /// A session that connects with its first request.
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            wire: None,
        }
    }

    /// A session with an open connection.
    ///
    /// # Errors
    /// No server listens at the address.
    pub async fn connect(address: SocketAddr) -> Result<Self, BenchError> {
        let wire = Some(Wire::connect(address).await?);
        Ok(Self { address, wire })
    }

    /// Sends a request and returns the body of an answer with status 200.
    ///
    /// # Errors
    /// The connection failed, or the answer is a refusal.
    pub async fn send(&mut self, request: &[u8]) -> Result<Vec<u8>, BenchError> {
        self.exchange(request, |answer| Ok(answer.body.to_vec()))
            .await
    }

    async fn exchange<T>(
        &mut self,
        request: &[u8],
        read: impl FnOnce(Answer<'_>) -> Result<T, BenchError> + Send,
    ) -> Result<T, BenchError> {
        let mut wire = match self.wire.take() {
            Some(wire) => wire,
            None => Wire::connect(self.address).await?,
        };
        let answer = tokio::time::timeout(ANSWER_WITHIN, wire.send(request)).await;
        // A connection on which anything failed is dropped.
        let answer = answer.map_err(|_| BenchError::Timeout(ANSWER_WITHIN))??;
        let closes = answer.closes;
        let outcome = match answer.status {
            200 => read(answer),
            _ => Err(refusal(answer)),
        };
        self.wire = Some(wire).filter(|_| !closes);
        outcome
    }
}

impl Session for HttpSession {
    type Operation = HttpOperation;

    async fn prepare(&mut self, operation: &HttpOperation) -> Result<(), BenchError> {
        match &operation.before {
            Some(request) => {
                self.exchange(request, |answer| Expect::Accepted.check(answer.body))
                    .await
            }
            None => Ok(()),
        }
    }

    async fn call(&mut self, operation: &HttpOperation) -> Result<(), BenchError> {
        let expect = operation.expect;
        self.exchange(&operation.request, |answer| expect.check(answer.body))
            .await
    }
}

fn refusal(answer: Answer<'_>) -> BenchError {
    let body: serde_json::Value = serde_json::from_slice(answer.body).unwrap_or_default();
    // Tracking calls answer with the members at the top.
    let error = body
        .get("error")
        .filter(|error| error.is_object())
        .unwrap_or(&body);
    let text = |name: &str, otherwise: &str| {
        let text = error.get(name).and_then(serde_json::Value::as_str);
        let text = text.unwrap_or(otherwise);
        text.chars()
            .take(MESSAGE_CHARACTERS_MAX)
            .collect::<String>()
    };
    BenchError::Refused {
        status: answer.status,
        code: text("code", "unknown"),
        message: text("message", "no message"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers each request with the next status line and body, then closes.
    async fn server(answers: &'static [(&'static str, &'static str)]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            for (line, body) in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let _ = stream.read(&mut [0; 4096]).await.unwrap();
                let length = body.len();
                let answer = format!(
                    "{line}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
                );
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        address
    }

    #[tokio::test]
    async fn a_refusal_names_its_code_and_a_closed_connection_is_opened_again() {
        let answers = &[
            (
                "HTTP/1.1 503 Busy",
                r#"{"error": {"code": "overloaded", "message": "later"}}"#,
            ),
            (
                "HTTP/1.1 400 Bad",
                r#"{"success":false,"code":"too_large"}"#,
            ),
            ("HTTP/1.1 502 Bad", "nope"),
            ("HTTP/1.1 200 OK", "{}"),
            ("garbage", ""),
        ];
        let mut session = HttpSession::new(server(answers).await);
        let operation = HttpOperation::new(b"GET / HTTP/1.1\r\n\r\n".to_vec(), Expect::Anything);
        let mut names = Vec::new();
        for _ in answers {
            names.push(match session.call(&operation).await {
                Ok(()) => "ok".to_owned(),
                Err(error) => error.name(),
            });
        }
        let expected = [
            "503 overloaded",
            "400 too_large",
            "502 unknown",
            "ok",
            "malformed answer",
        ];
        assert_eq!(names, expected);
        assert!(matches!(
            session.call(&operation).await,
            Err(BenchError::Connect { .. } | BenchError::Connection(_))
        ));
    }

    #[test]
    fn answers_with_200_are_read() {
        let rejected = br#"{"verdicts":[{"verdict":"accepted"},{"verdict":"rejected"}]}"#;
        let duplicate = br#"{"verdicts":[{"verdict":"duplicate"}]}"#;
        let missing = br#"{"answers":[{"key":"a","error":{"code":"profile_not_found"}}]}"#;
        assert!(Expect::Taken.check(rejected).is_err());
        assert!(Expect::Taken.check(duplicate).is_ok());
        assert!(Expect::Accepted.check(duplicate).is_err());
        assert!(Expect::Profiles.check(missing).is_err());
        assert!(Expect::Anything.check(missing).is_ok());
    }
}
