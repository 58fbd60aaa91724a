//! A customer's interactions, the latest first.
//!
//! Interactions lie under their anchors, in order of time; a timeline merges the parts of a profile: anchors, whole or on
//! some days, and strands under anchors that are nobody's.
//!
//! - Days that are not the profile's are stepped over, not read: a shop's tablet costs its customers nothing.
//! - The order is (time, row), so a page ends at a place that does not move, whatever arrives meanwhile.
//! - A page reads a bounded number of rows: when filters leave too few, it ends early and names where to go on.

use std::collections::{BinaryHeap, VecDeque};

use acquaint_api::PageToken;
use acquaint_profile::{Interaction, Timestamp, WorkspaceId};
use acquaint_storage::row::InteractionRow;
use acquaint_storage::{InteractionId, Key, KeyRange, Order, Read, Slot};

use super::TimelineOptions;
use super::parts::Part;
use super::reading::Reading;
use super::sum::{after, astray, interaction};
use crate::Error;

/// The most rows that one page reads.
const PAGE_ROWS_MAX: usize = 20_000;

/// How many rows are read ahead, at first of all parts together, then of one at once. Most parts of a large profile
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

/// Reads a page of the interactions of these parts.
pub(crate) fn page(
    reading: &Reading<'_>,
    parts: &[Part],
    options: &TimelineOptions,
) -> Result<Page, Error> {
    let question = question(options);
    let below = options
        .page
        .map(|page| (Timestamp(page.time), InteractionId(page.row)));
    let chunk = (CHUNK_ROWS_MAX / parts.len().max(1)).max(1);
    let mut cursors: Vec<Cursor> = parts
        .iter()
        .map(|part| Cursor::new(reading, part, options, below, chunk))
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

/// Walks the interactions of one part from the latest to the earliest.
struct Cursor {
    /// What is still to be read, the latest last: one range, or one for each run of days.
    ranges: Vec<KeyRange>,
    /// Whether the ranges are of the index of a strand.
    is_strand: bool,
    buffer: VecDeque<(Place, Interaction)>,
    chunk: usize,
}

impl Cursor {
    fn new(
        reading: &Reading<'_>,
        part: &Part,
        options: &TimelineOptions,
        below: Option<Place>,
        chunk: usize,
    ) -> Self {
        let workspace = reading.workspace.id;
        let end = below.map(|place| place_key(workspace, part, place));
        let range = |from: Option<Timestamp>, to: Option<Timestamp>| {
            let range = match &part.strand {
                Some(strand) => {
                    let anchor = &part.anchor;
                    KeyRange::strand_interactions_between(workspace, anchor, strand, from, to)
                }
                None => KeyRange::interactions_between(workspace, &part.anchor, from, to),
            };
            match &end {
                Some(end) => range.before(end),
                None => range,
            }
        };
        let ranges = match &part.days {
            None => vec![range(options.from, options.to)],
            Some(days) => days
                .iter()
                .map(|days| {
                    let (first, next) = (days.start().start(), after(*days.end()));
                    let from = options.from.map_or(first, |from| from.max(first));
                    let to = options.to.map_or(next, |to| to.min(next));
                    range(Some(from), Some(to))
                })
                .collect(),
        };
        Self {
            ranges,
            is_strand: part.strand.is_some(),
            buffer: VecDeque::new(),
            chunk,
        }
    }

    /// The place of the next interaction, read ahead when the buffer is empty.
    fn head(&mut self, reading: &Reading<'_>) -> Result<Option<Place>, Error> {
        while self.buffer.is_empty()
            && let Some(range) = self.ranges.pop()
        {
            let rows = match self.is_strand {
                true => of_strand(reading, &range, self.chunk)?,
                false => reading
                    .view
                    .scan::<InteractionRow>(&range, Order::Descending, self.chunk)?
                    .into_iter()
                    .map(|(key, row)| (key.clone(), key, row))
                    .collect(),
            };
            if let Some((last, _, _)) = rows.last()
                && rows.len() == self.chunk
            {
                self.ranges.push(range.before(last));
            }
            if !rows.is_empty() {
                self.chunk = CHUNK_ROWS_MAX.min(2 * self.chunk);
            }
            for (_, key, row) in rows {
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

/// The latest interactions in a range of a strand: where they stand in the range, in the anchor's timeline, and what they are.
fn of_strand(
    reading: &Reading<'_>,
    range: &KeyRange,
    rows_max: usize,
) -> Result<Vec<(Key, Key, InteractionRow)>, Error> {
    let places = reading
        .view
        .scan_bytes(range, Order::Descending, rows_max)?;
    let keys = places.iter().map(|(place, _)| interaction(place));
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let rows = reading.view.multi_get::<InteractionRow>(&keys)?;
    let mut found = Vec::with_capacity(keys.len());
    for (((place, _), key), row) in places.iter().zip(keys).zip(rows) {
        found.push((Key::decode(place)?, key, row.ok_or_else(astray)?));
    }
    Ok(found)
}

/// The key that a place has, or would have, among what a part is read from.
fn place_key(workspace: WorkspaceId, part: &Part, (time, row): Place) -> Key {
    let (slot, anchor) = (Slot::of(&part.anchor), part.anchor);
    match part.strand {
        Some(strand) => Key::StrandInteraction {
            slot,
            workspace,
            anchor,
            strand,
            time,
            row,
        },
        None => Key::Interaction {
            slot,
            workspace,
            anchor,
            time,
            row,
        },
    }
}
