//! A connection that this node dialled: requests go out, answers come in.
//!
//! - Requests are taken from the queue when what was taken before has left: until then they gather, and leave together.
//! - A peer that has been asked says something from time to time, if only that it lives. One that is silent for too long while
//!   it owes an answer is given up. Every request is answered in the end, also one that nobody waits for any more, so that
//!   what is owed can be counted.

use std::io;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use tokio::io::{AsyncRead, AsyncWrite, ReadHalf, WriteHalf};
use tokio::time::{Instant, Sleep, sleep};

use crate::tcp::frame::{Frame, FrameReader, FrameWriter, Kind};
use crate::tcp::link::Link;

/// How many bytes of requests are taken from the queue at once.
const WRITE_BYTES: usize = 256 << 10;

/// What a connection lets through.
pub(super) struct Limits {
    /// The largest request that the peer takes.
    pub(super) request_bytes_max: u32,
    /// The largest answer that this node takes.
    pub(super) answer_bytes_max: u32,
    /// How long a peer that owes an answer may say nothing.
    pub(super) silence_max: Duration,
}

pub(super) struct Asking<'a, S> {
    link: &'a Link,
    limits: Limits,
    reader: FrameReader<ReadHalf<S>>,
    writer: FrameWriter<WriteHalf<S>>,
    /// How many answers the peer owes.
    owed: u64,
    /// When the peer last said something, or began to owe.
    heard: Instant,
    /// Rings when it may have been silent for too long. Not listened for while nothing is owed.
    silence: Pin<Box<Sleep>>,
}

impl<'a, S: AsyncRead + AsyncWrite> Asking<'a, S> {
    pub(super) fn new(link: &'a Link, stream: S, limits: Limits) -> Self {
        let (read, write) = tokio::io::split(stream);
        Asking {
            link,
            reader: FrameReader::new(read, limits.answer_bytes_max),
            writer: FrameWriter::new(write),
            silence: Box::pin(sleep(limits.silence_max)),
            limits,
            owed: 0,
            heard: Instant::now(),
        }
    }

    /// Asks until the connection ends, and says why it did.
    pub(super) async fn run(mut self) -> String {
        loop {
            if self.writer.is_empty() {
                self.pack();
            }
            let step = tokio::select! {
                read = self.reader.fill() => self.hear(read),
                written = self.writer.write_some(), if !self.writer.is_empty() => self.wrote(written),
                () = self.link.queued.notified(), if self.writer.is_empty() => Ok(()),
                () = &mut self.silence, if self.owed > 0 => self.listen_once_more(),
            };
            if let Err(reason) = step {
                return reason;
            }
        }
    }

    /// Takes what is queued.
    fn pack(&mut self) {
        let frames = self.link.take(WRITE_BYTES, self.limits.request_bytes_max);
        if self.owed == 0 && !frames.is_empty() {
            self.heard = Instant::now();
            self.ring_at(self.heard + self.limits.silence_max);
        }
        self.owed += frames.len() as u64;
        self.link.stats().frames_sent.add(frames.len() as u64);
        frames.into_iter().for_each(|frame| self.writer.push(frame));
    }

    fn wrote(&self, written: io::Result<usize>) -> Result<(), String> {
        let bytes = written.map_err(|error| error.to_string())?;
        self.link.stats().wrote(bytes);
        Ok(())
    }

    fn hear(&mut self, read: io::Result<usize>) -> Result<(), String> {
        let bytes = read.map_err(|error| error.to_string())?;
        if bytes == 0 {
            return Err("the peer closed it".to_string());
        }
        self.link.stats().bytes_received.add(bytes as u64);
        self.heard = Instant::now();
        while let Some(frame) = self.reader.next().map_err(|error| error.to_string())? {
            self.link.stats().frames_received.add(1);
            self.take_in(frame)?;
        }
        Ok(())
    }

    fn take_in(&mut self, frame: Frame) -> Result<(), String> {
        let answer = match frame.kind {
            Kind::Answer => Ok(frame.payload),
            Kind::Lost => Err(text(&frame.payload)),
            Kind::Alive => return Ok(()),
            Kind::Goodbye => return Err(format!("the peer ended it: {}", text(&frame.payload))),
            Kind::Request => return Err("the peer asked where it only answers".to_string()),
        };
        let owed = self.owed.checked_sub(1);
        self.owed = owed.ok_or("the peer answered what was not asked")?;
        self.link.answered(frame.id, answer);
        Ok(())
    }

    fn ring_at(&mut self, instant: Instant) {
        self.silence.as_mut().reset(instant);
    }

    /// The peer was silent for long: gives it up if it was for too long.
    fn listen_once_more(&mut self) -> Result<(), String> {
        // If it was this node that stood still, what the peer said meanwhile lies in the kernel.
        if let Some(read) = self.reader.fill().now_or_never() {
            self.hear(read)?;
        }
        let silence_max = self.limits.silence_max;
        let until = self.heard + silence_max;
        if self.owed > 0 && until <= Instant::now() {
            return Err(format!(
                "the peer owes {} answers and has said nothing for {silence_max:?}",
                self.owed
            ));
        }
        self.ring_at(until);
        Ok(())
    }
}

fn text(payload: &Bytes) -> String {
    String::from_utf8_lossy(payload).replace(char::is_control, "\u{fffd}")
}
