//! A minimal HTTP/1.1 client: one kept connection, one request at a time, prepared bytes out,
//! `content-length` bytes in.
//!
//! A full client costs more than the answers that are measured. This one costs little, and the
//! same for a node and for its floor.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::BenchError;

const HEADERS_MAX: usize = 64;
const HEAD_BYTES_MAX: usize = 64 << 10;
const BODY_BYTES_MAX: usize = 256 << 20;

/// A kept connection.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, borrowed from the connection's buffer.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
    /// Whether the server closes the connection after this answer.
    pub closes: bool,
}

/// A GET, ready to be sent many times.
pub fn get_request(host: &str, path: &str, token: Option<&str>) -> Vec<u8> {
    let authorization = authorization(token);
    format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n{authorization}\r\n").into_bytes()
}

/// A POST of JSON, ready to be sent.
pub fn post_request(host: &str, path: &str, token: Option<&str>, body: &[u8]) -> Vec<u8> {
    let (authorization, length) = (authorization(token), body.len());
    let mut request = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\n{authorization}content-type: application/json\r\n\
         content-length: {length}\r\n\r\n"
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

fn authorization(token: Option<&str>) -> String {
    token.map_or_else(String::new, |token| {
        format!("authorization: Bearer {token}\r\n")
    })
}

impl Wire {
    /// Connects.
    ///
    /// # Errors
    /// No server listens at the address.
    pub async fn connect(address: SocketAddr) -> Result<Self, BenchError> {
        let connecting = async {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        let stream = connecting
            .await
            .map_err(|source| BenchError::Connect { address, source })?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(64 << 10),
        })
    }

    /// Sends a request and reads the whole answer. After an error the connection is of no use.
    ///
    /// # Errors
    /// The connection broke, or the answer has no known length or exceeds a bound.
    pub async fn send(&mut self, request: &[u8]) -> Result<Answer<'_>, BenchError> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            self.read_more().await?;
            if let Some(head) = Head::parse(&self.buffer)? {
                break head;
            }
            if self.buffer.len() > HEAD_BYTES_MAX {
                return Err(BenchError::TooLarge(HEAD_BYTES_MAX));
            }
        };
        let end = head.bytes + head.body_bytes;
        self.buffer.reserve(end.saturating_sub(self.buffer.len()));
        while self.buffer.len() < end {
            self.read_more().await?;
        }
        Ok(Answer {
            status: head.status,
            body: &self.buffer[head.bytes..end],
            closes: head.closes,
        })
    }

    async fn read_more(&mut self) -> Result<(), BenchError> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into()),
            _ => Ok(()),
        }
    }
}

/// The part of an answer before its body.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    bytes: usize,
    status: u16,
    body_bytes: usize,
    closes: bool,
}

impl Head {
    /// `None` while the head has not arrived whole.
    fn parse(bytes: &[u8]) -> Result<Option<Self>, BenchError> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut answer = httparse::Response::new(&mut headers);
        let parsed = answer
            .parse(bytes)
            .map_err(|error| BenchError::Malformed(error.to_string()))?;
        let httparse::Status::Complete(bytes) = parsed else {
            return Ok(None);
        };
        let value_of = |name: &str| {
            let found = answer
                .headers
                .iter()
                .find(|header| header.name.eq_ignore_ascii_case(name));
            found.map(|header| header.value.trim_ascii())
        };
        let length = value_of("content-length")
            .and_then(|value| std::str::from_utf8(value).ok()?.parse().ok());
        let body_bytes: usize = length
            .ok_or_else(|| BenchError::Malformed("content-length is missing or invalid".into()))?;
        if body_bytes > BODY_BYTES_MAX {
            return Err(BenchError::TooLarge(BODY_BYTES_MAX));
        }
        Ok(Some(Self {
            bytes,
            status: answer.code.unwrap_or_default(),
            body_bytes,
            closes: value_of("connection")
                .is_some_and(|value| value.eq_ignore_ascii_case(b"close")),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_when_it_is_whole() {
        let whole =
            b"HTTP/1.1 404 Not Found\r\nConnection: Close\r\nContent-Length: 5\r\n\r\nhello";
        for end in 0..whole.len() - 5 {
            assert_eq!(Head::parse(&whole[..end]).ok(), Some(None), "{end}");
        }
        let head = Head {
            bytes: whole.len() - 5,
            status: 404,
            body_bytes: 5,
            closes: true,
        };
        assert_eq!(Head::parse(whole).ok(), Some(Some(head)));
    }

    #[test]
    fn bad_answers_are_errors() {
        for bad in [
            "SSH-2.0-OpenSSH\r\n\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n",
        ] {
            assert!(Head::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn requests_carry_a_token_if_there_is_one() {
        let text =
            String::from_utf8(get_request("localhost", "/v1/x", Some("t"))).unwrap_or_default();
        assert_eq!(
            text,
            "GET /v1/x HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer t\r\n\r\n"
        );
        let text =
            String::from_utf8(post_request("localhost", "/v1/x", None, b"{}")).unwrap_or_default();
        assert!(text.ends_with("content-length: 2\r\n\r\n{}"), "{text}");
        assert!(!text.contains("authorization"), "{text}");
    }
}
