//! Blocking work of one group, in call order, off the runtime's threads.

use std::io;
use std::sync::mpsc;
use std::thread;

use crate::error::Error;
use crate::options::Threading;
use crate::runtime::{Oneshot, OneshotSender, Runtime};

/// Runs what may take long: beside the runtime's threads, or at once on the caller.
pub(crate) async fn blocking<R, T>(
    threading: Threading,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error>
where
    R: Runtime,
    T: Send + 'static,
{
    match threading {
        Threading::Inline => work(),
        Threading::Threads => R::spawn_blocking(work).await.map_err(Error::Thread)?,
    }
}

type Job = Box<dyn FnOnce() + Send>;

/// Runs closures one after the other: on a thread of its own, or at once on the caller.
///
/// The thread ends when the worker is dropped, after the jobs that it was given.
pub(crate) struct Worker {
    jobs: Option<mpsc::Sender<Job>>,
}

impl Worker {
    pub(crate) fn start(threading: Threading, name: String) -> io::Result<Self> {
        if threading == Threading::Inline {
            return Ok(Worker { jobs: None });
        }
        let (jobs, queue) = mpsc::channel::<Job>();
        thread::Builder::new()
            .name(name)
            .spawn(move || queue.into_iter().for_each(|job| job()))?;
        Ok(Worker { jobs: Some(jobs) })
    }

    /// Runs `work` after everything given before, and waits for its result.
    pub(crate) async fn run<R, T>(&self, work: impl FnOnce() -> T + Send + 'static) -> io::Result<T>
    where
        R: Runtime,
        T: Send + 'static,
    {
        let Some(jobs) = &self.jobs else {
            return Ok(work());
        };
        let (sender, receiver) = <R::Oneshot as Oneshot>::channel();
        let job = Box::new(move || {
            // Whoever waited may be gone after a shutdown.
            let _ = sender.send(work());
        });
        let gone = || io::Error::other("the thread of the group is gone");
        jobs.send(job).map_err(|_| gone())?;
        receiver.await.map_err(|_| gone())
    }
}
