//! Lines of JSON on their way to a receiver that may be slow, or gone.
//!
//! - Lines leave in chunks of whole lines, through a channel that is bounded.
//! - What is read for them holds on to the disk, so a receiver that does not read for too long ends the work.

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

use crate::Error;

/// Lines are sent in chunks of about this size.
const CHUNK_BYTES: usize = 64 * 1024;

/// How long a full channel is left alone.
const FULL_PAUSE: Duration = Duration::from_millis(1);

/// The lines that are gathered, and whom they go to.
pub(crate) struct Chunks<'a> {
    chunk: Vec<u8>,
    sender: &'a Sender<Result<Bytes, Error>>,
    stall_max: Duration,
}

/// That the receiver is gone is no error, but ends the work.
pub(crate) enum Ended {
    Unheard,
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl<'a> Chunks<'a> {
    /// `stall_max` is how long the receiver may leave the chunks that wait for it.
    pub(crate) fn new(sender: &'a Sender<Result<Bytes, Error>>, stall_max: Duration) -> Self {
        Self {
            chunk: Vec::with_capacity(CHUNK_BYTES),
            sender,
            stall_max,
        }
    }

    /// Adds a line.
    pub(crate) fn line(&mut self, line: &impl Serialize) -> Result<(), Ended> {
        serde_json::to_writer(&mut self.chunk, line)
            .map_err(|error| Error::Inconsistent(format!("a row cannot be exported: {error}")))?;
        self.chunk.push(b'\n');
        if self.chunk.len() >= CHUNK_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    /// Sends the rest of what was done.
    pub(crate) fn end(mut self, done: Result<(), Ended>) -> Result<(), Error> {
        match done.and_then(|()| self.flush()) {
            Ok(()) | Err(Ended::Unheard) => Ok(()),
            Err(Ended::Failed(error)) => Err(error),
        }
    }

    fn flush(&mut self) -> Result<(), Ended> {
        if self.chunk.is_empty() {
            return Ok(());
        }
        let chunk = std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK_BYTES));
        self.send(chunk.into())
    }

    /// Asks again and again instead of waiting, as a thread that waits for the channel cannot give up.
    fn send(&self, chunk: Bytes) -> Result<(), Ended> {
        let start = Instant::now();
        let mut waiting = Ok(chunk);
        loop {
            waiting = match self.sender.try_send(waiting) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Closed(_)) => return Err(Ended::Unheard),
                Err(TrySendError::Full(chunk)) => chunk,
            };
            if start.elapsed() >= self.stall_max {
                return Err(Ended::Failed(Error::Unavailable {
                    message: "the export was not read any further".into(),
                }));
            }
            std::thread::sleep(FULL_PAUSE);
        }
    }
}
