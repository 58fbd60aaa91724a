//! Frames: how requests and answers lie in a stream of bytes.
//!
//! ```text
//!  0       4      5       8    16         20            24           28
//!  ├─ bytes ┼ kind ┼ 0 0 0 ┼ id ┼ within ms ┼ payload crc ┼ header crc ┼─ payload …
//! ```
//!
//! - Numbers are big endian, sums are CRC-32. The header has a sum of its own: a damaged length is found out at once, and is
//!   not waited for.
//! - A frame that is too large is refused by its header, before memory is taken for it.
//! - Frames that wait are packed: small ones are copied beside each other, large ones stay where they are, and as many as
//!   the kernel takes leave with one call.
//! - Both halves can be dropped in the middle of a wait and be used again: they are made for `select!`.

use std::collections::VecDeque;
use std::io::{self, IoSlice};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The bytes of a header.
pub(super) const HEADER_BYTES: usize = 28;

/// How much is asked of the kernel at once, as long as no large frame is being read.
const READ_BYTES: usize = 64 << 10;

/// The largest payload that is copied: beside others when it is sent, and out of the read buffer when it came, so that one
/// that is kept keeps no more memory than it needs.
const COPIED_BYTES_MAX: usize = 16 << 10;

/// What a frame is. Its number is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Somebody asks. The payload is the request, and `within` says how long the answer is waited for.
    Request = 1,
    /// The answer to the request with this id.
    Answer = 2,
    /// There is no answer to the request with this id. The payload says why.
    Lost = 3,
    /// Nothing but that requests are being worked on.
    Alive = 4,
    /// The connection ends. The payload says why.
    Goodbye = 5,
}

impl Kind {
    fn from_code(code: u8) -> Option<Kind> {
        [
            Kind::Request,
            Kind::Answer,
            Kind::Lost,
            Kind::Alive,
            Kind::Goodbye,
        ]
        .into_iter()
        .find(|kind| *kind as u8 == code)
    }
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) kind: Kind,
    /// Of the request. Zero where there is none.
    pub(super) id: u64,
    /// How long an answer is waited for. Zero where nothing is asked.
    pub(super) within_ms: u32,
    pub(super) payload: Bytes,
}

impl Frame {
    /// A frame that asks for no answer.
    pub(super) fn new(kind: Kind, id: u64, payload: Bytes) -> Frame {
        Frame {
            kind,
            id,
            within_ms: 0,
            payload,
        }
    }
}

/// What ends a connection: from here on nobody knows where a frame begins.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FrameError {
    #[error("the header of a frame is damaged")]
    Header,
    #[error("the payload of a frame is damaged")]
    Payload,
    #[error("a frame of kind {0} is not known")]
    Kind(u8),
    #[error("a frame of {bytes} bytes came, and one may have {bytes_max}")]
    TooLarge { bytes: u32, bytes_max: u32 },
}

struct Header {
    kind: Kind,
    id: u64,
    within_ms: u32,
    bytes: usize,
    payload_crc: u32,
}

impl Header {
    fn decode(header: &[u8], bytes_max: u32) -> Result<Header, FrameError> {
        let (mut fields, mut crc) = header.split_at(HEADER_BYTES - 4);
        if crc32fast::hash(fields) != crc.get_u32() {
            return Err(FrameError::Header);
        }
        let bytes = fields.get_u32();
        let code = fields.get_u8();
        fields.advance(3);
        if bytes > bytes_max {
            return Err(FrameError::TooLarge { bytes, bytes_max });
        }
        Ok(Header {
            kind: Kind::from_code(code).ok_or(FrameError::Kind(code))?,
            id: fields.get_u64(),
            within_ms: fields.get_u32(),
            bytes: bytes as usize,
            payload_crc: fields.get_u32(),
        })
    }

    fn frame(&self, payload: Bytes) -> Result<Frame, FrameError> {
        if crc32fast::hash(&payload) != self.payload_crc {
            return Err(FrameError::Payload);
        }
        Ok(Frame {
            kind: self.kind,
            id: self.id,
            within_ms: self.within_ms,
            payload,
        })
    }
}

/// Cuts what comes in into frames.
pub(super) struct FrameReader<R> {
    from: R,
    frame_bytes_max: u32,
    buffer: BytesMut,
    /// A large frame that is coming in, into memory of its own.
    large: Option<(Header, BytesMut)>,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    pub(super) fn new(from: R, frame_bytes_max: u32) -> Self {
        FrameReader {
            from,
            frame_bytes_max,
            buffer: BytesMut::new(),
            large: None,
        }
    }

    /// Waits for bytes and takes them. Zero: there come no more. To be called when [`next`](Self::next) has none.
    pub(super) async fn fill(&mut self) -> io::Result<usize> {
        if let Some((header, payload)) = &mut self.large {
            let missing = header.bytes - payload.len();
            return self.from.read_buf(&mut payload.limit(missing)).await;
        }
        self.buffer
            .reserve(READ_BYTES.saturating_sub(self.buffer.len()));
        self.from.read_buf(&mut self.buffer).await
    }

    /// The next frame that is here as a whole.
    pub(super) fn next(&mut self) -> Result<Option<Frame>, FrameError> {
        if self.large.is_none() {
            let Some(start) = self.buffer.get(..HEADER_BYTES) else {
                return Ok(None);
            };
            let header = Header::decode(start, self.frame_bytes_max)?;
            if header.bytes <= COPIED_BYTES_MAX {
                let end = HEADER_BYTES + header.bytes;
                let Some(payload) = self.buffer.get(HEADER_BYTES..end) else {
                    return Ok(None);
                };
                let frame = header.frame(Bytes::copy_from_slice(payload))?;
                self.buffer.advance(end);
                return Ok(Some(frame));
            }
            self.begin_large(header);
        }
        match self.large.take() {
            Some((header, payload)) if payload.len() == header.bytes => {
                header.frame(payload.freeze()).map(Some)
            }
            unfinished => {
                self.large = unfinished;
                Ok(None)
            }
        }
    }

    fn begin_large(&mut self, header: Header) {
        self.buffer.advance(HEADER_BYTES);
        let mut payload = BytesMut::with_capacity(header.bytes);
        let here = self.buffer.len().min(header.bytes);
        payload.extend_from_slice(&self.buffer[..here]);
        self.buffer.advance(here);
        self.large = Some((header, payload));
    }

    /// Whether a part of a frame is here.
    pub(super) fn is_within_a_frame(&self) -> bool {
        self.large.is_some() || !self.buffer.is_empty()
    }
}

/// Packs frames, and writes as many as the kernel takes.
pub(super) struct FrameWriter<W> {
    to: W,
    packed: Packed,
    unflushed: bool,
}

impl<W: AsyncWrite + Unpin> FrameWriter<W> {
    pub(super) fn new(to: W) -> Self {
        FrameWriter {
            to,
            packed: Packed::default(),
            unflushed: false,
        }
    }

    /// Queues a frame. Its payload has been found to fit.
    pub(super) fn push(&mut self, frame: Frame) {
        self.packed.push(frame);
        self.unflushed = true;
    }

    /// The bytes that wait.
    pub(super) fn bytes(&self) -> usize {
        self.packed.remaining()
    }

    /// Whether everything has left.
    pub(super) fn is_empty(&self) -> bool {
        !self.unflushed
    }

    /// Writes some of what waits, and says how much. To be called while not [empty](Self::is_empty).
    pub(super) async fn write_some(&mut self) -> io::Result<usize> {
        if self.packed.has_remaining() {
            let bytes = self.to.write_buf(&mut self.packed).await?;
            if bytes == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            return Ok(bytes);
        }
        self.to.flush().await?;
        self.unflushed = false;
        Ok(0)
    }
}

/// Frames one after the other, as pieces for one system call.
#[derive(Default)]
struct Packed {
    pieces: VecDeque<Bytes>,
    /// What small frames are copied to, behind the pieces.
    tail: BytesMut,
    bytes: usize,
}

impl Packed {
    fn push(&mut self, frame: Frame) {
        let header_at = self.tail.len();
        let payload = frame.payload;
        // No frame is near 4 GiB: its bound is a u32.
        self.tail.put_u32(payload.len() as u32);
        self.tail.put_u8(frame.kind as u8);
        self.tail.put_bytes(0, 3);
        self.tail.put_u64(frame.id);
        self.tail.put_u32(frame.within_ms);
        self.tail.put_u32(crc32fast::hash(&payload));
        let header_crc = crc32fast::hash(&self.tail[header_at..]);
        self.tail.put_u32(header_crc);
        self.bytes += HEADER_BYTES + payload.len();
        if payload.len() <= COPIED_BYTES_MAX {
            self.tail.extend_from_slice(&payload);
        } else {
            self.pieces.push_back(self.tail.split().freeze());
            self.pieces.push_back(payload);
        }
    }
}

impl Buf for Packed {
    fn remaining(&self) -> usize {
        self.bytes
    }

    fn chunk(&self) -> &[u8] {
        self.pieces.front().map_or(&self.tail[..], |piece| piece)
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let tail = Some(&self.tail[..]).filter(|tail| !tail.is_empty());
        let pieces = self.pieces.iter().map(|piece| &piece[..]).chain(tail);
        let filled = slices.iter_mut().zip(pieces);
        filled
            .map(|(slice, piece)| *slice = IoSlice::new(piece))
            .count()
    }

    fn advance(&mut self, mut count: usize) {
        self.bytes -= count;
        while let Some(piece) = self.pieces.front_mut() {
            if count < piece.len() {
                return piece.advance(count);
            }
            count -= piece.len();
            self.pieces.pop_front();
        }
        self.tail.advance(count);
    }
}

#[cfg(test)]
mod tests;
