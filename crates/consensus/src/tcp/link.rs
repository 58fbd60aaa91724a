//! What waits for one peer on one lane: queued, or sent and unanswered.
//!
//! ```text
//!  call ─► queued ── sent ─► unanswered ─► answer
//!            └───────┬───────────┘
//!                  bytes ≤ lane_bytes_max
//! ```
//!
//! - A request has its place once `call` has returned: ids are given out under the lock, and are sent in their order.
//! - What nobody waits for any more leaves at once, wherever it is, and its bytes with it. So the bytes bound the memory,
//!   and a request without payload costs some, too.
//! - When the connection ends everything is told: what was queued was not sent, what was sent may have arrived.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use crate::peer::{CallError, Lane};
use crate::tcp::frame::{Frame, Kind};
use crate::tcp::handshake::RefusalCode;
use crate::tcp::stats::{LaneStats, PeerError};
use crate::tcp::stop::Stop;

/// What a request counts for beside its payload: about what the bookkeeping for it takes.
pub(super) const REQUEST_BYTES: u64 = 256;

pub(super) type Answer = Result<Bytes, CallError>;

pub(super) struct Link {
    pub(super) to: u64,
    pub(super) lane: Lane,
    /// Where the peer was when this was made. Another address is another link.
    pub(super) address: String,
    pub(super) stop: Stop,
    pub(super) stats: Arc<[LaneStats; 4]>,
    /// Rung when there is something to send.
    pub(super) queued: Notify,
    /// Rung when there is reason to think that the peer can be reached again.
    pub(super) sighted: Notify,
    bytes_max: u64,
    state: Mutex<State>,
}

struct State {
    phase: Phase,
    next_id: u64,
    queued: BTreeMap<u64, Queued>,
    unanswered: HashMap<u64, Unanswered>,
    bytes: u64,
    program: Option<String>,
    round_trip: Option<Duration>,
}

enum Phase {
    /// The first attempt is going on: what is asked meanwhile waits for it.
    Dialling,
    Connected,
    /// There was an attempt and it failed, or a connection and it ended.
    Down(Trouble),
    /// Nothing will come any more.
    Closed(&'static str),
}

/// Why there is no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) reason: String,
    pub(super) refusal: Option<RefusalCode>,
    pub(super) since: Instant,
}

struct Queued {
    payload: Bytes,
    /// None: for ever.
    deadline: Option<Instant>,
}

struct Unanswered {
    bytes: u64,
    sent: Option<Instant>,
    answer: oneshot::Sender<Answer>,
}

/// A place in the queue, which is given up when this is dropped.
pub(super) struct Place {
    link: Arc<Link>,
    id: u64,
    answer: oneshot::Receiver<Answer>,
}

impl Link {
    pub(super) fn new(
        (to, lane): (u64, Lane),
        address: String,
        bytes_max: u64,
        stop: Stop,
        stats: Arc<[LaneStats; 4]>,
    ) -> Arc<Link> {
        let state = State {
            phase: Phase::Dialling,
            next_id: 1,
            queued: BTreeMap::new(),
            unanswered: HashMap::new(),
            bytes: 0,
            program: None,
            round_trip: None,
        };
        Arc::new(Link {
            to,
            lane,
            address,
            stop,
            stats,
            queued: Notify::new(),
            sighted: Notify::new(),
            bytes_max,
            state: Mutex::new(state),
        })
    }

    pub(super) fn stats(&self) -> &LaneStats {
        &self.stats[self.lane as usize]
    }

    /// Takes a place in the queue.
    pub(super) fn enqueue(
        self: &Arc<Self>,
        payload: Bytes,
        within: Duration,
    ) -> Result<Place, CallError> {
        let cost = payload.len() as u64 + REQUEST_BYTES;
        let (sender, answer) = oneshot::channel();
        let id = {
            let mut state = self.state.lock();
            match &state.phase {
                Phase::Dialling | Phase::Connected => {}
                Phase::Down(trouble) => return Err(self.unreachable(&trouble.reason)),
                Phase::Closed(reason) => return Err(self.unreachable(reason)),
            }
            if state.bytes > 0 && state.bytes + cost > self.bytes_max {
                self.stats().full.add(1);
                return Err(CallError::Full {
                    to: self.to,
                    lane: self.lane,
                    bytes: state.bytes,
                    bytes_max: self.bytes_max,
                });
            }
            let id = state.next_id;
            state.next_id += 1;
            state.bytes += cost;
            let deadline = Instant::now().checked_add(within);
            state.queued.insert(id, Queued { payload, deadline });
            let unanswered = Unanswered {
                bytes: cost,
                sent: None,
                answer: sender,
            };
            state.unanswered.insert(id, unanswered);
            id
        };
        self.queued.notify_one();
        Ok(Place {
            link: self.clone(),
            id,
            answer,
        })
    }

    /// Takes queued requests to be sent now, in order, until they have `bytes_goal` bytes. A request that is larger than
    /// the peer takes is told so.
    pub(super) fn take(&self, bytes_goal: usize, payload_bytes_max: u32) -> Vec<Frame> {
        let mut frames = Vec::new();
        let mut bytes = 0;
        let now = Instant::now();
        let mut state = self.state.lock();
        while bytes < bytes_goal
            && let Some((id, queued)) = state.queued.pop_first()
        {
            let length = queued.payload.len();
            if length as u64 > payload_bytes_max.into() {
                let reason = too_large(length, payload_bytes_max);
                state.finish(id, Err(self.unreachable(&reason)));
                continue;
            }
            if let Some(unanswered) = state.unanswered.get_mut(&id) {
                unanswered.sent = Some(now);
            }
            let left = queued.deadline.map(|deadline| deadline - now);
            bytes += length;
            frames.push(Frame {
                kind: Kind::Request,
                id,
                within_ms: left.map_or(u32::MAX, millis),
                payload: queued.payload,
            });
        }
        frames
    }

    /// What the peer answered. The caller may be gone.
    pub(super) fn answered(&self, id: u64, answer: Result<Bytes, String>) {
        let mut state = self.state.lock();
        let sent = state.unanswered.get(&id).and_then(|request| request.sent);
        if let Some(sent) = sent {
            let took = sent.elapsed();
            let before = state.round_trip.unwrap_or(took);
            state.round_trip = Some((before * 7 + took) / 8);
        }
        state.finish(id, answer.map_err(|reason| self.broken(&reason)));
    }

    pub(super) fn connected(&self, program: String) {
        let mut state = self.state.lock();
        state.program = Some(program);
        if !matches!(state.phase, Phase::Closed(_)) {
            state.phase = Phase::Connected;
        }
    }

    /// There is no connection: everybody who waits is told. Says whether that is news.
    pub(super) fn down(&self, trouble: Trouble) -> bool {
        let mut state = self.state.lock();
        self.fail_all(&mut state, &trouble.reason);
        match &mut state.phase {
            Phase::Closed(_) => false,
            // It is the same trouble since then.
            Phase::Down(old) if old.reason == trouble.reason => false,
            phase => {
                *phase = Phase::Down(trouble);
                true
            }
        }
    }

    /// The end: everybody who waits is told, and whoever asks later.
    pub(super) fn close(&self, reason: &'static str) {
        let mut state = self.state.lock();
        self.fail_all(&mut state, reason);
        state.phase = Phase::Closed(reason);
    }

    fn fail_all(&self, state: &mut State, reason: &str) {
        let ids: Vec<u64> = state.unanswered.keys().copied().collect();
        for id in ids {
            let error = match state.queued.remove(&id) {
                Some(_) => self.unreachable(reason),
                None => self.broken(reason),
            };
            state.finish(id, Err(error));
        }
    }

    /// Gives up a place. Says whether the request is still here and was not sent.
    fn give_up(&self, id: u64) -> bool {
        let mut state = self.state.lock();
        let was_queued = state.queued.remove(&id).is_some();
        if let Some(unanswered) = state.unanswered.remove(&id) {
            state.bytes -= unanswered.bytes;
        }
        was_queued
    }

    pub(super) fn unreachable(&self, reason: &str) -> CallError {
        CallError::Unreachable {
            to: self.to,
            reason: reason.to_string(),
        }
    }

    fn broken(&self, reason: &str) -> CallError {
        CallError::Broken {
            to: self.to,
            reason: reason.to_string(),
        }
    }

    pub(super) fn is_connected(&self) -> bool {
        matches!(self.state.lock().phase, Phase::Connected)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.state.lock().bytes
    }

    pub(super) fn program(&self) -> Option<String> {
        self.state.lock().program.clone()
    }

    pub(super) fn round_trip(&self) -> Option<Duration> {
        self.state.lock().round_trip
    }

    pub(super) fn error(&self) -> Option<PeerError> {
        match &self.state.lock().phase {
            Phase::Down(trouble) => Some(PeerError {
                lane: self.lane,
                reason: trouble.reason.clone(),
                refusal: trouble.refusal,
                since: trouble.since.elapsed(),
            }),
            _ => None,
        }
    }
}

impl State {
    fn finish(&mut self, id: u64, answer: Answer) {
        if let Some(unanswered) = self.unanswered.remove(&id) {
            self.bytes -= unanswered.bytes;
            // Whoever waited may be gone.
            let _ = unanswered.answer.send(answer);
        }
    }
}

impl Place {
    /// Waits for the answer.
    pub(super) async fn answer(&mut self) -> Answer {
        let closed = |_| Err(self.link.broken("the request was given up"));
        (&mut self.answer).await.unwrap_or_else(closed)
    }

    /// What to say when no answer came in time.
    pub(super) fn timed_out(&self, after: Duration) -> CallError {
        if self.link.give_up(self.id) {
            let reason = format!("the request could not be sent within {after:?}");
            return self.link.unreachable(&reason);
        }
        CallError::TimedOut {
            to: self.link.to,
            after,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.link.give_up(self.id);
    }
}

/// What is said about a payload that does not fit into a frame.
pub(super) fn too_large(bytes: usize, bytes_max: u32) -> String {
    format!("{bytes} bytes are more than the {bytes_max} that a frame may have")
}

/// As milliseconds in a frame, at least one: zero would be over before it begins.
fn millis(duration: Duration) -> u32 {
    let millis = duration.as_millis().clamp(1, u32::MAX.into());
    millis as u32
}
