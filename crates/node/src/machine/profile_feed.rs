//! The changes of profile ids of an identity group: written in the order of the log, kept up to a bound.
//!
//! - The oldest are forgotten in the command that adds the newest, by count alone, so that replicas forget the same.
//! - Forgetting goes a piece beyond what is needed, so that most commands forget nothing.

use acquaint_consensus::At;
use acquaint_storage::row::{FeedPosition, ProfileChangeRow, ProfileFeedRow};
use acquaint_storage::{Batch, Error, Key, KeyRange, Order, Read};

/// Changes that a group keeps: some days of a busy shop, a few hundred bytes each. A part of what apply does, so it can only
/// change as commands do.
pub(super) const ROWS_MAX: u64 = 1_000_000;

/// What part of the bound is forgotten at once.
const PIECE: u64 = 1_024;

/// Appends the changes of a command, of which at most `rows_max` are kept together with those before.
pub(crate) fn append(
    at: At,
    changes: Vec<ProfileChangeRow>,
    rows_max: u64,
    batch: &mut Batch<'_>,
) -> Result<(), Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let key = Key::ProfileFeed { group: at.group };
    let mut feed: ProfileFeedRow = batch.get(&key)?.unwrap_or_default();
    for (seq, change) in (0..).zip(changes) {
        let key = Key::ProfileChange {
            group: at.group,
            index: at.index,
            seq,
        };
        batch.put(&key, &change);
        feed.rows += 1;
    }
    if feed.rows > rows_max {
        trim(
            at,
            feed.rows - rows_max + rows_max / PIECE,
            &mut feed,
            batch,
        )?;
    }
    batch.put(&key, &feed);
    Ok(())
}

/// Forgets the oldest. They are looked for after those that were forgotten before, whose traces the store may still hold.
fn trim(at: At, rows: u64, feed: &mut ProfileFeedRow, batch: &mut Batch<'_>) -> Result<(), Error> {
    let last = Key::ProfileChange {
        group: at.group,
        index: feed.trimmed_through.index,
        seq: feed.trimmed_through.seq,
    };
    let range = KeyRange::profile_changes(at.group).after(&last);
    let limit = usize::try_from(rows).unwrap_or(usize::MAX);
    for (key, _) in batch.scan_bytes(&range, Order::Ascending, limit)? {
        let key = Key::decode(&key)?;
        if let Key::ProfileChange { index, seq, .. } = key {
            feed.trimmed_through = FeedPosition { index, seq };
            feed.rows -= 1;
            batch.delete(&key);
        }
    }
    Ok(())
}
