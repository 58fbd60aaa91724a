//! Whether the replicas of a group hold the same state.
//!
//! ```text
//! leader: mark ─► log ─► every replica applies it, and takes a view of its rows right there ─► digest, beside the work
//!   └──────────────────── asks each for its digest at the mark ◄───────────────────────────────────┘
//!                          not all the same? those that are not with most of them stop
//! ```
//!
//! - The mark is a command of no bytes. No machine sees it; it changes no row but the applied position.
//! - A digest reads every row of the group, so it is computed beside the work of the group, one at a time. A mark that comes
//!   while one is being computed has none.
//! - What a replica has lost or gained against the others is not known, so it is not mended: the replica stops, and its node is
//!   replaced by a new one.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use acquaint_storage::StateDigest;
use parking_lot::Mutex;

use crate::options::Threading;
use crate::state_machine::State;
use crate::type_config::{LogEntry, Payload};

/// Digests that a replica remembers.
const REMEMBERED: usize = 4;

/// Whether an entry is a mark for a digest.
pub(crate) fn is_mark(entry: &LogEntry) -> bool {
    matches!(&entry.payload, Payload::Normal(command) if command.0.is_empty())
}

/// The digests of the last marks.
pub(crate) struct Digests {
    threading: Threading,
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    last: VecDeque<(u64, StateDigest)>,
    /// Whether one is being computed.
    is_busy: bool,
}

impl Digests {
    pub(crate) fn new(threading: Threading) -> Self {
        Digests {
            threading,
            known: Arc::default(),
        }
    }

    /// The digest at the mark with this index, if it is known here.
    pub(crate) fn at(&self, index: u64) -> Option<StateDigest> {
        let known = self.known.lock();
        let mut last = known.last.iter();
        last.find(|(at, _)| *at == index).map(|(_, digest)| *digest)
    }

    /// The last mark whose digest is known, with it.
    pub(crate) fn last(&self) -> Option<(u64, StateDigest)> {
        self.known.lock().last.back().copied()
    }

    /// Takes the digest of the state as it is now, right after the mark with this index.
    pub(crate) fn take(&self, state: &State, index: u64) {
        if std::mem::replace(&mut self.known.lock().is_busy, true) {
            return;
        }
        let (store, group, map) = (state.store.clone(), state.group, state.slot_map);
        let known = self.known.clone();
        let (viewed, is_viewed) = mpsc::channel();
        let compute = move || {
            let view = store.snapshot();
            // The group goes on with the next entry once the view is taken.
            let _ = viewed.send(());
            let digest = view.digest(group, &map);
            let mut known = known.lock();
            known.is_busy = false;
            match digest {
                Ok(digest) => {
                    known.last.push_back((index, digest));
                    if known.last.len() > REMEMBERED {
                        known.last.pop_front();
                    }
                }
                Err(error) => {
                    tracing::error!(%group, %error, "the state cannot be read for its digest")
                }
            }
        };
        if self.threading == Threading::Inline {
            compute();
            return;
        }
        let name = format!("digest {group}");
        match thread::Builder::new().name(name).spawn(compute) {
            Ok(_detached) => {
                // An error means that it has ended already, and that the view is taken all the same.
                let _ = is_viewed.recv();
            }
            Err(error) => {
                self.known.lock().is_busy = false;
                tracing::warn!(%group, %error, "no digest of the state is taken");
            }
        }
    }
}
