//! A customer's interactions, the latest first.
//!
//! Interactions lie under their anchors, in order of time; a timeline merges the anchors of a profile.
//!
//! - The order is (time, row), so a page ends at a place that does not move, whatever arrives meanwhile.
//! - A page reads a bounded number of rows: when filters leave too few, it ends early and names where to go on.

use std::collections::{BinaryHeap, VecDeque};

use acquaint_api::PageToken;
use acquaint_profile::{IdentifierId, Interaction, Timestamp};
use acquaint_storage::row::InteractionRow;
use acquaint_storage::{InteractionId, Key, KeyRange, Order, Read, Slot};

use super::TimelineOptions;
use super::reading::Reading;
use crate::Error;

/// The most rows that one page reads.
const PAGE_ROWS_MAX: usize = 20_000;

/// How many rows are read ahead, at first of all anchors together, then of one at once. Most anchors of a large profile
/// (browsers, by the hundred) give a page nothing, and are asked for a single row.
const CHUNK_ROWS_MAX: usize = 64;

/// Where an interaction stands in a timeline.
type Place = (Timestamp, InteractionId);

/// A page and where the next one begins.
pub(crate) struct Page {
    pub(crate) interactions: Vec<Interaction>,
    pub(crate) next: Option<PageToken>,
}

/// What a page is a page of; a token is good for the same question only.
pub(crate) fn question(options: &TimelineOptions) -> u32 {
    let time = |time: Option<Timestamp>| time.map_or_else(String::new, |time| time.0.to_string());
    PageToken::digest([
        options.channel.as_deref().unwrap_or_default(),
        options.event.as_deref().unwrap_or_default(),
        &time(options.from),
        &time(options.to),
    ])
}

/// Reads a page of the interactions of these anchors.
pub(crate) fn page(
    reading: &Reading<'_>,
    anchors: &[IdentifierId],
    options: &TimelineOptions,
) -> Result<Page, Error> {
    let question = question(options);
    let below = options
        .page
        .map(|page| (Timestamp(page.time), InteractionId(page.row)));
    let chunk = (CHUNK_ROWS_MAX / anchors.len().max(1)).max(1);
    let mut cursors: Vec<Cursor> = anchors
        .iter()
        .map(|anchor| Cursor::new(reading, *anchor, options, below, chunk))
        .collect();
    let mut heads: BinaryHeap<(Place, usize)> = BinaryHeap::new();
    for (number, cursor) in cursors.iter_mut().enumerate() {
        heads.extend(cursor.head(reading)?.map(|place| (place, number)));
    }

    let mut page = Page {
        interactions: Vec::new(),
        next: None,
    };
    let mut rows_read = 0;
    while let Some((place, number)) = heads.pop() {
        let Some((_, interaction)) = cursors[number].buffer.pop_front() else {
            return Err(Error::Inconsistent("a timeline lost its place".into()));
        };
        heads.extend(cursors[number].head(reading)?.map(|place| (place, number)));
        rows_read += 1;
        if matches(&interaction, options) {
            page.interactions.push(interaction);
        }
        let full = page.interactions.len() >= options.limit || rows_read >= PAGE_ROWS_MAX;
        if full && !heads.is_empty() {
            page.next = Some(PageToken {
                query: question,
                time: place.0.0,
                row: place.1.0,
            });
        }
        if full {
            break;
        }
    }
    Ok(page)
}

fn matches(interaction: &Interaction, options: &TimelineOptions) -> bool {
    let channel = options.channel.as_deref();
    let event = options.event.as_deref();
    channel.is_none_or(|channel| interaction.channel.as_str() == channel)
        && event.is_none_or(|event| interaction.event.as_deref() == Some(event))
}

/// Walks the interactions of one anchor from the latest to the earliest.
struct Cursor {
    range: KeyRange,
    buffer: VecDeque<(Place, Interaction)>,
    chunk: usize,
    done: bool,
}

impl Cursor {
    fn new(
        reading: &Reading<'_>,
        anchor: IdentifierId,
        options: &TimelineOptions,
        below: Option<Place>,
        chunk: usize,
    ) -> Self {
        let workspace = reading.workspace.id;
        let mut range =
            KeyRange::interactions_between(workspace, &anchor, options.from, options.to);
        if let Some((time, row)) = below {
            let slot = Slot::of(&anchor);
            range = range.before(&Key::Interaction {
                slot,
                workspace,
                anchor,
                time,
                row,
            });
        }
        Self {
            range,
            buffer: VecDeque::new(),
            chunk,
            done: false,
        }
    }

    /// The place of the next interaction, read ahead when the buffer is empty.
    fn head(&mut self, reading: &Reading<'_>) -> Result<Option<Place>, Error> {
        if self.buffer.is_empty() && !self.done {
            let rows =
                reading
                    .view
                    .scan::<InteractionRow>(&self.range, Order::Descending, self.chunk)?;
            self.done = rows.len() < self.chunk;
            self.chunk = CHUNK_ROWS_MAX.min(2 * self.chunk);
            if let Some((last, _)) = rows.last() {
                self.range = self.range.clone().before(last);
            }
            for (key, row) in rows {
                let Key::Interaction { time, row: id, .. } = key else {
                    return Err(Error::Inconsistent(
                        "a row among the interactions is none".into(),
                    ));
                };
                self.buffer.push_back(((time, id), row.interaction));
            }
        }
        Ok(self.buffer.front().map(|(place, _)| *place))
    }
}
