//! The loop that takes an anchors group's outbox to the identity group.
//!
//! ```text
//! hint ─► rows after the watermark ─► Observe, proposed and applied ─► watermark row ─► … ─► TrimOutbox, now and then
//!      └► change rows of old entries ─► TrimChanges
//! ```
//!
//! - The last rows are handed over in memory; the table is read after a start, and when it is behind.
//! - At least once: it begins at the watermark that the identity group has written, and what is proposed twice changes nothing.
//! - While one command is applied, rows gather for the next one: that is the batching.
//! - It works where the anchors group is led, and waits elsewhere.
//! - A failure is logged once, counted, and tried again after a pause; the rows stay where they are.
//! - Nothing follows the change feed yet: it keeps the rows of the last [`CHANGE_ENTRIES_KEPT`] entries. The first cursor that
//!   follows it takes the place of that number.
//! - It waits on the runtime's timers only, so that a simulation can drive it.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use acquaint_consensus::Group;
use acquaint_consensus::runtime::Runtime;
use acquaint_feed::{ChangeFeed, Outbox, PageLimits, Watermarks};
use acquaint_storage::Store;
use acquaint_storage::command::{AnchorsCommand, IdentityCommand, IdentityOutcome, ObserveRow};
use acquaint_storage::row::FeedPosition;
use futures::future::{Either, select};
use tokio::sync::{Notify, watch};

use crate::Error;
use crate::metrics::Metrics;
use crate::proposing::propose_repeatable;

/// What one command takes: enough to amortise its cost, little enough not to hold the identity group up.
const PAGE: PageLimits = PageLimits {
    rows_max: 1_000,
    bytes_max: 1 << 20,
};
/// Rows delivered before the outbox is trimmed.
const TRIM_ROWS: usize = 8_192;
/// Entries of the log whose change rows stay.
pub(crate) const CHANGE_ENTRIES_KEPT: u64 = 256;
/// Entries applied before old change rows are looked for again.
pub(crate) const CHANGE_ENTRIES_SLACK: u64 = 64;
/// Change rows that one command forgets; each names at most some two thousand interactions.
const CHANGE_ROWS_MAX: usize = 512;
/// How long without a hint until the tables are read all the same; a quiet outbox is trimmed then.
const IDLE: Duration = Duration::from_secs(5);
/// The pause after a failure, doubled up to the second one.
const PAUSE_MIN: Duration = Duration::from_millis(10);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// What a pump works on.
pub(crate) struct Parts<R: Runtime> {
    pub(crate) store: Store,
    pub(crate) outbox: Outbox,
    pub(crate) changes: ChangeFeed,
    /// The number of the anchors group.
    pub(crate) number: u16,
    pub(crate) anchors: Group<R>,
    pub(crate) identity: Group<R>,
    pub(crate) watermarks: Arc<Watermarks>,
    /// Changes whenever there may be new rows.
    pub(crate) hints: watch::Receiver<u64>,
    /// Told when the identity group has put work off.
    pub(crate) steps: Arc<Notify>,
    pub(crate) metrics: Arc<Metrics>,
}

/// A running pump; it stops when asked, or when this is dropped.
pub(crate) struct Pump<R: Runtime> {
    stop: watch::Sender<bool>,
    task: parking_lot::Mutex<Option<R::JoinHandle<()>>>,
}

impl<R: Runtime> Pump<R> {
    /// Starts the loop.
    pub(crate) fn start(parts: Parts<R>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let pump = Loop {
            parts,
            stopped,
            taken: FeedPosition::default(),
            delivered: 0,
            is_untidy: false,
            changes_trimmed: FeedPosition::default(),
            changes_due: 0,
        };
        Self {
            stop,
            task: parking_lot::Mutex::new(Some(R::spawn(pump.run()))),
        }
    }

    /// Ends the loop and waits for it.
    pub(crate) async fn stop(&self) {
        self.stop.send_replace(true);
        let task = self.task.lock().take();
        if let Some(task) = task {
            // A loop that has panicked has ended too.
            let _ = task.await;
        }
    }
}

impl<R: Runtime> Drop for Pump<R> {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

struct Loop<R: Runtime> {
    parts: Parts<R>,
    stopped: watch::Receiver<bool>,
    /// The last row that was taken; the watermark of this node may be behind it.
    taken: FeedPosition,
    /// Rows delivered since the last trim.
    delivered: usize,
    /// Whether the last attempt to trim has failed.
    is_untidy: bool,
    /// The last change row that was forgotten.
    changes_trimmed: FeedPosition,
    /// The applied index from which on old change rows are looked for again.
    changes_due: u64,
}

impl<R: Runtime> Loop<R> {
    async fn run(mut self) {
        let mut pause = PAUSE_MIN;
        while !self.is_stopped() {
            if !self.parts.anchors.is_leader() {
                self.follow().await;
                continue;
            }
            match self.step().await {
                Ok(true) => pause = PAUSE_MIN,
                Ok(false) => {
                    pause = PAUSE_MIN;
                    self.idle().await;
                }
                Err(error) => {
                    self.failed(&error, pause);
                    self.sleep(pause).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                }
            }
        }
    }

    /// Waits until this node leads the group. What the leader before has delivered is not known here.
    async fn follow(&mut self) {
        self.taken = FeedPosition::default();
        self.delivered = 0;
        let led = pin!(self.parts.anchors.led_here());
        let stop = pin!(self.stopped.changed());
        select(led, stop).await;
    }

    fn failed(&self, error: &Error, pause: Duration) {
        self.parts.metrics.outbox_retries.inc();
        if pause == PAUSE_MIN {
            let group = self.parts.outbox.group();
            tracing::warn!(%group, %error, "evidence is not taken to the identity group; trying again");
        }
    }

    /// Does a piece of the work; false when nothing is left.
    async fn step(&mut self) -> Result<bool, Error> {
        // Before the tables are read: a hint that comes later wakes the next wait.
        self.parts.hints.mark_unchanged();
        let delivered = self.deliver().await?;
        match self.tidy().await {
            Ok(is_more) => {
                self.is_untidy = false;
                Ok(delivered || is_more)
            }
            Err(error) => {
                self.not_trimmed(&error);
                Ok(delivered)
            }
        }
    }

    /// Forgets what nobody needs any more; true when there may be more. Delivery goes on when this fails: a group that is
    /// too busy for it now is not later.
    async fn tidy(&mut self) -> Result<bool, Error> {
        if self.delivered >= TRIM_ROWS {
            self.trim().await?;
        }
        self.trim_changes().await
    }

    fn not_trimmed(&mut self, error: &Error) {
        let group = self.parts.outbox.group();
        if !self.is_untidy {
            tracing::warn!(%group, %error, "old rows are not trimmed; trying again");
        }
        self.is_untidy = true;
    }

    /// Delivers one page; false when there was none.
    async fn deliver(&mut self) -> Result<bool, Error> {
        let passed = self.parts.watermarks.at(self.parts.number);
        self.parts.outbox.pass(passed);
        let after = passed.max(self.taken);
        let page = self.parts.outbox.after(after, PAGE)?;
        let Some(last) = page.last() else {
            return Ok(false);
        };
        let count = page.rows.len();
        let rows = page
            .rows
            .into_iter()
            .map(|(position, row)| ObserveRow {
                position,
                workspace: row.workspace,
                evidence: row.evidence,
            })
            .collect();
        let command = IdentityCommand::Observe {
            from: self.parts.outbox.group(),
            rows,
        };
        let settled = propose_repeatable(&self.parts.store, &self.parts.identity, &command);
        match settled.await?.outcome {
            IdentityOutcome::Observed { watermark, pending } => {
                // Not the watermark of this node: that follows when it has applied what the leader has.
                self.taken = watermark;
                if pending {
                    self.parts.steps.notify_one();
                }
            }
            other => {
                let group = self.parts.outbox.group();
                return Err(Error::Inconsistent(format!(
                    "the rows of {group} up to {last} were answered with {other:?}"
                )));
            }
        }
        self.parts.metrics.outbox_rows.inc_by(count as u64);
        self.delivered += count;
        Ok(true)
    }

    /// Waits for a hint; after a long quiet, trims what has been delivered.
    async fn idle(&mut self) {
        let hinted = {
            let hint = pin!(self.parts.hints.changed());
            let stop = pin!(self.stopped.changed());
            let woken = select(hint, stop);
            matches!(R::timeout(IDLE, woken).await, Ok(Either::Left(_)))
        };
        if hinted || self.delivered == 0 || self.is_stopped() {
            return;
        }
        if let Err(error) = self.trim().await {
            self.not_trimmed(&error);
        }
    }

    /// Forgets what the identity group has taken.
    async fn trim(&mut self) -> Result<(), Error> {
        let through = self.parts.watermarks.at(self.parts.number);
        if through > FeedPosition::default() {
            let command = AnchorsCommand::TrimOutbox { through };
            propose_repeatable(&self.parts.store, &self.parts.anchors, &command).await?;
        }
        self.delivered = 0;
        Ok(())
    }

    /// Forgets the oldest change rows, a page of them; true when there may be more.
    async fn trim_changes(&mut self) -> Result<bool, Error> {
        let applied = self.parts.anchors.applied();
        if applied < self.changes_due {
            return Ok(false);
        }
        self.changes_due = applied + CHANGE_ENTRIES_SLACK;
        let kept_from = applied.saturating_sub(CHANGE_ENTRIES_KEPT);
        let places = (self.parts.changes).places_after(self.changes_trimmed, CHANGE_ROWS_MAX)?;
        let old = places
            .into_iter()
            .take_while(|place| place.index < kept_from);
        let (count, last) = old.fold((0, None), |(count, _), place| (count + 1, Some(place)));
        if let Some(through) = last {
            let command = AnchorsCommand::TrimChanges { through };
            propose_repeatable(&self.parts.store, &self.parts.anchors, &command).await?;
            self.changes_trimmed = through;
        }
        let is_more = count == CHANGE_ROWS_MAX;
        if is_more {
            self.changes_due = applied;
        }
        Ok(is_more)
    }

    async fn sleep(&mut self, pause: Duration) {
        let stop = pin!(self.stopped.changed());
        let _ = R::timeout(pause, stop).await;
    }

    fn is_stopped(&self) -> bool {
        *self.stopped.borrow()
    }
}
