//! Which nodes call this one, on which lanes, and which may.
//!
//! - There is one connection per caller and lane. A newer one takes the place of the older, which is dead as far as the caller
//!   is concerned; requests of the newer are handled when the older has ended, never beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};
use tokio_util::sync::CancellationToken;

use crate::peer::Lane;
use crate::tcp::handshake::{Hello, Me, Members, Refusal, RefusalCode, judge};
use crate::tcp::stop::Stop;

pub(super) struct Callers {
    me: Me,
    connections_max: usize,
    shutdown: CancellationToken,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    members: Members,
    next_serial: u64,
    connections: BTreeMap<(u64, Lane), Connection>,
    /// Held by whoever of a caller and lane is being answered. Kept as long as somebody has it or waits for it.
    turns: BTreeMap<(u64, Lane), Arc<Turn<()>>>,
}

struct Connection {
    serial: u64,
    stop: Stop,
    program: String,
    advertise: String,
}

/// A caller that was let in: a place among the connections, until it is dropped.
pub(super) struct Caller {
    pub(super) node: u64,
    pub(super) lane: Lane,
    pub(super) version: u16,
    pub(super) stop: Stop,
    callers: Arc<Callers>,
    serial: u64,
    turn: Arc<Turn<()>>,
}

/// What is known of a node that calls.
#[derive(Default)]
pub(super) struct Calling {
    pub(super) lanes: Vec<Lane>,
    pub(super) program: String,
    pub(super) advertise: String,
}

impl Callers {
    pub(super) fn new(me: Me, connections_max: usize, shutdown: CancellationToken) -> Callers {
        Callers {
            me,
            connections_max,
            shutdown,
            state: Mutex::default(),
        }
    }

    /// Lets a caller in, or says why not.
    pub(super) fn admit(self: &Arc<Self>, hello: &Hello) -> Result<Caller, Refusal> {
        let mut state = self.state.lock();
        let (lane, version) = judge(hello, &self.me, &state.members)?;
        let key = (hello.from, lane);
        let taken = state.connections.len();
        if taken >= self.connections_max && !state.connections.contains_key(&key) {
            return Err(Refusal {
                code: RefusalCode::Busy,
                reason: format!(
                    "node {} answers {taken} connections already, and no more",
                    self.me.node
                ),
            });
        }
        state.next_serial += 1;
        let serial = state.next_serial;
        let stop = Stop::new(&self.shutdown);
        let connection = Connection {
            serial,
            stop: stop.clone(),
            program: hello.program.clone(),
            advertise: hello.advertise.clone(),
        };
        if let Some(older) = state.connections.insert(key, connection) {
            let reason = "a newer connection of the caller took its place";
            older.stop.stop(reason);
        }
        Ok(Caller {
            node: hello.from,
            lane,
            version,
            stop,
            callers: self.clone(),
            serial,
            turn: state.turn(key),
        })
    }

    /// Lets only these nodes in from now on, or everybody who is not forgotten.
    pub(super) fn allow(&self, nodes: Option<BTreeSet<u64>>) {
        let mut state = self.state.lock();
        state.members.allowed = nodes;
        state.end_strangers();
    }

    /// Does not let a node in any more.
    pub(super) fn forget(&self, node: u64) {
        let mut state = self.state.lock();
        state.members.forgotten.insert(node);
        state.end_strangers();
    }

    /// Takes back that these nodes were forgotten.
    pub(super) fn remember(&self, nodes: impl Iterator<Item = u64>) {
        let mut state = self.state.lock();
        for node in nodes {
            state.members.forgotten.remove(&node);
        }
    }

    pub(super) fn calling(&self) -> BTreeMap<u64, Calling> {
        let mut callers: BTreeMap<u64, Calling> = BTreeMap::new();
        for ((node, lane), connection) in &self.state.lock().connections {
            let calling = callers.entry(*node).or_default();
            calling.lanes.push(*lane);
            calling.program.clone_from(&connection.program);
            calling.advertise.clone_from(&connection.advertise);
        }
        callers
    }
}

impl State {
    fn turn(&mut self, key: (u64, Lane)) -> Arc<Turn<()>> {
        self.turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        self.turns.entry(key).or_default().clone()
    }

    fn end_strangers(&self) {
        for ((node, _), connection) in &self.connections {
            if !self.members.admit(*node) {
                connection
                    .stop
                    .stop("the caller is not a member of the cluster any more");
            }
        }
    }
}

impl Caller {
    /// Waits until every older connection of this caller and lane has ended.
    pub(super) async fn turn(&self) -> OwnedMutexGuard<()> {
        self.turn.clone().lock_owned().await
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        let mut state = self.callers.state.lock();
        let key = (self.node, self.lane);
        if state.connections.get(&key).map(|now| now.serial) == Some(self.serial) {
            state.connections.remove(&key);
        }
    }
}
