//! Which profile ids became which, for whoever keeps a copy of them.
//!
//! - The changes of a group stand in the order of its log; those of other workspaces are passed over, a bounded number on a page.

use std::collections::BTreeSet;

use acquaint_api::profiles::{ChangeCause, ChangeKind, ProfileChangeBody, ProfileChangesBody};
use acquaint_api::{ChangeCursor, ErrorCode};
use acquaint_identity::{Cause, IdentifierId, Reader, RowPrefix, RowValue, StrandId};
use acquaint_storage::row::{FeedPosition, ProfileChangeRow, ProfileFeedRow};
use acquaint_storage::{Key, KeyRange, Order, Read};

use super::reading::Reading;
use super::{ChangesFrom, render, samples};
use crate::Error;
use crate::facts::fact_text;

/// Rows of a group that one page looks at, those of other workspaces among them.
const ROWS_READ_MAX: usize = 10_000;
/// Rows that are read at once.
const ROWS: usize = 1_000;
/// Sources of a strand whose messages are named.
const SOURCES_MAX: usize = 4;
/// Messages that are named for one change.
const SAMPLES_GIVEN_MAX: usize = 3;

/// A page of changes.
pub(crate) fn changes(
    reading: &Reading<'_>,
    from: ChangesFrom,
    limit: usize,
) -> Result<ProfileChangesBody, Error> {
    let group = reading.standing().place.group;
    let all = KeyRange::profile_changes(group);
    let feed: ProfileFeedRow = (reading.view)
        .get(&Key::ProfileFeed { group })?
        .unwrap_or_default();
    let last = reading.view.scan_bytes(&all, Order::Descending, 1)?.pop();
    let last = match last {
        Some((key, _)) => place(&Key::decode(&key)?)?,
        None => feed.trimmed_through,
    };
    let mut page = Page {
        changes: Vec::new(),
        at: start(from, feed.trimmed_through, last)?,
    };
    let mut read = 0;
    while page.at < last && page.changes.len() < limit && read < ROWS_READ_MAX {
        let range = KeyRange::profile_changes(group).after(&Key::ProfileChange {
            group,
            index: page.at.index,
            seq: page.at.seq,
        });
        let rows = reading
            .view
            .scan::<ProfileChangeRow>(&range, Order::Ascending, ROWS)?;
        read += rows.len();
        for (key, row) in rows {
            if page.changes.len() == limit {
                break;
            }
            page.at = place(&key)?;
            if row.workspace == reading.workspace.id {
                page.changes.push(change(reading, row)?);
            }
        }
    }
    Ok(ProfileChangesBody {
        changes: page.changes,
        cursor: ChangeCursor {
            index: page.at.index,
            seq: page.at.seq,
        },
        more: page.at < last,
    })
}

/// A page in the making, and how far it has come.
struct Page {
    changes: Vec<ProfileChangeBody>,
    at: FeedPosition,
}

/// After which row a page begins.
fn start(
    from: ChangesFrom,
    trimmed: FeedPosition,
    last: FeedPosition,
) -> Result<FeedPosition, Error> {
    let cursor = match from {
        ChangesFrom::Oldest => return Ok(trimmed),
        ChangesFrom::Now => return Ok(last),
        ChangesFrom::Cursor(cursor) => FeedPosition {
            index: cursor.index,
            seq: cursor.seq,
        },
    };
    if cursor < trimmed {
        let message = "changes after this cursor are forgotten: take a cursor of `now`, export everything, and go on from there";
        return Err(Error::refused(ErrorCode::CursorExpired, message));
    }
    if cursor > last {
        return Err(Error::Unavailable {
            message: "this node has not come as far as the cursor yet".into(),
        });
    }
    Ok(cursor)
}

fn place(key: &Key) -> Result<FeedPosition, Error> {
    match key {
        Key::ProfileChange { index, seq, .. } => Ok(FeedPosition {
            index: *index,
            seq: *seq,
        }),
        _ => Err(Error::Inconsistent(
            "a row among the changes of profile ids is none".into(),
        )),
    }
}

fn change(reading: &Reading<'_>, row: ProfileChangeRow) -> Result<ProfileChangeBody, Error> {
    let ids = |ids: BTreeSet<IdentifierId>| -> Vec<String> {
        ids.into_iter().map(render::profile_id).collect()
    };
    let (old, new) = (ids(row.change.old), ids(row.change.new));
    let (cause, fact, strand) = match row.change.cause {
        Cause::Strand(strand) => (ChangeCause::Message, None, Some(strand)),
        Cause::Retracted(strand) => (ChangeCause::Retraction, None, Some(strand)),
        Cause::Fact(fact) => (ChangeCause::Fact, Some(fact_text(fact)), None),
        Cause::Undo(fact) => (ChangeCause::Undo, Some(fact_text(fact)), None),
        Cause::Step => (ChangeCause::Step, None, None),
        Cause::Rules(_) => (ChangeCause::Rules, None, None),
    };
    let sample_message_ids = match strand {
        Some(strand) => of_strand(reading, strand)?,
        None => Vec::new(),
    };
    Ok(ProfileChangeBody {
        kind: ChangeKind::of(&old, &new),
        old,
        new,
        cause,
        fact,
        sample_message_ids,
    })
}

/// Some messages of a strand.
fn of_strand(reading: &Reading<'_>, strand: StrandId) -> Result<Vec<String>, Error> {
    let rows = reading.rows();
    let (mut strands, mut sources) = (BTreeSet::new(), BTreeSet::new());
    for (_, value) in rows.scan(&RowPrefix::EvidenceOf(strand), None, SOURCES_MAX)? {
        if let RowValue::Evidence(evidence) = value {
            strands.insert((evidence.anchor, strand));
            sources.insert(evidence.source.clone());
        }
    }
    samples::of(reading, &strands, &sources, SAMPLES_GIVEN_MAX)
}
