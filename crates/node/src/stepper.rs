//! The loop that has an identity group do the work that its other commands put off.
//!
//! ```text
//! start-up, Observed{pending}, Taken{pending} ─► wake ─► workspaces with pending rows ─► Step, proposed and applied ─► … ─► none left
//! ```
//!
//! - The rows say what is left, and nothing else: a wake is a hint, so that one that is lost or comes twice does no harm.
//! - It works where the identity group is led, and waits elsewhere.
//! - One step at a time, workspaces in turn, with a breath between: evidence and facts do not queue behind old work.
//! - A failure is logged once, counted, and tried again after a pause; after [`TRIES_MAX`] of them the loop waits for the
//!   next wake, or for [`IDLE`]. Steps that change nothing are treated alike.
//! - It waits on the runtime's timers only, so that a simulation can drive it.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use acquaint_consensus::Group;
use acquaint_consensus::runtime::Runtime;
use acquaint_identity::RowValue;
use acquaint_profile::WorkspaceId;
use acquaint_storage::command::{IdentityCommand, IdentityOutcome};
use acquaint_storage::{Key, Store};
use futures::future::select;
use tokio::sync::{Notify, watch};

use crate::Error;
use crate::epochs::Epochs;
use crate::machine::left;
use crate::metrics::Metrics;
use crate::proposing::propose_repeatable;
use crate::workspaces::{Workspace, Workspaces};

/// The pause between two steps: little beside a step, and enough for whoever waits to get in between.
const BREATH: Duration = Duration::from_millis(1);
/// The pause after a failure, doubled up to the second one.
const PAUSE_MIN: Duration = Duration::from_millis(10);
const PAUSE_MAX: Duration = Duration::from_secs(1);
/// Failures in a row after which the loop rests until the next wake.
const TRIES_MAX: u32 = 10;
/// Steps of one wake. Work that is left after so many is taken up again after [`IDLE`].
const STEPS_MAX: u32 = 100_000;
/// How long without a wake until the rows are read all the same.
const IDLE: Duration = Duration::from_secs(5);
/// Pending rows that are compared to tell whether a step has changed anything: as many as a step takes up, which does them
/// in another order.
const COMPARED: usize = 1_024;
/// Pending pieces of a workspace that the metric counts.
const COUNTED_MAX: usize = 10_000;

/// What a stepper works on.
pub(crate) struct Parts<R: Runtime> {
    pub(crate) identity: Group<R>,
    pub(crate) store: Store,
    pub(crate) workspaces: Arc<Workspaces>,
    pub(crate) epochs: Arc<Epochs>,
    /// Told whenever a command has left work behind.
    pub(crate) wake: Arc<Notify>,
    pub(crate) metrics: Arc<Metrics>,
}

/// A running stepper; it stops when asked, or when this is dropped.
pub(crate) struct Stepper<R: Runtime> {
    stop: watch::Sender<bool>,
    task: parking_lot::Mutex<Option<R::JoinHandle<()>>>,
}

impl<R: Runtime> Stepper<R> {
    /// Starts the loop, with what an earlier process has left.
    pub(crate) fn start(parts: Parts<R>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let stepper = Loop { parts, stopped };
        Self {
            stop,
            task: parking_lot::Mutex::new(Some(R::spawn(stepper.run()))),
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

impl<R: Runtime> Drop for Stepper<R> {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// Pieces of work of a workspace that wait for steps, at most `limit`.
pub(crate) fn pending(
    store: &Store,
    workspace: &Workspace,
    epochs: &Epochs,
    limit: usize,
) -> Result<usize, Error> {
    let view = store.snapshot();
    Ok(left(&view, epochs, workspace.identity_group, workspace.id, limit)?.len())
}

/// Pieces of work of all workspaces that wait for steps, as far as they are counted.
pub(crate) fn pending_of_all(
    store: &Store,
    workspaces: &Workspaces,
    epochs: &Epochs,
) -> Result<usize, Error> {
    let mut count = 0;
    for workspace in workspaces.all() {
        count += pending(store, &workspace, epochs, COUNTED_MAX)?;
    }
    Ok(count)
}

/// What a round has come to.
#[derive(Default)]
struct Round {
    /// Steps, one for each workspace that had work left.
    steps: u32,
    /// Whether any of them has changed what is left.
    is_progress: bool,
}

struct Loop<R: Runtime> {
    parts: Parts<R>,
    stopped: watch::Receiver<bool>,
}

impl<R: Runtime> Loop<R> {
    async fn run(mut self) {
        while !self.is_stopped() {
            if self.parts.identity.is_leader() {
                self.work_off().await;
                self.idle().await;
            } else {
                self.follow().await;
            }
        }
    }

    /// Waits until this node leads the group.
    async fn follow(&mut self) {
        let led = pin!(self.parts.identity.led_here());
        let stop = pin!(self.stopped.changed());
        select(led, stop).await;
    }

    /// Steps until nothing is left, or until it has tried enough.
    async fn work_off(&mut self) {
        let (mut steps, mut failures, mut pause) = (0, 0, PAUSE_MIN);
        while !self.is_stopped() && steps < STEPS_MAX && failures < TRIES_MAX {
            match self.round().await {
                Ok(Round { steps: 0, .. }) => return,
                Ok(round) if round.is_progress => {
                    (steps, failures, pause) = (steps + round.steps, 0, PAUSE_MIN);
                    self.sleep(BREATH).await;
                }
                unsuccessful => {
                    if let Err(error) = unsuccessful {
                        self.failed(&error, failures);
                    }
                    failures += 1;
                    self.sleep(pause).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                }
            }
        }
    }

    /// A step for each workspace that has work left.
    async fn round(&self) -> Result<Round, Error> {
        let mut round = Round::default();
        for workspace in self.parts.workspaces.all() {
            if workspace.identity_group != self.parts.identity.id() || self.is_stopped() {
                continue;
            }
            let before = self.left(&workspace)?;
            if !before.is_empty() {
                self.step(workspace.id).await?;
                round.steps += 1;
                round.is_progress |= self.left(&workspace)? != before;
            }
        }
        Ok(round)
    }

    /// The first of the rows that say what is left, with how far each has come.
    fn left(&self, workspace: &Workspace) -> Result<Vec<(Key, RowValue)>, Error> {
        let view = self.parts.store.snapshot();
        let group = workspace.identity_group;
        Ok(left(
            &view,
            &self.parts.epochs,
            group,
            workspace.id,
            COMPARED,
        )?)
    }

    async fn step(&self, workspace: WorkspaceId) -> Result<(), Error> {
        let command = IdentityCommand::Step { workspace };
        let settled = propose_repeatable(&self.parts.store, &self.parts.identity, &command);
        match settled.await?.outcome {
            // The next round reads the rows: other commands may have left work meanwhile.
            IdentityOutcome::Stepped { .. } => Ok(()),
            other => Err(Error::Inconsistent(format!(
                "a step of workspace {} was answered with {other:?}",
                workspace.0
            ))),
        }
    }

    fn failed(&self, error: &Error, failures: u32) {
        self.parts.metrics.step_retries.inc();
        if failures == 0 {
            let group = self.parts.identity.id();
            tracing::warn!(%group, %error, "work on identity is not taken up; trying again");
        }
    }

    async fn idle(&mut self) {
        let wake = pin!(self.parts.wake.notified());
        let stop = pin!(self.stopped.changed());
        let _ = R::timeout(IDLE, select(wake, stop)).await;
    }

    async fn sleep(&mut self, pause: Duration) {
        let stop = pin!(self.stopped.changed());
        let _ = R::timeout(pause, stop).await;
    }

    fn is_stopped(&self) -> bool {
        *self.stopped.borrow()
    }
}
