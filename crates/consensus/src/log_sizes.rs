//! How many bytes the parts of a group's log have, so that what is kept can be bounded in bytes.
//!
//! - The log is counted in chunks, so that the counts of a long log stay few.
//! - A count may be too high after a truncation, never too low: more goes than must, never less.

use std::collections::VecDeque;

/// Into how many chunks the bytes that may be kept are divided.
const CHUNKS: u64 = 32;

/// The sizes of the chunks of a log, in order.
#[derive(Debug)]
pub(crate) struct LogSizes {
    chunks: VecDeque<Chunk>,
    bytes_max: u64,
}

/// Entries that are counted together: from the end of the chunk before on.
#[derive(Debug)]
struct Chunk {
    /// The index after the last entry.
    end: u64,
    bytes: u64,
}

impl LogSizes {
    /// Nothing yet, of a log that is to keep at most `bytes_max`.
    pub(crate) fn new(bytes_max: u64) -> Self {
        LogSizes {
            chunks: VecDeque::new(),
            bytes_max,
        }
    }

    /// Counts the next entry.
    pub(crate) fn push(&mut self, index: u64, bytes: u64) {
        let chunk_bytes = self.bytes_max / CHUNKS;
        match self.chunks.back_mut() {
            Some(chunk) if chunk.bytes.saturating_add(bytes) <= chunk_bytes => {
                chunk.end = index + 1;
                chunk.bytes += bytes;
            }
            _ => self.chunks.push_back(Chunk {
                end: index + 1,
                bytes,
            }),
        }
    }

    /// Forgets every entry from `from` on.
    pub(crate) fn truncate(&mut self, from: u64) {
        while self.chunks.back().is_some_and(|chunk| chunk.end > from) {
            let before = self.chunks.iter().rev().nth(1);
            if before.map_or(0, |before| before.end) < from
                && let Some(chunk) = self.chunks.back_mut()
            {
                chunk.end = from;
                return;
            }
            self.chunks.pop_back();
        }
    }

    /// Forgets every chunk that ends with `through` or before it.
    pub(crate) fn purge(&mut self, through: u64) {
        while (self.chunks.front()).is_some_and(|chunk| chunk.end <= through.saturating_add(1)) {
            self.chunks.pop_front();
        }
    }

    /// The last index that has to go for the rest to be within the bound, if any has to.
    pub(crate) fn surplus(&self) -> Option<u64> {
        let mut bytes = 0_u64;
        let mut newest_first = self.chunks.iter().rev();
        let first_over = newest_first.find(|chunk| {
            bytes = bytes.saturating_add(chunk.bytes);
            bytes > self.bytes_max
        })?;
        first_over.end.checked_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(count: u64) -> LogSizes {
        let mut sizes = LogSizes::new(3_200);
        (0..count).for_each(|index| sizes.push(index, 60));
        sizes
    }

    #[test]
    fn what_is_over_the_bound_is_surplus() {
        assert_eq!(sizes(53).surplus(), None);
        assert_eq!(sizes(54).surplus(), Some(0));
        assert_eq!(sizes(100).surplus(), Some(46));
        let mut purged = sizes(100);
        purged.purge(46);
        assert_eq!(purged.surplus(), None);
    }

    #[test]
    fn small_entries_share_a_chunk_and_a_large_one_has_its_own() {
        let mut sizes = LogSizes::new(3_200);
        (0..1_000).for_each(|index| sizes.push(index, 10));
        assert_eq!(sizes.chunks.len(), 100);
        assert_eq!(sizes.surplus(), Some(679));
        sizes.push(1_000, 1 << 20);
        assert_eq!(sizes.surplus(), Some(1_000));
    }

    #[test]
    fn what_is_truncated_does_not_count() {
        let mut sizes = sizes(100);
        sizes.truncate(50);
        assert_eq!(sizes.surplus(), None);
        (50..54).for_each(|index| sizes.push(index, 60));
        assert_eq!(sizes.surplus(), Some(0));
        sizes.truncate(0);
        assert!(sizes.chunks.is_empty());
        (0..10).for_each(|index| sizes.push(index, 10));
        sizes.truncate(5);
        assert_eq!(sizes.chunks.len(), 1, "what is left of a chunk stays");
    }
}
