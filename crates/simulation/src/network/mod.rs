//! The network between the hosts: messages that are late, lost, out of order, or never sent.
//!
//! ```text
//! call ─► plan: lost, refused, or a delay ─► (virtual time) ─► handler, as a task of the host ─► plan ─► answer
//! ```
//!
//! - What is sent on a lane to a node arrives in the order of the calls, like on a connection; a few messages overtake, like on
//!   two connections of which the older one is not yet dead.
//! - A cut is a silence: whoever asks waits until the time is up. A dead host refuses, which is quick.
//! - A message is lost if its link is cut when it is sent or when it arrives, or if its receiver dies. Data on its way to one
//!   life of a host never reaches the next.

mod link;
mod transport;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use acquaint_consensus::{Handler, Lane};
use parking_lot::Mutex;

use crate::dice::Dice;
use crate::runtime::{Host, virtual_time};
use crate::trace::Trace;

pub(crate) use link::Link;
pub(crate) use transport::SimTransport;

/// What a message takes on a link that nothing is wrong with.
const DELAY: std::ops::Range<Duration> = Duration::from_micros(200)..Duration::from_micros(1_500);
/// One message in so many takes much longer.
const STRAGGLER_PERMILLE: u64 = 20;
const STRAGGLER_DELAY: std::ops::Range<Duration> =
    Duration::from_millis(2)..Duration::from_millis(40);
/// What a link carries in a microsecond.
const BYTES_PER_MICROSECOND: u64 = 100;

/// The network of a cluster. Clones are the same.
#[derive(Clone)]
pub(crate) struct Network {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    dice: Dice,
    trace: Trace,
    endpoints: BTreeMap<u64, Endpoint>,
    links: BTreeMap<(u64, u64), Link>,
    /// When the last message of each lane arrives.
    lanes: BTreeMap<(u64, u64, Lane), Duration>,
    weather: Weather,
    counts: Counts,
}

/// Where messages to one life of a host go.
#[derive(Clone)]
struct Endpoint {
    host: Host,
    /// Taken away when the host dies, so that messages on their way hold nothing of it.
    handler: Arc<Mutex<Option<Arc<dyn Handler>>>>,
}

/// What may happen to any message.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weather {
    /// How many of a thousand overtake others of their lane, or are overtaken.
    pub reordered_permille: u64,
    /// How many of a thousand are not sent because too much waits.
    pub full_permille: u64,
}

/// What has happened to messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests and answers that were sent.
    pub sent: u64,
    /// Those that never arrived.
    pub lost: u64,
    /// Those that overtook others, or were overtaken.
    pub reordered: u64,
    /// Requests that were refused, because nobody was there or too much waited.
    pub refused: u64,
}

/// What becomes of a message.
enum Fate {
    /// It arrives, if nothing happens to link and receiver until then.
    Arrives(Duration),
    /// It does not.
    Lost,
}

impl Network {
    /// A network that nothing is wrong with.
    #[must_use]
    pub(crate) fn new(dice: Dice, trace: Trace) -> Self {
        let inner = Inner {
            dice,
            trace,
            endpoints: BTreeMap::new(),
            links: BTreeMap::new(),
            lanes: BTreeMap::new(),
            weather: Weather::default(),
            counts: Counts::default(),
        };
        Network {
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    /// Connects a host that has come to life.
    #[must_use]
    pub(crate) fn attach(&self, host: Host) -> Arc<SimTransport> {
        let node = host.node();
        let endpoint = Endpoint {
            host,
            handler: Arc::default(),
        };
        self.inner.lock().endpoints.insert(node, endpoint);
        Arc::new(SimTransport::new(self.clone(), node))
    }

    /// Forgets a host that is about to die. What is on its way to it is lost.
    pub(crate) fn detach(&self, node: u64) {
        let endpoint = self.inner.lock().endpoints.remove(&node);
        let handler = endpoint.and_then(|endpoint| endpoint.handler.lock().take());
        drop(handler);
    }

    /// Changes the link from one node to another, in this direction only.
    pub(crate) fn set_link(&self, from: u64, to: u64, change: impl FnOnce(&mut Link)) {
        change(self.inner.lock().links.entry((from, to)).or_default());
    }

    /// Makes every link whole.
    pub(crate) fn heal(&self) {
        self.inner.lock().links.clear();
    }

    /// Sets what may happen to any message.
    pub(crate) fn set_weather(&self, weather: Weather) {
        self.inner.lock().weather = weather;
    }

    /// What has happened to messages so far.
    #[must_use]
    pub(crate) fn counts(&self) -> Counts {
        self.inner.lock().counts
    }
}

impl Inner {
    fn link(&self, from: u64, to: u64) -> Link {
        self.links.get(&(from, to)).copied().unwrap_or_default()
    }

    /// Decides what becomes of a message, and notes it.
    fn send(&mut self, from: u64, to: u64, lane: Lane, bytes: usize, in_order: bool) -> Fate {
        self.counts.sent += 1;
        let link = self.link(from, to);
        let delay = self.delay(link, bytes);
        let is_lost = link.is_cut || self.dice.happens(link.lost_permille);
        let now = virtual_time();
        self.trace.note(
            "send",
            &[from, to, lane as u64, bytes as u64, u64::from(is_lost)],
        );
        if is_lost {
            self.counts.lost += 1;
            return Fate::Lost;
        }
        let arrival = now + delay;
        if !in_order {
            return Fate::Arrives(arrival - now);
        }
        if self.dice.happens(self.weather.reordered_permille) {
            self.counts.reordered += 1;
            return Fate::Arrives(arrival + self.dice.time(STRAGGLER_DELAY) - now);
        }
        let last = self.lanes.entry((from, to, lane)).or_default();
        *last = arrival.max(*last);
        Fate::Arrives(*last - now)
    }

    fn delay(&mut self, link: Link, bytes: usize) -> Duration {
        let range = match self.dice.happens(STRAGGLER_PERMILLE) {
            true => STRAGGLER_DELAY,
            false => DELAY,
        };
        let carried = Duration::from_micros(bytes as u64 / BYTES_PER_MICROSECOND);
        self.dice.time(range) + self.dice.time(Duration::ZERO..link.slow) + carried
    }
}
