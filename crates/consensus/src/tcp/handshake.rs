//! The handshake: who speaks to whom, and in which version.
//!
//! ```text
//! dialler ── hello: versions, cluster, who I am, whom I mean, lane ──► acceptor
//! dialler ◄─ welcome: version, who I am │ refusal: code and reason ─── acceptor
//! ```
//!
//! - Both are a magic, the length of a body, the body and its CRC-32. The fields of a body stay where they are for ever; a
//!   later version appends to them, and what is appended is ignored by who does not know it. So every two versions understand
//!   each other as far as a refusal.
//! - The highest version that both know is spoken. Versions say which frames there are; what is in the payloads is the business of
//!   who sends them.
//! - Whether a caller is welcome is decided by [`judge`], from data alone.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::ops::RangeInclusive;

use bytes::{Buf, BufMut, TryGetError};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::peer::Lane;
use crate::tcp::options::ClusterId;

/// The versions of the frames that this program speaks.
pub(super) const VERSIONS: RangeInclusive<u16> = 1..=1;

/// The longest text in a handshake that is not a reason.
pub(super) const TEXT_BYTES_MAX: usize = 255;

/// The longest body of a handshake.
const BODY_BYTES_MAX: usize = 4 << 10;

const HELLO: [u8; 8] = *b"acqhello";
const REPLY: [u8; 8] = *b"acqreply";

/// Why a node is not spoken with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalCode {
    /// The two nodes are of different clusters.
    OtherCluster,
    /// The node at this address is not the one that was meant: the address is used by another one now.
    OtherNode,
    /// The caller has the id of the node that it called.
    SameNode,
    /// There is no version of the protocol that both speak.
    NoCommonVersion,
    /// The caller is not a member of the cluster, or not any more.
    NotMember,
    /// The caller wants a lane that the node does not know.
    UnknownLane,
    /// The node has as many connections as it may have.
    Busy,
    /// A reason that only a later version knows.
    Other(u8),
}

impl RefusalCode {
    const KNOWN: [(u8, RefusalCode); 7] = [
        (1, RefusalCode::OtherCluster),
        (2, RefusalCode::OtherNode),
        (3, RefusalCode::SameNode),
        (4, RefusalCode::NoCommonVersion),
        (5, RefusalCode::NotMember),
        (6, RefusalCode::UnknownLane),
        (7, RefusalCode::Busy),
    ];

    fn from_number(number: u8) -> RefusalCode {
        let known = Self::KNOWN.iter().find(|(known, _)| *known == number);
        known.map_or(RefusalCode::Other(number), |(_, code)| *code)
    }

    fn number(self) -> u8 {
        if let RefusalCode::Other(number) = self {
            return number;
        }
        let known = Self::KNOWN.iter().find(|(_, code)| *code == self);
        // Every variant but `Other` is in the table: a test holds that.
        known.map_or(u8::MAX, |(number, _)| *number)
    }
}

/// A refusal, in words for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: RefusalCode,
    pub(super) reason: String,
}

/// What the dialler says first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hello {
    pub(super) versions: RangeInclusive<u16>,
    pub(super) cluster: ClusterId,
    pub(super) from: u64,
    pub(super) to: u64,
    /// See [`lane_code`].
    pub(super) lane: u8,
    /// The largest answer that it takes.
    pub(super) frame_bytes_max: u32,
    /// How often it is to hear something while it waits.
    pub(super) alive_ms: u32,
    pub(super) program: String,
    pub(super) advertise: String,
}

/// What the acceptor answers a caller that is welcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Welcome {
    pub(super) version: u16,
    pub(super) node: u64,
    /// The largest request that it takes.
    pub(super) frame_bytes_max: u32,
    pub(super) program: String,
}

/// What the acceptor answers.
pub(super) type Reply = Result<Welcome, Refusal>;

/// The number of a lane in a handshake, for ever.
pub(super) fn lane_code(lane: Lane) -> u8 {
    match lane {
        Lane::Control => 1,
        Lane::Log => 2,
        Lane::Forward => 3,
        Lane::Snapshot => 4,
    }
}

/// Why there was no handshake to speak of.
#[derive(Debug, thiserror::Error)]
pub(super) enum HandshakeError {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("what is at the other end does not speak the protocol of this cluster's nodes")]
    NotAPeer,
    #[error("the handshake is damaged")]
    Damaged,
}

impl From<TryGetError> for HandshakeError {
    fn from(_: TryGetError) -> Self {
        HandshakeError::Damaged
    }
}

/// Who this node is to a caller.
pub(super) struct Me {
    pub(super) versions: RangeInclusive<u16>,
    pub(super) cluster: ClusterId,
    pub(super) node: u64,
}

/// Who may call.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    /// Nobody else, if it is given.
    pub(super) allowed: Option<BTreeSet<u64>>,
    /// Never, whatever else is said.
    pub(super) forgotten: BTreeSet<u64>,
}

impl Members {
    pub(super) fn admit(&self, node: u64) -> bool {
        let allowed = self.allowed.as_ref();
        !self.forgotten.contains(&node) && allowed.is_none_or(|allowed| allowed.contains(&node))
    }
}

/// Whether a caller is welcome, on which lane and in which version.
pub(super) fn judge(hello: &Hello, me: &Me, members: &Members) -> Result<(Lane, u16), Refusal> {
    let refuse = |code, reason| Err(Refusal { code, reason });
    let Hello { from, to, .. } = hello;
    let node = me.node;
    if hello.cluster != me.cluster {
        let reason = format!(
            "node {node} belongs to cluster {}, and the caller, node {from}, to cluster {}",
            me.cluster, hello.cluster
        );
        return refuse(RefusalCode::OtherCluster, reason);
    }
    if *to != node {
        let reason = format!(
            "the caller meant node {to}, and this is node {node}: the address is used by another node now"
        );
        return refuse(RefusalCode::OtherNode, reason);
    }
    if *from == node {
        let reason = format!(
            "the caller says that it is node {from}, and so is this: an id was given twice"
        );
        return refuse(RefusalCode::SameNode, reason);
    }
    if !members.admit(*from) {
        let reason = format!("node {from} is not a member of the cluster, or not any more");
        return refuse(RefusalCode::NotMember, reason);
    }
    let Some(version) = highest_common(&hello.versions, &me.versions) else {
        let reason = format!(
            "the caller speaks versions {} of the protocol, and node {node} speaks {}",
            Versions(&hello.versions),
            Versions(&me.versions)
        );
        return refuse(RefusalCode::NoCommonVersion, reason);
    };
    let mut lanes = Lane::ALL.into_iter();
    match lanes.find(|lane| lane_code(*lane) == hello.lane) {
        Some(lane) => Ok((lane, version)),
        None => refuse(
            RefusalCode::UnknownLane,
            format!("node {node} knows no lane {}", hello.lane),
        ),
    }
}

fn highest_common(one: &RangeInclusive<u16>, other: &RangeInclusive<u16>) -> Option<u16> {
    let highest = *one.end().min(other.end());
    let lowest = *one.start().max(other.start());
    (lowest <= highest).then_some(highest)
}

struct Versions<'a>(&'a RangeInclusive<u16>);

impl fmt::Display for Versions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.0.start(), self.0.end())
    }
}

pub(super) async fn write_hello(
    stream: &mut (impl AsyncWrite + Unpin),
    hello: &Hello,
) -> Result<(), HandshakeError> {
    let mut body = Vec::new();
    body.put_u16(*hello.versions.start());
    body.put_u16(*hello.versions.end());
    body.put_slice(&hello.cluster.0);
    body.put_u64(hello.from);
    body.put_u64(hello.to);
    body.put_u8(hello.lane);
    body.put_u32(hello.frame_bytes_max);
    body.put_u32(hello.alive_ms);
    put_text(&mut body, &hello.program);
    put_text(&mut body, &hello.advertise);
    write(stream, HELLO, &body).await
}

pub(super) async fn read_hello(
    stream: &mut (impl AsyncRead + Unpin),
) -> Result<Hello, HandshakeError> {
    let body = read(stream, HELLO).await?;
    let mut body = &body[..];
    let versions = body.try_get_u16()?..=body.try_get_u16()?;
    let mut cluster = [0; 16];
    body.try_copy_to_slice(&mut cluster)?;
    Ok(Hello {
        versions,
        cluster: ClusterId(cluster),
        from: body.try_get_u64()?,
        to: body.try_get_u64()?,
        lane: body.try_get_u8()?,
        frame_bytes_max: body.try_get_u32()?,
        alive_ms: body.try_get_u32()?,
        program: get_text(&mut body)?,
        advertise: get_text(&mut body)?,
    })
}

pub(super) async fn write_reply(
    stream: &mut (impl AsyncWrite + Unpin),
    reply: &Reply,
) -> Result<(), HandshakeError> {
    let mut body = Vec::new();
    match reply {
        Ok(welcome) => {
            body.put_u8(0);
            body.put_u16(welcome.version);
            body.put_u64(welcome.node);
            body.put_u32(welcome.frame_bytes_max);
            put_text(&mut body, &welcome.program);
        }
        Err(refusal) => {
            body.put_u8(refusal.code.number());
            body.put_u16(u16::try_from(refusal.reason.len()).map_err(io::Error::other)?);
            body.put_slice(refusal.reason.as_bytes());
        }
    }
    write(stream, REPLY, &body).await
}

pub(super) async fn read_reply(
    stream: &mut (impl AsyncRead + Unpin),
) -> Result<Reply, HandshakeError> {
    let body = read(stream, REPLY).await?;
    let mut body = &body[..];
    let code = body.try_get_u8()?;
    if code == 0 {
        return Ok(Ok(Welcome {
            version: body.try_get_u16()?,
            node: body.try_get_u64()?,
            frame_bytes_max: body.try_get_u32()?,
            program: get_text(&mut body)?,
        }));
    }
    let bytes = body.try_get_u16()?;
    Ok(Err(Refusal {
        code: RefusalCode::from_number(code),
        reason: get_bytes(&mut body, bytes.into())?,
    }))
}

fn put_text(body: &mut Vec<u8>, text: &str) {
    // The options were checked for it: a longer text is a mistake of ours, and the other side calls it damaged.
    body.put_u8(text.len() as u8);
    body.put_slice(text.as_bytes());
}

fn get_text(body: &mut &[u8]) -> Result<String, HandshakeError> {
    let bytes = body.try_get_u8()?;
    get_bytes(body, bytes.into())
}

/// Text that a stranger sends and that goes into logs: control characters do not get through.
fn get_bytes(body: &mut &[u8], bytes: usize) -> Result<String, HandshakeError> {
    let (text, rest) = body
        .split_at_checked(bytes)
        .ok_or(HandshakeError::Damaged)?;
    *body = rest;
    let text = String::from_utf8_lossy(text);
    Ok(text.replace(char::is_control, "\u{fffd}"))
}

async fn write(
    stream: &mut (impl AsyncWrite + Unpin),
    magic: [u8; 8],
    body: &[u8],
) -> Result<(), HandshakeError> {
    let mut message = Vec::with_capacity(body.len() + 14);
    message.put_slice(&magic);
    message.put_u16(u16::try_from(body.len()).map_err(io::Error::other)?);
    message.put_slice(body);
    message.put_u32(crc32fast::hash(body));
    stream.write_all(&message).await?;
    Ok(stream.flush().await?)
}

/// Reads no byte more than the handshake has: frames come right behind it.
async fn read(
    stream: &mut (impl AsyncRead + Unpin),
    magic: [u8; 8],
) -> Result<Vec<u8>, HandshakeError> {
    let mut start = [0; 10];
    stream.read_exact(&mut start).await?;
    let mut length = start.strip_prefix(&magic).ok_or(HandshakeError::NotAPeer)?;
    let length = usize::from(length.get_u16());
    if length > BODY_BYTES_MAX {
        return Err(HandshakeError::Damaged);
    }
    let mut body = vec![0; length + 4];
    stream.read_exact(&mut body).await?;
    let crc = body.split_off(length);
    if crc32fast::hash(&body) != (&crc[..]).get_u32() {
        return Err(HandshakeError::Damaged);
    }
    Ok(body)
}

#[cfg(test)]
mod tests;
