//! etcd: three members, each write on the disks of a majority before it is acknowledged.
//!
//! - Members run with etcd's defaults, which are durable: fdatasync of the log before an answer.
//! - Puts go over gRPC, as etcd's own clients send them; the JSON gateway costs etcd more.
//! - The client is one unary call by hand over `h2`, which the workspace links already, with a
//!   message of two fields. `etcd-client` adds about twenty packages and needs `protoc` to build,
//!   `tonic` alone adds six and would still need the messages.
//! - Sessions connect to the members in turn, so two of three put through a follower, as clients
//!   behind a load balancer do.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::{BufMut, Bytes, BytesMut};
use h2::RecvStream;
use h2::client::SendRequest;
use http::{HeaderMap, Request};
use rustix::process::Signal;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::PeerError;
use super::process::{Process, find_program, free_addresses, version_of};

const PEER: &str = "etcd";
const MEMBERS: usize = 3;
const PUT_PATH: &str = "/etcdserverpb.KV/Put";
/// A compression flag and the length of the message.
const GRPC_PREFIX_BYTES: usize = 5;

/// A cluster of three members on this machine.
#[derive(Debug)]
pub struct Etcd {
    /// The client addresses of the members.
    pub addresses: [SocketAddr; MEMBERS],
    /// As the program prints it.
    pub version: String,
    next: AtomicUsize,
    _processes: Vec<Process>,
    _directory: TempDir,
}

impl Etcd {
    /// The settings that bear on speed, for reports. Everything else is etcd's default.
    pub const SETTINGS: &[(&str, &str)] = &[
        ("members", "3 on this machine, one disk"),
        ("fsync", "on (default)"),
        (
            "heartbeat-interval, election-timeout",
            "100 ms, 1000 ms (defaults)",
        ),
        ("log-level", "warn"),
    ];

    /// Starts three members with their files in a new directory below `base`.
    ///
    /// # Errors
    /// It is not installed, or the members do not form a cluster.
    pub async fn start(base: &Path) -> Result<Self, PeerError> {
        let failed = PeerError::failed(PEER, "start");
        let program = find_program("etcd", &[])?;
        let version = version_of(PEER, program.as_os_str())?;
        let directory = TempDir::with_prefix_in("peer-etcd-", base).map_err(&failed)?;
        let ports: [SocketAddr; 2 * MEMBERS] = free_addresses().map_err(&failed)?;
        let [clients @ .., _, _, _] = ports;
        let [_, _, _, peers @ ..] = ports;
        let member = |(index, peer): (usize, &SocketAddr)| format!("m{index}=http://{peer}");
        let cluster: Vec<String> = peers.iter().enumerate().map(member).collect();
        let cluster = cluster.join(",");
        let mut processes = Vec::new();
        for (index, (client, peer)) in clients.iter().zip(&peers).enumerate() {
            let name = format!("m{index}");
            let (client, peer) = (format!("http://{client}"), format!("http://{peer}"));
            let mut command = Command::new(&program);
            command
                .args(["--name", &name, "--logger", "zap", "--log-level", "warn"])
                .arg("--data-dir")
                .arg(directory.path().join(&name))
                .args(["--listen-client-urls", &client])
                .args(["--advertise-client-urls", &client])
                .args(["--listen-peer-urls", &peer])
                .args(["--initial-advertise-peer-urls", &peer])
                .args(["--initial-cluster", &cluster])
                .args(["--initial-cluster-state", "new"]);
            let log = directory.path().join(format!("{name}.log"));
            processes.push(Process::start(PEER, command, log, Signal::TERM)?);
        }
        for (process, address) in processes.iter_mut().zip(clients) {
            // A put that is acknowledged means that this member sees a leader.
            let attempt = || async move {
                let mut session = EtcdSession::connect(address).await?;
                session.put(b"ready", b"").await
            };
            process.ready(attempt).await?;
        }
        Ok(Self {
            addresses: clients,
            version,
            next: AtomicUsize::new(0),
            _processes: processes,
            _directory: directory,
        })
    }

    /// A new connection, to the members in turn.
    ///
    /// # Errors
    /// The member does not accept it.
    pub async fn session(&self) -> Result<EtcdSession, PeerError> {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        EtcdSession::connect(self.addresses[next % MEMBERS]).await
    }
}

/// One HTTP/2 connection to one member, one put at a time.
#[derive(Debug)]
pub struct EtcdSession {
    requests: SendRequest<Bytes>,
    url: String,
    connection: JoinHandle<()>,
}

impl EtcdSession {
    async fn connect(address: SocketAddr) -> Result<Self, PeerError> {
        let failed = PeerError::failed(PEER, "connect");
        let stream = TcpStream::connect(address).await.map_err(&failed)?;
        stream.set_nodelay(true).map_err(&failed)?;
        let (requests, connection) = h2::client::handshake(stream)
            .await
            .map_err(PeerError::failed(PEER, "connect"))?;
        let connection = tokio::spawn(async move {
            // Its error comes back from every request that is open, too.
            let _ = connection.await;
        });
        Ok(Self {
            requests,
            url: format!("http://{address}{PUT_PATH}"),
            connection,
        })
    }

    /// Stores a value; it is on a majority of the members when this returns.
    ///
    /// # Errors
    /// The cluster refuses, or the connection broke.
    pub async fn put(&mut self, key: &[u8], value: &[u8]) -> Result<(), PeerError> {
        let request = Request::post(&self.url)
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(())
            .map_err(PeerError::failed(PEER, "put"))?;
        let failed = PeerError::failed(PEER, "put");
        let mut requests = self.requests.clone().ready().await.map_err(&failed)?;
        let (response, mut body) = requests.send_request(request, false).map_err(&failed)?;
        body.send_data(put_request(key, value), true)
            .map_err(&failed)?;
        let response = response.await.map_err(&failed)?;
        let status = response.status();
        if !status.is_success() {
            return Err(PeerError::failed(PEER, "put")(status));
        }
        // A call that fails at once has its status in the first headers.
        let early = response.headers().clone();
        let mut body = response.into_body();
        drain(&mut body).await.map_err(&failed)?;
        let trailers = body.trailers().await.map_err(&failed)?;
        check_status(&trailers.unwrap_or(early))
    }
}

impl Drop for EtcdSession {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

async fn drain(body: &mut RecvStream) -> Result<(), h2::Error> {
    while let Some(data) = body.data().await {
        body.flow_control().release_capacity(data?.len())?;
    }
    Ok(())
}

fn check_status(trailers: &HeaderMap) -> Result<(), PeerError> {
    let text = |name| trailers.get(name).and_then(|value| value.to_str().ok());
    match text("grpc-status") {
        Some("0") => Ok(()),
        status => Err(PeerError::failed(PEER, "put")(format!(
            "grpc-status {}: {}",
            status.unwrap_or("missing"),
            text("grpc-message").unwrap_or_default()
        ))),
    }
}

/// `PutRequest { key = 1, value = 2 }` behind gRPC's prefix.
fn put_request(key: &[u8], value: &[u8]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(GRPC_PREFIX_BYTES + key.len() + value.len() + 16);
    bytes.put_bytes(0, GRPC_PREFIX_BYTES);
    put_field(&mut bytes, 1, key);
    put_field(&mut bytes, 2, value);
    let length = u32::try_from(bytes.len() - GRPC_PREFIX_BYTES).unwrap_or(u32::MAX);
    bytes[1..GRPC_PREFIX_BYTES].copy_from_slice(&length.to_be_bytes());
    bytes.freeze()
}

/// A length-delimited field of a protocol buffer.
fn put_field(bytes: &mut BytesMut, number: u8, content: &[u8]) {
    const LENGTH_DELIMITED: u8 = 2;
    bytes.put_u8(number << 3 | LENGTH_DELIMITED);
    let mut rest = content.len();
    while rest >= 0x80 {
        bytes.put_u8((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    bytes.put_u8(rest as u8);
    bytes.put_slice(content);
}

#[cfg(test)]
mod tests {
    use acquaint_tests::skip;

    use super::*;

    #[tokio::test]
    async fn etcd_takes_puts_and_refusals_are_seen() {
        let etcd = match Etcd::start(&std::env::temp_dir()).await {
            Err(error @ PeerError::Missing { .. }) => {
                return skip("etcd_takes_puts_and_refusals_are_seen", &error.to_string());
            }
            started => started.expect("the members start"),
        };
        for _ in 0..MEMBERS {
            let mut session = etcd.session().await.expect("a member accepts connections");
            let put = session.put(b"key", &[7; 300]).await;
            put.expect("the value is stored");
            let refused = session.put(b"", b"a key must not be empty").await;
            let refused = refused.expect_err("the key is empty").to_string();
            assert!(refused.contains("grpc-status 3"), "{refused}");
        }
    }

    #[test]
    fn a_put_is_two_fields_behind_a_prefix() {
        let bytes = put_request(b"k", b"vv");
        assert_eq!(&bytes[..], b"\0\0\0\0\x07\x0a\x01k\x12\x02vv");
    }

    #[test]
    fn lengths_from_128_take_two_bytes() {
        let bytes = put_request(b"", &[7; 300]);
        assert_eq!(&bytes[..10], b"\0\0\0\x01\x31\x0a\0\x12\xac\x02");
    }
}
