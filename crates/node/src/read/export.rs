//! Everything of a workspace as NDJSON, in an order that depends on nothing but what is stored.
//!
//! First the profiles in order of root, then the interactions in order of (slot, anchor, time, row). Both are orders of
//! keys, so an export streams with bounded memory; slots are fixed, so the number of groups does not show.
//!
//! - No receipt time and no position: the same set of messages gives the same bytes whatever way it came in.
//! - Preferences are exported with their expiry, expired or not: the clock does not show either.
//! - One view from the first line to the last; it is given back when the receiver stops reading, for what it can see is not
//!   given back to the disk.

use std::time::{Duration, Instant};

use acquaint_api::profiles::ExportLine;
use acquaint_identity::{Lookup, NodeId};
use acquaint_profile::{IdentifierId, Timestamp};
use acquaint_storage::row::InteractionRow;
use acquaint_storage::{Key, KeyRange, Order, Read, Slot};
use bytes::Bytes;
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

use super::LookupOptions;
use super::reading::Reading;
use super::render;
use crate::Error;

/// Lines are sent in chunks of about this size.
const CHUNK_BYTES: usize = 64 * 1024;

/// How long a full channel is left alone.
const FULL_PAUSE: Duration = Duration::from_millis(1);

/// How many rows are read at once.
const ROWS: usize = 256;

/// Before all preferences expire.
const ALWAYS: Timestamp = Timestamp::MIN;

/// Sends chunks of whole lines; ends early when nobody listens any more, or nobody reads.
pub(crate) struct Export<'a> {
    reading: Reading<'a>,
    chunk: Vec<u8>,
    sender: &'a Sender<Result<Bytes, Error>>,
    stall_max: Duration,
}

/// That the receiver is gone is no error, but ends the work.
enum Ended {
    Unheard,
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl<'a> Export<'a> {
    /// `stall_max` is how long the receiver may leave the chunks that wait for it.
    pub(crate) fn new(
        reading: Reading<'a>,
        sender: &'a Sender<Result<Bytes, Error>>,
        stall_max: Duration,
    ) -> Self {
        Self {
            reading,
            chunk: Vec::with_capacity(CHUNK_BYTES),
            sender,
            stall_max,
        }
    }

    /// Writes the whole export, on a thread that may wait.
    pub(crate) fn run(mut self) -> Result<(), Error> {
        let done = self
            .profiles()
            .and_then(|()| self.interactions())
            .and_then(|()| self.flush());
        match done {
            Ok(()) | Err(Ended::Unheard) => Ok(()),
            Err(Ended::Failed(error)) => Err(error),
        }
    }

    fn profiles(&mut self) -> Result<(), Ended> {
        let options = LookupOptions::default();
        let mut after: Option<NodeId> = None;
        loop {
            let page = self
                .reading
                .resolve(|resolver| resolver.profiles(after, ROWS))?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(last.root);
            for view in &page {
                // Hubs and blocked values have rows of their own, but are nobody.
                if !matches!(
                    self.reading
                        .resolve(|resolver| resolver.lookup(view.root))?,
                    Lookup::Profile(_)
                ) {
                    continue;
                }
                let folded = self.reading.fold(view)?;
                let body = render::profile(&self.reading, view, &folded, &options, ALWAYS);
                self.line(&ExportLine::Profile(Box::new(body)))?;
            }
        }
    }

    fn interactions(&mut self) -> Result<(), Ended> {
        let workspace = self.reading.workspace.id;
        let mut owner: Option<(IdentifierId, Option<String>)> = None;
        for slot in (0..Slot::COUNT).filter_map(Slot::new) {
            let mut range = KeyRange::workspace_interactions(slot, workspace);
            loop {
                let rows =
                    self.reading
                        .view
                        .scan::<InteractionRow>(&range, Order::Ascending, ROWS)?;
                let Some((last, _)) = rows.last() else { break };
                range = range.after(last);
                let full = rows.len() == ROWS;
                for (key, row) in rows {
                    let Key::Interaction { anchor, .. } = key else {
                        return Err(Error::Inconsistent(
                            "a row among the interactions is none".into(),
                        )
                        .into());
                    };
                    if owner.as_ref().is_none_or(|(last, _)| *last != anchor) {
                        owner = Some((anchor, self.owner(anchor)?));
                    }
                    let line = ExportLine::Interaction {
                        profile_id: owner.as_ref().and_then(|(_, profile)| profile.clone()),
                        interaction: Box::new(render::interaction(&row.interaction, false)),
                    };
                    self.line(&line)?;
                }
                if !full {
                    break;
                }
            }
        }
        Ok(())
    }

    /// The profile that an anchor's interactions belong to, if they belong to anybody.
    fn owner(&self, anchor: IdentifierId) -> Result<Option<String>, Error> {
        let id = acquaint_identity::IdentifierId(anchor.0);
        self.reading.resolve(|resolver| {
            let Some(node) = resolver.resolve(id)? else {
                return Ok(None);
            };
            Ok(match resolver.lookup(node)? {
                Lookup::Profile(view) => Some(render::profile_id(view.canonical)),
                Lookup::Unknown | Lookup::Hub { .. } | Lookup::Blocked { .. } => None,
            })
        })
    }

    fn line(&mut self, line: &ExportLine) -> Result<(), Ended> {
        serde_json::to_writer(&mut self.chunk, line)
            .map_err(|error| Error::Inconsistent(format!("a row cannot be exported: {error}")))?;
        self.chunk.push(b'\n');
        if self.chunk.len() >= CHUNK_BYTES {
            self.flush()?;
        }
        Ok(())
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
