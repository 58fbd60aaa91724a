//! The log of one group, as openraft wants it: rows of the store behind a tail in memory.
//!
//! - `append` returns once the entries are readable, and calls back once they are on disk.
//! - `save_vote` and `truncate_after` return once they are on disk.
//! - `purge` and `save_committed` take effect in call order but wait for no disk: losing the last
//!   of them in a crash loses nothing.

use std::fmt::Debug;
use std::io;
use std::ops::{Range, RangeBounds};
use std::sync::Arc;

use acquaint_storage::{GroupId, LogBatch, LogMeta, Store};
use futures::{Stream, StreamExt, stream};
use openraft::storage::{IOFlushed, RaftLogStorage};
use openraft::{LogState, OptionalSend, RaftLogReader};
use parking_lot::Mutex;

use crate::log_sizes::LogSizes;
use crate::log_tail::{Located, LogTail};
use crate::log_writer::{LogWriter, Urgency};
use crate::rows;
use crate::runtime::{Oneshot, OneshotSender, Runtime};
use crate::type_config::{LogEntry, LogId, Types, Vote};

/// How many entries a reader takes at a time when it streams.
const STREAM_ENTRIES: u64 = 1_024;
/// How many bytes of entries a reader of a peer takes at a time, at least one entry.
const LIMITED_BYTES: u64 = 1 << 20;
/// How many bytes of rows are read from disk at a time when entries are streamed, at least one row.
const STREAM_BYTES: usize = 4 << 20;

/// The log of one group. Clones share it, and are its readers.
#[derive(Clone)]
pub(crate) struct LogStore {
    group: GroupId,
    store: Store,
    writer: Arc<LogWriter>,
    /// The id of this node, if others follow it where it leads.
    followed: Option<u64>,
    tail: Arc<Mutex<LogTail>>,
}

impl LogStore {
    /// Opens the log of a group whose state is applied up to `applied`.
    pub(crate) fn open(
        group: GroupId,
        store: Store,
        writer: Arc<LogWriter>,
        applied: Option<LogId>,
        tail_bytes_max: u64,
        keep_bytes_max: u64,
        followed: Option<u64>,
    ) -> io::Result<Self> {
        let read = |fact| store.log_meta(group, fact).map_err(rows::damaged);
        let decode = |bytes: Vec<u8>| rows::decode_log_id(&bytes);
        let purged = read(LogMeta::Purged)?.map(decode).transpose()?;
        let committed = read(LogMeta::Committed)?.map(decode).transpose()?;
        let vote = read(LogMeta::Vote)?.map(|bytes| rows::decode_vote(&bytes));
        let last = store.last_log(group).map_err(rows::damaged)?;
        let last = last
            .map(|(_, bytes)| rows::decode_entry(&bytes))
            .transpose()?;
        let mut sizes = LogSizes::new(keep_bytes_max);
        let sized = store.for_each_log_size(group, |index, bytes| sizes.push(index, bytes));
        sized.map_err(rows::damaged)?;
        let last = last.map(|entry| entry.log_id);
        let mut tail = LogTail::new(purged, last, tail_bytes_max, sizes);
        // A state that came in files may be of a later term than any vote of this node: who leads
        // next must not write into an earlier one.
        let led = applied.map(|id| Vote::new(id.leader_id.term, id.leader_id.node_id));
        let vote = vote.transpose()?;
        tail.vote = led
            .filter(|led| vote.is_none_or(|vote| vote < *led))
            .or(vote);
        tail.committed = committed;
        Ok(LogStore {
            group,
            store,
            writer,
            followed,
            tail: Arc::new(Mutex::new(tail)),
        })
    }

    /// Whether no other clone is left.
    pub(crate) fn is_unshared(&self) -> bool {
        // The tail is the last field: a clone that has let go of it has let go of the store.
        Arc::strong_count(&self.tail) == 1
    }

    /// The last index that has to go for the log to be within its bound in bytes, if any has to.
    pub(crate) fn surplus(&self) -> Option<u64> {
        self.tail.lock().surplus()
    }

    /// Reads a range as far as the log holds it, and ends it where about `bytes_max` were read from disk: after one entry
    /// at least. A hole is an error.
    fn read(&self, range: impl RangeBounds<u64>, bytes_max: usize) -> io::Result<Vec<LogEntry>> {
        let Located { on_disk, in_memory } = self.tail.lock().locate(range);
        if on_disk.is_empty() {
            return Ok(in_memory);
        }
        let end = on_disk.end;
        let rows = self
            .store
            .read_log(self.group, on_disk, bytes_max)
            .map_err(rows::damaged)?;
        let is_whole = rows.last().is_some_and(|(index, _)| index + 1 == end);
        let mut entries = Vec::with_capacity(rows.len());
        for (_, bytes) in rows {
            entries.push(rows::decode_entry(&bytes)?);
        }
        if is_whole {
            entries.extend(in_memory);
        }
        Ok(entries)
    }

    /// The first entries of a range that is not empty, and where the rest begins.
    fn read_piece(&self, range: &Range<u64>) -> io::Result<(Vec<LogEntry>, u64)> {
        let end = range.end.min(range.start.saturating_add(STREAM_ENTRIES));
        let entries = self.read(range.start..end, STREAM_BYTES)?;
        match entries.last() {
            Some(last) => {
                let next = last.log_id.index + 1;
                Ok((entries, next))
            }
            None => Err(io::Error::other(format!(
                "the log of {} lost entry {} while it was read",
                self.group, range.start
            ))),
        }
    }

    /// Whether an append is waited for: a leader sends it to its followers meanwhile, who write it too.
    fn urgency(&self, tail: &LogTail) -> Urgency {
        let leader = tail.vote.map(|vote| vote.leader_id.node_id);
        match self.followed {
            Some(node) if leader == Some(node) => Urgency::Beside,
            _ => Urgency::Waiting,
        }
    }

    /// Writes, and waits until it is on disk.
    async fn write<R: Runtime>(&self, batch: LogBatch) -> io::Result<()> {
        let (sender, receiver) = <R::Oneshot as Oneshot>::channel();
        let done = Box::new(move |result| {
            // Whoever waited may be gone after a shutdown.
            let _ = sender.send(result);
        });
        self.writer.write(batch, Urgency::Waiting, done);
        receiver
            .await
            .unwrap_or_else(|_| Err(io::Error::other("the log writer is gone")))
    }
}

impl<R: Runtime> RaftLogReader<Types<R>> for LogStore {
    async fn try_get_log_entries<RB>(&mut self, range: RB) -> io::Result<Vec<LogEntry>>
    where
        RB: RangeBounds<u64> + Clone + Debug + OptionalSend,
    {
        self.read(range, usize::MAX)
    }

    async fn read_vote(&mut self) -> io::Result<Option<Vote>> {
        Ok(self.tail.lock().vote)
    }

    /// Streams in pieces, so that a restart with a long log to apply does not hold it all.
    async fn entries_stream<RB>(
        &mut self,
        range: RB,
    ) -> impl Stream<Item = io::Result<LogEntry>> + OptionalSend
    where
        RB: RangeBounds<u64> + Clone + Debug + OptionalSend,
    {
        let range = self.tail.lock().clip(range);
        let log = self.clone();
        let pieces = stream::unfold(range, move |mut rest| {
            let log = log.clone();
            async move {
                if rest.is_empty() {
                    return None;
                }
                let piece = log.read_piece(&rest);
                rest.start = piece.as_ref().map_or(rest.end, |(_, next)| *next);
                Some((piece.map(|(entries, _)| entries), rest))
            }
        });
        let entries = pieces.flat_map(|piece| {
            let entries: Vec<io::Result<LogEntry>> = match piece {
                Ok(entries) => entries.into_iter().map(Ok).collect(),
                Err(error) => vec![Err(error)],
            };
            stream::iter(entries)
        });
        Box::pin(entries)
    }

    async fn limited_get_log_entries(&mut self, start: u64, end: u64) -> io::Result<Vec<LogEntry>> {
        let end = end.min(start.saturating_add(STREAM_ENTRIES));
        let mut entries = self.read(start..end, STREAM_BYTES)?;
        let mut bytes = 0;
        let fit = entries.iter().take_while(|entry| {
            let fits = bytes < LIMITED_BYTES;
            bytes += rows::entry_bytes(entry);
            fits
        });
        let count = fit.count();
        entries.truncate(count);
        Ok(entries)
    }
}

impl<R: Runtime> RaftLogStorage<Types<R>> for LogStore {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> io::Result<LogState<Types<R>>> {
        let tail = self.tail.lock();
        Ok(LogState {
            last_purged_log_id: tail.purged,
            last_log_id: tail.last(),
        })
    }

    async fn get_log_reader(&mut self) -> Self {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote) -> io::Result<()> {
        let mut batch = LogBatch::new();
        batch.put(self.group, LogMeta::Vote, rows::encode_vote(vote));
        self.write::<R>(batch).await?;
        self.tail.lock().vote = Some(*vote);
        Ok(())
    }

    async fn save_committed(&mut self, committed: Option<LogId>) -> io::Result<()> {
        // Nothing committed is the state before the first of them: there is nothing to keep.
        if let Some(committed) = committed {
            let mut batch = LogBatch::new();
            let bytes = rows::encode_log_id(committed);
            batch.put(self.group, LogMeta::Committed, bytes);
            self.writer.write_lazily(batch);
        }
        self.tail.lock().committed = committed;
        Ok(())
    }

    async fn read_committed(&mut self) -> io::Result<Option<LogId>> {
        Ok(self.tail.lock().committed)
    }

    async fn append<I>(&mut self, entries: I, callback: IOFlushed<Types<R>>) -> io::Result<()>
    where
        I: IntoIterator<Item = LogEntry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let entries: Vec<LogEntry> = entries.into_iter().collect();
        let mut batch = LogBatch::new();
        for entry in &entries {
            batch.append(self.group, entry.log_id.index, rows::encode_entry(entry));
        }
        let (appended, urgency) = {
            let mut tail = self.tail.lock();
            (tail.append(entries), self.urgency(&tail))
        };
        let tail = self.tail.clone();
        let done = Box::new(move |result: io::Result<()>| {
            if result.is_ok() {
                tail.lock().written(appended);
            }
            callback.io_completed(result);
        });
        self.writer.write(batch, urgency, done);
        Ok(())
    }

    async fn truncate_after(&mut self, last: Option<LogId>) -> io::Result<()> {
        let from = last.map_or(0, |id| id.index + 1);
        let mut batch = LogBatch::new();
        batch.truncate_from(self.group, from);
        self.tail.lock().truncate(from, last);
        self.write::<R>(batch).await
    }

    async fn purge(&mut self, through: LogId) -> io::Result<()> {
        let mut batch = LogBatch::new();
        batch.purge_to(self.group, through.index);
        let bytes = rows::encode_log_id(through);
        batch.put(self.group, LogMeta::Purged, bytes);
        self.writer.write_lazily(batch);
        self.tail.lock().purge(through);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use acquaint_storage::{SlotMap, StoreOptions};
    use openraft::StorageError;
    use openraft::testing::log::{StoreBuilder, Suite};
    use openraft::vote::RaftLeaderId;
    use openraft_rt_tokio::TokioRuntime;
    use tempfile::TempDir;

    use super::*;
    use crate::machine::Nothing;
    use crate::options::Threading;
    use crate::state_machine::{State, StateMachine};
    use crate::type_config::{Command, LeaderId, Payload};
    use crate::worker::Worker;

    struct Builder(Threading);

    type Built = (TempDir, LogStore, StateMachine<TokioRuntime>);

    impl StoreBuilder<Types<TokioRuntime>, LogStore, StateMachine<TokioRuntime>, TempDir> for Builder {
        async fn build(&self) -> Result<Built, StorageError<Types<TokioRuntime>>> {
            const GROUP: GroupId = GroupId::Anchors(0);
            let directory = tempfile::tempdir().unwrap();
            let mut options = StoreOptions::new(directory.path());
            options.sync = false;
            let store = Store::open(&options).unwrap();
            let report = Arc::new(|reason| panic!("{reason}"));
            let writer = LogWriter::start(store.clone(), self.0, report.clone()).unwrap();
            // No tail at all, so that everything is read back from the store.
            let writer = Arc::new(writer);
            let log = LogStore::open(GROUP, store.clone(), writer, None, 0, 1 << 20, None).unwrap();
            let state = State::new(GROUP, store, SlotMap::new(1), Arc::new(Nothing), self.0);
            let worker = Worker::start(self.0, "apply".to_string()).unwrap();
            let (state_machine, _) =
                StateMachine::new(Arc::new(state), None, worker, 1 << 20, report);
            Ok((directory, log, state_machine))
        }
    }

    #[test]
    fn it_is_a_log_store_and_state_machine_with_threads() {
        TokioRuntime::run(Suite::test_all(Builder(Threading::Threads))).unwrap();
    }

    #[test]
    fn a_long_log_is_read_in_pieces_that_join() {
        const COUNT: u64 = 20;
        TokioRuntime::run(async {
            let (_directory, mut log, _) = Builder(Threading::Inline).build().await.unwrap();
            let entries = (0..COUNT).map(|index| LogEntry {
                log_id: LogId::new(LeaderId::new(1, 1), index),
                payload: Payload::Normal(Command(vec![7; 1 << 20].into())),
            });
            let callback = IOFlushed::<Types<TokioRuntime>>::noop();
            log.append(entries, callback).await.unwrap();
            assert!(log.read_piece(&(3..COUNT)).unwrap().1 < COUNT, "a bound");
            let read = RaftLogReader::<Types<TokioRuntime>>::entries_stream(&mut log, 3..99).await;
            let indexes: Vec<u64> = read
                .map(|entry| entry.unwrap().log_id.index)
                .collect()
                .await;
            assert_eq!(indexes, (3..COUNT).collect::<Vec<_>>());
        });
    }

    #[test]
    fn it_is_a_log_store_and_state_machine_inline() {
        TokioRuntime::run(Suite::test_all(Builder(Threading::Inline))).unwrap();
    }
}
