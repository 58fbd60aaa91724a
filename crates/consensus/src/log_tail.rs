//! The end of a group's log, in memory.
//!
//! ```text
//!  purged │ on disk only │ on disk and here │ here only │
//! ────────┼──────────────┼──────────────────┼───────────┤
//!         purged.index   first              written     last.index + 1
//! ```
//!
//! - What is not on disk yet is here: entries are readable from the moment that they are appended.
//! - What is here is contiguous, and ends at the last entry of the log.
//! - An entry leaves from the front, and only once it is on disk.

use std::collections::VecDeque;
use std::ops::{Bound, Range, RangeBounds};

use crate::log_sizes::LogSizes;
use crate::rows::entry_bytes;
use crate::type_config::{LogEntry, LogId, Vote};

/// The part of a log that is held in memory, and where the log starts and ends.
#[derive(Debug)]
pub(crate) struct LogTail {
    pub(crate) vote: Option<Vote>,
    pub(crate) committed: Option<LogId>,
    pub(crate) purged: Option<LogId>,
    /// The index of the first entry, or of the next one to come if there is none.
    start: u64,
    last: Option<LogId>,
    entries: VecDeque<LogEntry>,
    bytes: u64,
    bytes_max: u64,
    /// Of the whole log, on disk or here.
    sizes: LogSizes,
    /// Entries with a smaller index are on disk.
    written: u64,
    /// Counts truncations, so that a write that was queued before one does not vouch for entries
    /// that were appended after it.
    epoch: u64,
}

/// The mark that says which entries a queued write holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Appended {
    epoch: u64,
    end: u64,
}

/// Where the entries of a range are.
pub(crate) struct Located {
    /// These have to be read from disk,
    pub(crate) on_disk: Range<u64>,
    /// and these follow them.
    pub(crate) in_memory: Vec<LogEntry>,
}

impl LogTail {
    /// The tail of a log that is on disk as a whole.
    pub(crate) fn new(
        purged: Option<LogId>,
        last: Option<LogId>,
        bytes_max: u64,
        sizes: LogSizes,
    ) -> Self {
        LogTail {
            vote: None,
            committed: None,
            purged,
            start: next_index(purged),
            last,
            entries: VecDeque::new(),
            bytes: 0,
            bytes_max,
            sizes,
            written: next_index(last),
            epoch: 0,
        }
    }

    /// The last entry, or the last purged one of a log that holds none.
    pub(crate) fn last(&self) -> Option<LogId> {
        self.last.max(self.purged)
    }

    pub(crate) fn append(&mut self, entries: impl IntoIterator<Item = LogEntry>) -> Appended {
        for entry in entries {
            if self.start >= next_index(self.last) {
                self.start = entry.log_id.index;
            }
            self.last = Some(entry.log_id);
            let bytes = entry_bytes(&entry);
            self.bytes += bytes;
            self.sizes.push(entry.log_id.index, bytes);
            self.entries.push_back(entry);
        }
        Appended {
            epoch: self.epoch,
            end: next_index(self.last),
        }
    }

    /// Notes that a write is on disk, and lets go of what is not needed any more.
    pub(crate) fn written(&mut self, appended: Appended) {
        if appended.epoch == self.epoch {
            self.written = self.written.max(appended.end);
        }
        while self.bytes > self.bytes_max && self.first().is_some_and(|first| first < self.written)
        {
            self.pop_front();
        }
    }

    /// Forgets every entry from `from` on. `last` is the one before it.
    pub(crate) fn truncate(&mut self, from: u64, last: Option<LogId>) {
        while self
            .entries
            .back()
            .is_some_and(|entry| entry.log_id.index >= from)
        {
            if let Some(entry) = self.entries.pop_back() {
                self.bytes -= entry_bytes(&entry);
            }
        }
        self.sizes.truncate(from);
        // The log may end before what it is truncated after.
        self.last = self.last.min(last);
        self.written = self.written.min(from);
        self.epoch += 1;
    }

    /// Forgets every entry up to and with `through`.
    pub(crate) fn purge(&mut self, through: LogId) {
        while self.first().is_some_and(|first| first <= through.index) {
            self.pop_front();
        }
        self.sizes.purge(through.index);
        self.purged = self.purged.max(Some(through));
        self.start = self.start.max(through.index + 1);
        self.written = self.written.max(through.index + 1);
    }

    /// The last index that has to go for the log to be within its bound in bytes, if any has to.
    pub(crate) fn surplus(&self) -> Option<u64> {
        self.sizes.surplus()
    }

    /// Where the entries of `range` are, as far as the log holds them.
    pub(crate) fn locate(&self, range: impl RangeBounds<u64>) -> Located {
        let range = self.clip(range);
        let first = self.first().unwrap_or(range.end);
        let in_memory = self
            .entries
            .iter()
            .skip(usize::try_from(range.start.saturating_sub(first)).unwrap_or(usize::MAX))
            .take_while(|entry| entry.log_id.index < range.end)
            .cloned()
            .collect();
        Located {
            on_disk: range.start..first.clamp(range.start, range.end),
            in_memory,
        }
    }

    /// The part of `range` that the log holds.
    pub(crate) fn clip(&self, range: impl RangeBounds<u64>) -> Range<u64> {
        let start = match range.start_bound() {
            Bound::Included(start) => *start,
            Bound::Excluded(start) => start.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(end) => end.saturating_add(1),
            Bound::Excluded(end) => *end,
            Bound::Unbounded => u64::MAX,
        };
        let start = start.max(self.start);
        start..end.min(next_index(self.last)).max(start)
    }

    fn first(&self) -> Option<u64> {
        self.entries.front().map(|entry| entry.log_id.index)
    }

    fn pop_front(&mut self) {
        if let Some(entry) = self.entries.pop_front() {
            self.bytes -= entry_bytes(&entry);
        }
    }
}

fn next_index(id: Option<LogId>) -> u64 {
    id.map_or(0, |id| id.index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::type_config::{LeaderId, Payload};
    use openraft::vote::RaftLeaderId;

    fn id(index: u64) -> LogId {
        LogId::new(LeaderId::new(1, 1), index)
    }

    fn entries(range: Range<u64>) -> Vec<LogEntry> {
        range
            .map(|index| LogEntry {
                log_id: id(index),
                payload: Payload::Blank,
            })
            .collect()
    }

    fn tail(bytes_max: u64) -> LogTail {
        LogTail::new(None, None, bytes_max, LogSizes::new(u64::MAX))
    }

    fn check(tail: &LogTail, range: Range<u64>, on_disk: Range<u64>, in_memory: Range<u64>) {
        let located = tail.locate(range);
        let indexes: Vec<u64> = located.in_memory.iter().map(|e| e.log_id.index).collect();
        assert_eq!(indexes, in_memory.collect::<Vec<_>>());
        if !on_disk.is_empty() || !located.on_disk.is_empty() {
            assert_eq!(located.on_disk, on_disk);
        }
    }

    #[test]
    fn entries_are_readable_at_once_and_leave_when_written() {
        let mut tail = self::tail(0);
        let appended = tail.append(entries(0..5));
        check(&tail, 0..9, 0..0, 0..5);
        check(&tail, 2..4, 2..2, 2..4);
        tail.written(appended);
        check(&tail, 0..9, 0..5, 0..0);
        tail.append(entries(5..7));
        check(&tail, 3..9, 3..5, 5..7);
        check(&tail, 1..3, 1..3, 0..0);
    }

    #[test]
    fn a_write_from_before_a_truncation_vouches_for_nothing_after_it() {
        let mut tail = self::tail(0);
        let before = tail.append(entries(0..10));
        tail.truncate(5, Some(id(4)));
        let after = tail.append(entries(5..7));
        tail.written(before);
        check(&tail, 0..9, 0..0, 0..7);
        tail.written(after);
        check(&tail, 0..9, 0..7, 0..0);
    }

    #[test]
    fn a_purge_moves_the_front_and_may_pass_the_end() {
        let mut tail = self::tail(1 << 20);
        tail.append(entries(0..5));
        tail.purge(id(2));
        check(&tail, 0..9, 3..3, 3..5);
        tail.purge(id(8));
        check(&tail, 0..20, 9..9, 0..0);
        assert_eq!(tail.last(), Some(id(8)));
    }
}
