//! The loop that takes an anchors group's outbox to the identity group.
//!
//! ```text
//! hint ─► rows after the watermark ─► Observe, proposed and applied ─► watermark row ─► … ─► TrimOutbox, now and then
//! ```
//!
//! - At least once: it begins at the watermark that the identity group has written, and what is proposed twice changes nothing.
//! - While one command is applied, rows gather for the next one: that is the batching.
//! - A failure is logged once, counted, and tried again after a pause; the rows stay where they are.
//! - It waits on the runtime's timers only, so that a simulation can drive it.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use acquaint_consensus::Group;
use acquaint_consensus::runtime::Runtime;
use acquaint_feed::{Outbox, PageLimits, Watermarks};
use acquaint_storage::codec;
use acquaint_storage::command::{AnchorsCommand, IdentityCommand, IdentityOutcome, ObserveRow};
use acquaint_storage::row::FeedPosition;
use futures::future::{Either, select};
use tokio::sync::watch;

use crate::Error;
use crate::metrics::Metrics;

/// What one command takes: enough to amortise its cost, little enough not to hold the identity group up.
const PAGE: PageLimits = PageLimits {
    rows_max: 1_000,
    bytes_max: 1 << 20,
};
/// Rows delivered before the outbox is trimmed.
const TRIM_ROWS: usize = 8_192;
/// How long without a hint until the tables are read all the same; a quiet outbox is trimmed then.
const IDLE: Duration = Duration::from_secs(5);
/// The pause after a failure, doubled up to the second one.
const PAUSE_MIN: Duration = Duration::from_millis(10);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// What a pump works on.
pub(crate) struct Parts<R: Runtime> {
    pub(crate) outbox: Outbox,
    /// The number of the anchors group.
    pub(crate) number: u16,
    pub(crate) anchors: Group<R>,
    pub(crate) identity: Group<R>,
    pub(crate) watermarks: Arc<Watermarks>,
    /// Changes whenever there may be new rows.
    pub(crate) hints: watch::Receiver<u64>,
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
            delivered: 0,
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

struct Loop<R: Runtime> {
    parts: Parts<R>,
    stopped: watch::Receiver<bool>,
    /// Rows delivered since the last trim.
    delivered: usize,
}

impl<R: Runtime> Loop<R> {
    async fn run(mut self) {
        let mut pause = PAUSE_MIN;
        while !self.is_stopped() {
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

    fn failed(&self, error: &Error, pause: Duration) {
        self.parts.metrics.outbox_retries.inc();
        if pause == PAUSE_MIN {
            let group = self.parts.outbox.group();
            tracing::warn!(%group, %error, "evidence is not taken to the identity group; trying again");
        }
    }

    /// Delivers one page; false when there was none.
    async fn step(&mut self) -> Result<bool, Error> {
        // Before the tables are read: a hint that comes later wakes the next wait.
        self.parts.hints.mark_unchanged();
        let after = self.parts.watermarks.at(self.parts.number);
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
        let applied = self
            .parts
            .identity
            .propose(codec::encode(&command).into())
            .await?;
        match codec::decode(&applied.outcome)? {
            IdentityOutcome::Observed { watermark } => {
                self.parts.watermarks.raise(self.parts.number, watermark);
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
        if self.delivered >= TRIM_ROWS {
            self.trim().await?;
        }
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
            self.failed(&error, PAUSE_MIN);
        }
    }

    /// Forgets what the identity group has taken.
    async fn trim(&mut self) -> Result<(), Error> {
        let through = self.parts.watermarks.at(self.parts.number);
        if through > FeedPosition::default() {
            let command = AnchorsCommand::TrimOutbox { through };
            self.parts
                .anchors
                .propose(codec::encode(&command).into())
                .await?;
        }
        self.delivered = 0;
        Ok(())
    }

    async fn sleep(&mut self, pause: Duration) {
        let stop = pin!(self.stopped.changed());
        let _ = R::timeout(pause, stop).await;
    }

    fn is_stopped(&self) -> bool {
        *self.stopped.borrow()
    }
}
