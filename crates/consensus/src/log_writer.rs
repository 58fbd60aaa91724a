//! The one writer of the logs of all groups of a node.
//!
//! ```text
//! registry  ──append──┐                       ┌─ one batch, one fsync ─► done, done, done
//! identity-0 ──vote───┼─► queue ─► writer ────┤
//! anchors-3 ─purge────┘   (call order)        └─ meanwhile the next batch gathers
//! ```
//!
//! - Writes take effect in the order of the calls. That is what makes a vote and an append safe
//!   beside each other.
//! - When nothing is being written, a caller that only waits writes itself: a hand-over to the
//!   writer and back would cost more than it saves. What comes meanwhile is left to the writer,
//!   as one batch.
//! - `done` is called after the fsync of everything that came before, and only then.
//! - The first failure is the last write: everything later is refused with it.
//! - The queue is bounded by what feeds it: the in-flight bytes of each group.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use acquaint_storage::{LogBatch, Store};
use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::failure::Report;
use crate::options::Threading;

/// The bytes after which a batch is written though more is waiting, so that one fsync stays short.
const BATCH_BYTES_MAX: usize = 32 << 20;

/// Called with the result once the write is on disk.
pub(crate) type Done = Box<dyn FnOnce(io::Result<()>) + Send>;

/// What whoever writes does meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// It waits: it writes itself, if nobody is writing.
    Waiting,
    /// It has something else to do.
    Beside,
}

/// Counts of what the writer did, for metrics.
#[derive(Debug, Default)]
pub struct LogWriterStats {
    requests: AtomicU64,
    batches: AtomicU64,
    syncs: AtomicU64,
    bytes: AtomicU64,
}

/// The queue, and the thread that empties it.
pub(crate) struct LogWriter {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
    threading: Threading,
}

struct Shared {
    store: Store,
    queue: Mutex<Queue>,
    arrived: Condvar,
    /// Held while a batch is taken, written and called back, so that batches keep their order.
    writing: Mutex<()>,
    report: Report,
    stats: LogWriterStats,
}

#[derive(Default)]
struct Queue {
    requests: VecDeque<Request>,
    /// How many of the requests somebody waits for.
    waited_for: usize,
    failed: Option<String>,
    closed: bool,
}

struct Request {
    batch: LogBatch,
    done: Option<Done>,
}

impl LogWriterStats {
    /// The appends, votes, truncations, purges and committed positions written.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// The write batches that they shared.
    pub fn batches(&self) -> u64 {
        self.batches.load(Ordering::Relaxed)
    }

    /// How many of the batches were followed by an fsync.
    pub fn syncs(&self) -> u64 {
        self.syncs.load(Ordering::Relaxed)
    }

    /// The bytes in them.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

impl LogWriter {
    pub(crate) fn start(store: Store, threading: Threading, report: Report) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            store,
            queue: Mutex::default(),
            arrived: Condvar::new(),
            writing: Mutex::default(),
            report,
            stats: LogWriterStats::default(),
        });
        let thread = match threading {
            Threading::Inline => None,
            Threading::Threads => {
                let shared = shared.clone();
                let builder = thread::Builder::new().name("log-writer".to_string());
                Some(builder.spawn(move || shared.run())?)
            }
        };
        Ok(LogWriter {
            shared,
            thread: Mutex::new(thread),
            threading,
        })
    }

    /// Queues a write and has it on disk before `done` is called.
    pub(crate) fn write(&self, batch: LogBatch, urgency: Urgency, done: Done) {
        let done = Some(done);
        self.submit(Request { batch, done }, urgency);
    }

    /// Queues a write that nobody waits for: it goes to disk with the next one that somebody
    /// does wait for, or when the writer closes.
    pub(crate) fn write_lazily(&self, batch: LogBatch) {
        self.submit(Request { batch, done: None }, Urgency::Beside);
    }

    /// Writes what is queued, and takes no more.
    pub(crate) fn close(&self) {
        self.shared.queue.lock().closed = true;
        self.shared.arrived.notify_one();
        if let Some(thread) = self.thread.lock().take()
            && thread.join().is_err()
        {
            (self.shared.report)("the log writer panicked".to_string());
        }
    }

    pub(crate) fn stats(&self) -> &LogWriterStats {
        &self.shared.stats
    }

    fn submit(&self, request: Request, urgency: Urgency) {
        let wake = request.done.is_some();
        {
            let mut queue = self.shared.queue.lock();
            if let Some(reason) = queue.refusal() {
                drop(queue);
                return request.finish(Err(reason));
            }
            queue.waited_for += usize::from(wake);
            queue.requests.push_back(request);
        }
        match self.threading {
            Threading::Inline => self.shared.write_queued(),
            Threading::Threads if urgency == Urgency::Waiting => self.shared.write_if_idle(),
            Threading::Threads if wake => {
                self.shared.arrived.notify_one();
            }
            Threading::Threads => {}
        }
    }
}

impl Drop for LogWriter {
    fn drop(&mut self) {
        self.close();
    }
}

impl Queue {
    fn refusal(&self) -> Option<String> {
        if self.closed {
            return Some("the log writer is closed".to_string());
        }
        self.failed.clone()
    }

    /// Takes the requests of one batch, in order.
    fn take(&mut self) -> Vec<Request> {
        let mut bytes = 0;
        let mut taken = Vec::with_capacity(self.requests.len());
        while bytes < BATCH_BYTES_MAX {
            let Some(request) = self.requests.pop_front() else {
                break;
            };
            bytes += request.batch.bytes();
            self.waited_for -= usize::from(request.done.is_some());
            taken.push(request);
        }
        taken
    }
}

impl Request {
    fn finish(self, result: Result<(), String>) {
        if let Some(done) = self.done {
            done(result.map_err(io::Error::other));
        }
    }
}

impl Shared {
    fn run(&self) {
        loop {
            {
                let mut queue = self.queue.lock();
                while !queue.closed && queue.waited_for == 0 {
                    self.arrived.wait(&mut queue);
                }
                if queue.closed && queue.requests.is_empty() {
                    return;
                }
            }
            self.write_queued();
        }
    }

    /// Writes what is queued, unless somebody is writing, who then sees to it.
    fn write_if_idle(&self) {
        if let Some(one_at_a_time) = self.writing.try_lock() {
            self.write_batch(one_at_a_time);
            // Whoever came meanwhile has found the lock held, after it was in the queue.
            if self.queue.lock().waited_for > 0 {
                self.arrived.notify_one();
            }
        }
    }

    /// Writes one batch of what is queued, and calls back in order.
    fn write_queued(&self) {
        self.write_batch(self.writing.lock());
    }

    fn write_batch(&self, _one_at_a_time: MutexGuard<'_, ()>) {
        let (mut requests, failed) = {
            let mut queue = self.queue.lock();
            (queue.take(), queue.failed.clone())
        };
        if requests.is_empty() {
            return;
        }
        let result = failed.map_or_else(|| self.write_together(&mut requests), Err);
        for request in requests {
            request.finish(result.clone());
        }
    }

    fn write_together(&self, requests: &mut [Request]) -> Result<(), String> {
        let sync = requests.iter().any(|request| request.done.is_some());
        let mut batch = LogBatch::new();
        for request in requests.iter_mut() {
            batch.extend(std::mem::take(&mut request.batch));
        }
        let bytes = batch.bytes() as u64;
        if let Err(error) = self.store.write_log(batch, sync) {
            let reason = format!("the log could not be written: {error}");
            self.queue.lock().failed = Some(reason.clone());
            (self.report)(reason.clone());
            return Err(reason);
        }
        let count = |counter: &AtomicU64, n: u64| counter.fetch_add(n, Ordering::Relaxed);
        count(&self.stats.requests, requests.len() as u64);
        count(&self.stats.batches, 1);
        count(&self.stats.syncs, u64::from(sync));
        count(&self.stats.bytes, bytes);
        Ok(())
    }
}
