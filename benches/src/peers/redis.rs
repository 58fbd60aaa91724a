//! Redis: a point read over a socket from memory, without a log on disk.
//!
//! The client is a page of RESP instead of the `redis` crate (its stable release adds seven
//! packages): GET and SET are all that is measured, and a client that does little serves both sides
//! alike.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use rustix::process::Signal;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::PeerError;
use super::process::{Process, find_program, free_addresses, version_of};

const PEER: &str = "Redis";
const BUFFER_BYTES: usize = 16 << 10;

/// A Redis server.
#[derive(Debug)]
pub struct Redis {
    /// The listen address.
    pub address: SocketAddr,
    /// As the program prints it.
    pub version: String,
    _process: Process,
    _directory: TempDir,
}

impl Redis {
    /// The settings that differ from Redis's own defaults, for reports.
    pub const SETTINGS: &[(&str, &str)] = &[("appendonly", "no"), ("save", "")];

    /// Starts a server with its files in a new directory below `base`.
    ///
    /// # Errors
    /// It is not installed, or it does not start.
    pub async fn start(base: &Path) -> Result<Self, PeerError> {
        let failed = PeerError::failed(PEER, "start");
        let program = find_program("redis-server", &[])?;
        let version = version_of(PEER, program.as_os_str())?;
        let directory = TempDir::with_prefix_in("peer-redis-", base).map_err(&failed)?;
        let [address] = free_addresses().map_err(&failed)?;
        let mut command = Command::new(program);
        command
            .args(["--bind", "127.0.0.1", "--daemonize", "no"])
            .args(["--port", &address.port().to_string()])
            .args([OsStr::new("--dir"), directory.path().as_os_str()]);
        for (name, value) in Self::SETTINGS {
            command.arg(format!("--{name}")).arg(value);
        }
        let log = directory.path().join("log");
        let mut process = Process::start(PEER, command, log, Signal::TERM)?;
        process.ready(|| RedisSession::connect(address)).await?;
        Ok(Self {
            address,
            version,
            _process: process,
            _directory: directory,
        })
    }

    /// A new connection.
    ///
    /// # Errors
    /// The server does not accept it.
    pub async fn session(&self) -> Result<RedisSession, PeerError> {
        RedisSession::connect(self.address).await
    }
}

/// One connection, one request at a time.
#[derive(Debug)]
pub struct RedisSession {
    stream: TcpStream,
    request: Vec<u8>,
    reply: Vec<u8>,
}

impl RedisSession {
    async fn connect(address: SocketAddr) -> Result<Self, PeerError> {
        let failed = PeerError::failed(PEER, "connect");
        let stream = TcpStream::connect(address).await.map_err(&failed)?;
        stream.set_nodelay(true).map_err(&failed)?;
        let mut session = Self {
            stream,
            request: Vec::with_capacity(BUFFER_BYTES),
            reply: Vec::with_capacity(BUFFER_BYTES),
        };
        session.call(&[b"PING"]).await?;
        Ok(session)
    }

    /// Stores a value.
    ///
    /// # Errors
    /// The server refuses, or the connection broke.
    pub async fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), PeerError> {
        self.call(&[b"SET", key, value]).await.map(|_| ())
    }

    /// The value of a key, which stays valid until the next call.
    ///
    /// # Errors
    /// The server refuses, or the connection broke.
    pub async fn get(&mut self, key: &[u8]) -> Result<Option<&[u8]>, PeerError> {
        self.call(&[b"GET", key]).await
    }

    async fn call(&mut self, words: &[&[u8]]) -> Result<Option<&[u8]>, PeerError> {
        encode(words, &mut self.request);
        let failed = PeerError::failed(PEER, "call");
        self.stream
            .write_all(&self.request)
            .await
            .map_err(&failed)?;
        self.reply.clear();
        loop {
            if self
                .stream
                .read_buf(&mut self.reply)
                .await
                .map_err(&failed)?
                == 0
            {
                return Err(PeerError::failed(PEER, "call")("the connection is closed"));
            }
            match parse(&self.reply) {
                Parsed::Incomplete => {}
                Parsed::Value { from, to } => return Ok(Some(&self.reply[from..to])),
                Parsed::Null => return Ok(None),
                Parsed::Refused(reason) => return Err(PeerError::failed(PEER, "call")(reason)),
            }
        }
    }
}

/// An array of bulk strings, which is what a command is.
fn encode(words: &[&[u8]], request: &mut Vec<u8>) {
    request.clear();
    request.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
    for word in words {
        request.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        request.extend_from_slice(word);
        request.extend_from_slice(b"\r\n");
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Parsed {
    Incomplete,
    Value { from: usize, to: usize },
    Null,
    Refused(String),
}

/// One reply: a simple string, a bulk string or an error.
fn parse(reply: &[u8]) -> Parsed {
    let Some(end) = reply.windows(2).position(|pair| pair == b"\r\n") else {
        return Parsed::Incomplete;
    };
    let line = String::from_utf8_lossy(reply.get(1..end).unwrap_or_default());
    match reply[0] {
        b'+' => Parsed::Value { from: 1, to: end },
        b'$' if line == "-1" => Parsed::Null,
        b'$' => match line.parse::<usize>() {
            Ok(bytes) if reply.len() < end + bytes + 4 => Parsed::Incomplete,
            Ok(bytes) => Parsed::Value {
                from: end + 2,
                to: end + 2 + bytes,
            },
            Err(error) => Parsed::Refused(format!("bulk string of length {line}: {error}")),
        },
        b'-' => Parsed::Refused(line.into_owned()),
        kind => Parsed::Refused(format!("unknown reply type {:?}", char::from(kind))),
    }
}

#[cfg(test)]
mod tests {
    use acquaint_tests::skip;

    use super::*;

    #[tokio::test]
    async fn redis_gets_what_was_set() {
        let redis = match Redis::start(&std::env::temp_dir()).await {
            Err(error @ PeerError::Missing { .. }) => {
                return skip("redis_gets_what_was_set", &error.to_string());
            }
            started => started.expect("the server starts"),
        };
        let mut session = redis.session().await.expect("it accepts connections");
        // More than one read of the socket.
        let value = vec![b'\n'; 1 << 20];
        session.set(b"key", &value).await.expect("it is stored");
        let found = session.get(b"key").await.expect("it answers");
        assert_eq!(found, Some(value.as_slice()));
        let missing = session.get(b"other").await.expect("it answers");
        assert_eq!(missing, None);
    }

    #[test]
    fn replies_are_parsed_as_they_arrive() {
        let reply = b"$5\r\nhello\r\n";
        for end in 0..reply.len() {
            assert_eq!(parse(&reply[..end]), Parsed::Incomplete, "{end} bytes");
        }
        assert_eq!(parse(reply), Parsed::Value { from: 4, to: 9 });
        assert_eq!(parse(b"$-1\r\n"), Parsed::Null);
        assert_eq!(parse(b"+OK\r\n"), Parsed::Value { from: 1, to: 3 });
        let refused = Parsed::Refused("ERR no".to_owned());
        assert_eq!(parse(b"-ERR no\r\n"), refused);
    }
}
