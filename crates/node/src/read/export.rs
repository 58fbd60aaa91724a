//! Everything of a workspace as NDJSON, in an order that depends on nothing but what is stored.
//!
//! First the profiles in order of root, then the interactions in order of (slot, anchor, time, row). Both are orders of
//! keys, so an export streams with bounded memory; slots are fixed, so the number of groups does not show.
//!
//! - An interaction stands once, under the profile that it is attributed to. What is nobody's is under the profile of the
//!   shared or blocked thing itself, which is listed like any other.
//! - No receipt time and no position: the same set of messages gives the same bytes whatever way it came in.
//! - Preferences are exported with their expiry, expired or not: the clock does not show either.
//! - One view from the first line to the last; it is given back when the receiver stops reading, for what it can see is not
//!   given back to the disk.

use acquaint_api::profiles::ExportLine;
use acquaint_identity::NodeId;
use acquaint_profile::Timestamp;
use acquaint_storage::row::InteractionRow;
use acquaint_storage::{Key, KeyRange, Order, Read, Slot};

use super::LookupOptions;
use super::chunks::{Chunks, Ended};
use super::owners::Owners;
use super::reading::Reading;
use super::render::{self, ProfileJson, ProfileLine};
use crate::Error;

/// How many rows are read at once.
const ROWS: usize = 256;

/// Before all preferences expire.
const ALWAYS: Timestamp = Timestamp::MIN;

/// Sends chunks of whole lines; ends early when nobody listens any more, or nobody reads.
pub(crate) struct Export<'a> {
    reading: Reading<'a>,
    chunks: Chunks<'a>,
}

impl<'a> Export<'a> {
    pub(crate) fn new(reading: Reading<'a>, chunks: Chunks<'a>) -> Self {
        Self { reading, chunks }
    }

    /// Writes the whole export, on a thread that may wait.
    pub(crate) fn run(mut self) -> Result<(), Error> {
        let done = self.profiles().and_then(|()| self.interactions());
        self.chunks.end(done)
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
                let folded = self.reading.fold(view)?;
                let profile = ProfileJson {
                    reading: &self.reading,
                    view,
                    folded: &folded,
                    options: &options,
                    at: ALWAYS,
                    interactions: None,
                };
                self.chunks.line(&ProfileLine(profile))?;
            }
        }
    }

    fn interactions(&mut self) -> Result<(), Ended> {
        let workspace = self.reading.workspace.id;
        let mut owners = Owners::default();
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
                    let Key::Interaction { anchor, time, .. } = key else {
                        return Err(Error::Inconsistent(
                            "a row among the interactions is none".into(),
                        )
                        .into());
                    };
                    let day = time.day();
                    let line = ExportLine::Interaction {
                        profile_id: owners.of(&self.reading, anchor, row.strand, day)?,
                        interaction: Box::new(render::interaction(&row.interaction, false)),
                    };
                    self.chunks.line(&line)?;
                }
                if !full {
                    break;
                }
            }
        }
        Ok(())
    }
}
