//! A connection that another node dialled: requests come in, answers go out.
//!
//! ```text
//!  read ─► handler, in order of arrival ─► being worked on ─► answers, as they come ─► packed ─► write
//!    └──────────── not while that is too much ──┘    └── not while too much waits to leave ──┘
//! ```
//!
//! - One task does all of it, so handlers of a connection are polled in the order in which their requests came: the set of futures is
//!   first in, first out for what has not been polled yet, and a handler is called in the first poll.
//! - Every request gets an answer, or the word that there is none: when nobody waits for it any more, or it is too large.
//! - While the caller waits it hears from this node, so that it can tell slow from gone.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use tokio::io::{AsyncRead, AsyncWrite, ReadHalf, WriteHalf};
use tokio::time::{Instant, Sleep, sleep, timeout};

use crate::peer::{Handler, Lane};
use crate::tcp::callers::Caller;
use crate::tcp::frame::{Frame, FrameReader, FrameWriter, Kind};
use crate::tcp::link::{REQUEST_BYTES, too_large};
use crate::tcp::stats::LaneStats;

/// How many bytes of answers wait to leave before handlers are polled further.
const WRITE_BYTES: usize = 256 << 10;

/// How much longer than the caller a request is worked on, so that the caller's own clock is the first to say that it is late.
const LATE: Duration = Duration::from_millis(100);

/// How long saying goodbye may take.
const GOODBYE: Duration = Duration::from_millis(100);

/// What a connection lets through.
pub(super) struct Limits {
    /// The largest request that this node takes.
    pub(super) request_bytes_max: u32,
    /// The largest answer that the caller takes.
    pub(super) answer_bytes_max: u32,
    /// How many requests are worked on at the same time.
    pub(super) unanswered_requests_max: usize,
    /// How many bytes of them.
    pub(super) unanswered_bytes_max: u64,
    /// How often the caller is to hear something while it waits.
    pub(super) alive_interval: Duration,
    /// How long the caller may take nothing of what waits to leave.
    pub(super) stall_max: Duration,
}

pub(super) struct Answering<'a, S> {
    caller: &'a Caller,
    handler: Arc<dyn Handler>,
    stats: &'a LaneStats,
    limits: Limits,
    reader: FrameReader<ReadHalf<S>>,
    writer: FrameWriter<WriteHalf<S>>,
    working: FuturesUnordered<BoxFuture<'static, Worked>>,
    working_bytes: u64,
    /// Rings when the caller has not heard anything for long.
    alive: Pin<Box<Sleep>>,
    /// Since when what waits to leave is not taken.
    stalled: Instant,
}

/// What came of a request.
struct Worked {
    id: u64,
    cost: u64,
    answer: Result<Bytes, String>,
}

/// Why a connection ends.
enum End {
    /// The other side, or the network, ended it.
    Theirs(String),
    /// This side does, and says so.
    Ours(String),
}

impl<'a, S: AsyncRead + AsyncWrite> Answering<'a, S> {
    pub(super) fn new(
        caller: &'a Caller,
        stream: S,
        handler: Arc<dyn Handler>,
        stats: &'a LaneStats,
        limits: Limits,
    ) -> Self {
        let (read, write) = tokio::io::split(stream);
        Answering {
            caller,
            handler,
            stats,
            reader: FrameReader::new(read, limits.request_bytes_max),
            writer: FrameWriter::new(write),
            working: FuturesUnordered::new(),
            working_bytes: 0,
            alive: Box::pin(sleep(limits.alive_interval)),
            stalled: Instant::now(),
            limits,
        }
    }

    /// Answers until the connection ends, and says why it did.
    pub(super) async fn run(mut self) -> String {
        match self.answer().await {
            End::Theirs(reason) => reason,
            End::Ours(reason) => {
                self.working.clear();
                // If it does not get through, the caller sees the connection end.
                let _ = timeout(GOODBYE, self.say_goodbye(&reason)).await;
                reason
            }
        }
    }

    async fn answer(&mut self) -> End {
        loop {
            let step = match self.take_in() {
                Ok(()) => self.step().await,
                Err(end) => Err(end),
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    /// Whatever can be done next: answers are gathered before they are written, and written before more is read.
    async fn step(&mut self) -> Result<(), End> {
        let may_work = self.writer.bytes() < WRITE_BYTES;
        let (may_read, busy) = (self.has_room(), self.is_busy());
        tokio::select! {
            biased;
            reason = self.caller.stop.stopped() => Err(End::Ours(reason.to_string())),
            Some(worked) = self.working.next(), if may_work => {
                self.give(worked);
                Ok(())
            }
            written = self.writer.write_some(), if !self.writer.is_empty() => self.wrote(written),
            read = self.reader.fill(), if may_read => self.read(read, busy),
            () = &mut self.alive, if busy => self.say_alive(),
        }
    }

    fn has_room(&self) -> bool {
        self.working.len() < self.limits.unanswered_requests_max
            && self.working_bytes < self.limits.unanswered_bytes_max
    }

    /// Whether the caller may be waiting for something.
    fn is_busy(&self) -> bool {
        !self.working.is_empty() || !self.writer.is_empty() || self.reader.is_within_a_frame()
    }

    fn ring_later(&mut self) {
        let later = Instant::now() + self.limits.alive_interval;
        self.alive.as_mut().reset(later);
    }

    fn read(&mut self, read: io::Result<usize>, was_busy: bool) -> Result<(), End> {
        let bytes = read.map_err(|error| End::Theirs(error.to_string()))?;
        if bytes == 0 {
            return Err(End::Theirs("the peer closed it".to_string()));
        }
        self.stats.bytes_received.add(bytes as u64);
        if !was_busy {
            self.ring_later();
        }
        Ok(())
    }

    /// Begins work on what has been read, as far as there is room.
    fn take_in(&mut self) -> Result<(), End> {
        while self.has_room() {
            let frame = self.reader.next();
            let Some(frame) = frame.map_err(|error| End::Ours(error.to_string()))? else {
                break;
            };
            self.stats.frames_received.add(1);
            if frame.kind != Kind::Request {
                let reason = format!("the caller sent {:?} where it only asks", frame.kind);
                return Err(End::Ours(reason));
            }
            let handler = self.handler.clone();
            let work = work(handler, self.caller.node, self.caller.lane, frame);
            self.working_bytes += work.0;
            self.working.push(Box::pin(work.1));
        }
        Ok(())
    }

    fn give(&mut self, worked: Worked) {
        let Worked { id, cost, answer } = worked;
        self.working_bytes -= cost;
        let bytes_max = self.limits.answer_bytes_max;
        let answer = answer.and_then(|answer| {
            let fits = answer.len() as u64 <= bytes_max.into();
            let bytes = answer.len();
            fits.then_some(answer)
                .ok_or_else(|| format!("the answer: {}", too_large(bytes, bytes_max)))
        });
        self.send(match answer {
            Ok(answer) => Frame::new(Kind::Answer, id, answer),
            Err(reason) => Frame::new(Kind::Lost, id, reason.into()),
        });
    }

    /// Tells a caller that has not heard anything for long that this node lives, unless more than that waits to be heard.
    fn say_alive(&mut self) -> Result<(), End> {
        if self.writer.is_empty() {
            self.send(Frame::new(Kind::Alive, 0, Bytes::new()));
        } else if self.stalled.elapsed() > self.limits.stall_max {
            // It always reads what it is answered: it is gone, or stands still.
            let reason = format!("it took nothing for {:?}", self.limits.stall_max);
            return Err(End::Theirs(reason));
        }
        self.ring_later();
        Ok(())
    }

    fn send(&mut self, frame: Frame) {
        if self.writer.is_empty() {
            self.stalled = Instant::now();
        }
        self.stats.frames_sent.add(1);
        self.writer.push(frame);
    }

    fn wrote(&mut self, written: io::Result<usize>) -> Result<(), End> {
        let bytes = written.map_err(|error| End::Theirs(error.to_string()))?;
        self.stats.wrote(bytes);
        if bytes > 0 {
            self.stalled = Instant::now();
            self.ring_later();
        }
        Ok(())
    }

    async fn say_goodbye(&mut self, reason: &str) -> io::Result<()> {
        let reason = Bytes::copy_from_slice(reason.as_bytes());
        self.send(Frame::new(Kind::Goodbye, 0, reason));
        while !self.writer.is_empty() {
            self.writer.write_some().await?;
        }
        Ok(())
    }
}

/// What a request costs while it is worked on, and the work.
fn work(
    handler: Arc<dyn Handler>,
    from: u64,
    lane: Lane,
    request: Frame,
) -> (u64, impl Future<Output = Worked>) {
    let Frame {
        id,
        within_ms,
        payload,
        ..
    } = request;
    let cost = payload.len() as u64 + REQUEST_BYTES;
    let within = Duration::from_millis(within_ms.into());
    let work = async move {
        // Called when this is first polled, and no sooner: then everything before has been.
        let handled = async { handler.handle(from, lane, payload).await };
        let answer = timeout(within + LATE, handled).await;
        let answer = answer
            .map_err(|_| format!("no answer was there within {within:?}, as long as was waited"));
        Worked { id, cost, answer }
    };
    (cost, work)
}
