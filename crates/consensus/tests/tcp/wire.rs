//! Peers that are written by hand, as those of another program would be: what they say, byte for byte.

use std::net::SocketAddr;

use acquaint_consensus::ClusterId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::nodes::CLUSTER;

/// What a caller says of itself.
pub(crate) struct Hello {
    pub(crate) versions: (u16, u16),
    pub(crate) cluster: ClusterId,
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) lane: u8,
}

impl Hello {
    /// Of a node that is welcome on the control lane.
    pub(crate) fn new(from: u64, to: u64) -> Hello {
        Hello {
            versions: (1, 1),
            cluster: CLUSTER,
            from,
            to,
            lane: 1,
        }
    }

    /// Calls, and gives the connection, the code of the reply and the rest of the reply.
    pub(crate) async fn say(&self, to: SocketAddr) -> (TcpStream, u8, Vec<u8>) {
        let body = [
            &self.versions.0.to_be_bytes()[..],
            &self.versions.1.to_be_bytes(),
            &self.cluster.0,
            &self.from.to_be_bytes(),
            &self.to.to_be_bytes(),
            &[self.lane],
            &u32::MAX.to_be_bytes(),
            &1_000_u32.to_be_bytes(),
            b"\x07by hand\x00",
        ]
        .concat();
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        let crc = crc32fast::hash(&body).to_be_bytes();
        let mut stream = TcpStream::connect(to).await.unwrap();
        let hello = [b"acqhello", &length[..], &body, &crc].concat();
        stream.write_all(&hello).await.unwrap();
        let mut start = [0; 10];
        stream.read_exact(&mut start).await.unwrap();
        assert_eq!(&start[..8], b"acqreply");
        let mut reply = vec![0; usize::from(u16::from_be_bytes([start[8], start[9]]))];
        stream.read_exact(&mut reply).await.unwrap();
        stream.read_u32().await.unwrap();
        (stream, reply[0], reply.split_off(1))
    }
}

/// Answers a caller that it is welcome to this node.
pub(crate) async fn welcome(stream: &mut TcpStream, node: u64) {
    let mut start = [0; 10];
    stream.read_exact(&mut start).await.unwrap();
    assert_eq!(&start[..8], b"acqhello");
    let mut rest = vec![0; usize::from(u16::from_be_bytes([start[8], start[9]])) + 4];
    stream.read_exact(&mut rest).await.unwrap();
    let body = [
        &[0, 0, 1][..],
        &node.to_be_bytes(),
        &u32::MAX.to_be_bytes(),
        b"\x07by hand",
    ]
    .concat();
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    let crc = crc32fast::hash(&body).to_be_bytes();
    let reply = [b"acqreply", &length[..], &body, &crc].concat();
    stream.write_all(&reply).await.unwrap();
}

/// A frame with sums that hold, of a payload that need not have the length that is told.
pub(crate) fn frame(bytes: u32, kind: u8, id: u64, within_ms: u32, payload: &[u8]) -> Vec<u8> {
    let fields = [
        &bytes.to_be_bytes()[..],
        &[kind, 0, 0, 0],
        &id.to_be_bytes(),
        &within_ms.to_be_bytes(),
        &crc32fast::hash(payload).to_be_bytes(),
    ]
    .concat();
    let crc = crc32fast::hash(&fields).to_be_bytes();
    [&fields, &crc[..], payload].concat()
}

/// The kind, the id and the payload of the next frame.
pub(crate) async fn read_frame(stream: &mut TcpStream) -> (u8, u64, Vec<u8>) {
    let bytes = stream.read_u32().await.unwrap();
    let kind = stream.read_u32().await.unwrap() >> 24;
    let id = stream.read_u64().await.unwrap();
    stream.read_exact(&mut [0; 12]).await.unwrap();
    let mut payload = vec![0; bytes as usize];
    stream.read_exact(&mut payload).await.unwrap();
    (kind as u8, id, payload)
}
