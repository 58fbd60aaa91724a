//! Frames come out as they went in, however the stream is cut; what is damaged is found out; nothing panics.

#![allow(clippy::unwrap_used)]

use std::pin::Pin;
use std::task::{Context, Poll};

use futures::FutureExt;
use proptest::collection::vec;
use proptest::prelude::*;
use tokio::io::ReadBuf;

use super::*;

const FRAME_BYTES_MAX: u32 = 100_000;

/// A stream that gives its bytes in pieces of these sizes, over and over.
struct Pieces {
    bytes: Bytes,
    sizes: Vec<usize>,
    next: usize,
}

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let size = self.sizes[self.next % self.sizes.len()];
        self.next += 1;
        let size = size.min(self.bytes.len()).min(into.remaining());
        into.put_slice(&self.bytes.split_to(size));
        Poll::Ready(Ok(()))
    }
}

fn write(frames: &[Frame]) -> Vec<u8> {
    let mut writer = FrameWriter::new(Vec::new());
    for frame in frames {
        writer.push(frame.clone());
    }
    while !writer.is_empty() {
        writer.write_some().now_or_never().unwrap().unwrap();
    }
    assert_eq!(writer.bytes(), 0);
    writer.to
}

/// Every frame of these bytes, and what ended them.
fn read(bytes: Vec<u8>, sizes: Vec<usize>) -> (Vec<Frame>, Result<(), FrameError>) {
    let pieces = Pieces {
        bytes: bytes.into(),
        sizes,
        next: 0,
    };
    let mut reader = FrameReader::new(pieces, FRAME_BYTES_MAX);
    let mut frames = Vec::new();
    loop {
        match reader.next() {
            Ok(Some(frame)) => frames.push(frame),
            Ok(None) => {
                if reader.fill().now_or_never().unwrap().unwrap() == 0 {
                    return (frames, Ok(()));
                }
            }
            Err(error) => return (frames, Err(error)),
        }
    }
}

prop_compose! {
    fn a_frame()(
        kind in 1_u8..=5,
        id: u64,
        within_ms: u32,
        byte: u8,
        // Around what is copied and what is not, and around the size of a read.
        bytes in prop_oneof![0..40_usize, 16_370..16_400_usize, 65_500..65_600_usize],
    ) -> Frame {
        let kind = Kind::from_code(kind).unwrap();
        let payload = (0..bytes).map(|at| byte.wrapping_add(at as u8)).collect();
        Frame { kind, id, within_ms, payload }
    }
}

proptest! {
    #[test]
    fn frames_come_out_as_they_went_in(
        frames in vec(a_frame(), 0..12),
        sizes in vec(1..70_000_usize, 1..8),
    ) {
        let (read, end) = read(write(&frames), sizes);
        prop_assert_eq!(read, frames);
        prop_assert_eq!(end, Ok(()));
    }

    #[test]
    fn a_byte_at_a_time_is_enough(frames in vec(a_frame(), 0..3)) {
        let (read, end) = read(write(&frames), vec![1]);
        prop_assert_eq!(read, frames);
        prop_assert_eq!(end, Ok(()));
    }

    #[test]
    fn a_changed_bit_is_found_out(
        frames in vec(a_frame(), 1..6),
        at: prop::sample::Index,
        bit in 0..8,
        sizes in vec(1..70_000_usize, 1..8),
    ) {
        let mut bytes = write(&frames);
        let at = at.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        let (read, end) = read(bytes, sizes);
        prop_assert!(end.is_err());
        prop_assert_eq!(&frames[..read.len()], &read[..]);
    }

    #[test]
    fn what_is_cut_off_is_no_frame(
        frames in vec(a_frame(), 1..6),
        at: prop::sample::Index,
    ) {
        let mut bytes = write(&frames);
        bytes.truncate(at.index(bytes.len()));
        let (read, end) = read(bytes, vec![4_096]);
        prop_assert!(read.len() < frames.len());
        prop_assert_eq!(&frames[..read.len()], &read[..]);
        prop_assert_eq!(end, Ok(()));
    }

    #[test]
    fn garbage_is_refused(
        bytes in vec(any::<u8>(), HEADER_BYTES..300),
        sizes in vec(1..100_usize, 1..8),
    ) {
        let (frames, end) = read(bytes, sizes);
        prop_assert_eq!(frames, vec![]);
        prop_assert_eq!(end, Err(FrameError::Header));
    }
}

#[test]
fn the_bytes_of_a_frame_are_for_ever() {
    let frame = Frame {
        kind: Kind::Request,
        id: 0x0102_0304_0506_0708,
        within_ms: 250,
        payload: Bytes::from_static(b"ask"),
    };
    let bytes = [
        &[0, 0, 0, 3, 1, 0, 0, 0][..],
        &[1, 2, 3, 4, 5, 6, 7, 8],
        &[0, 0, 0, 250],
        &[0x68, 0x26, 0xea, 0xe0],
        &[0xea, 0xd1, 0x4c, 0xa6],
        b"ask",
    ];
    assert_eq!(write(&[frame]), bytes.concat());
}

/// A header with sums that hold.
fn header(bytes: u32, kind: u8) -> Vec<u8> {
    let mut header = Vec::new();
    header.put_u32(bytes);
    header.put_u8(kind);
    header.put_bytes(0, 3 + 8 + 4 + 4);
    let crc = crc32fast::hash(&header);
    header.put_u32(crc);
    header
}

#[test]
fn a_frame_that_is_too_large_is_refused_by_its_header() {
    let (frames, end) = read(header(u32::MAX, 1), vec![1]);
    assert_eq!(frames, []);
    let too_large = FrameError::TooLarge {
        bytes: u32::MAX,
        bytes_max: FRAME_BYTES_MAX,
    };
    assert_eq!(end, Err(too_large));
    let (_, end) = read(header(FRAME_BYTES_MAX, 1), vec![1]);
    assert_eq!(end, Ok(()), "the largest that there may be is waited for");
}

#[test]
fn a_kind_that_is_not_known_is_refused() {
    for kind in [0, 6, 255] {
        assert_eq!(
            read(header(0, kind), vec![9]).1,
            Err(FrameError::Kind(kind))
        );
    }
}

#[test]
fn small_frames_are_one_piece_and_large_ones_are_not_copied() {
    let mut packed = Packed::default();
    let large = Bytes::from(vec![7; COPIED_BYTES_MAX + 1]);
    for payload in [
        Bytes::from_static(b"a"),
        Bytes::from_static(b"b"),
        large.clone(),
    ] {
        packed.push(Frame::new(Kind::Answer, 1, payload));
    }
    packed.push(Frame::new(Kind::Answer, 2, Bytes::from_static(b"c")));
    let mut slices = [IoSlice::new(&[]); 8];
    assert_eq!(packed.chunks_vectored(&mut slices), 3);
    assert_eq!(slices[0].len(), 3 * HEADER_BYTES + 2);
    assert_eq!(slices[1].as_ptr(), large.as_ptr());
    assert_eq!(slices[2].len(), HEADER_BYTES + 1);
}
