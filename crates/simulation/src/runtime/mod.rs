//! The runtime of the simulation: openraft's, divided into hosts.
//!
//! ```text
//! driver ─► spawn_on(host) ─► task ─► spawn ─► task     all under that host
//!              kill(host): every task of it is dropped, where it stands
//!              pause(host): none of them is polled, until it is resumed
//! ```
//!
//! - A task belongs to the host of the task that spawned it. What belongs to none (the driver, the network, the clients) is never
//!   killed and has a clock without error.
//! - Each host has a clock of its own, which begins anywhere and runs too fast or too slow.
//! - Everything happens on one thread and in virtual time, so equal seeds give equal runs.

mod clock;
mod host;
mod join;
mod task;

use std::fmt;
use std::future::Future;
use std::io;
use std::time::Duration;

use acquaint_consensus::Runtime;
use openraft_rt_sim::SimRuntime;

pub(crate) use clock::virtual_time;
pub(crate) use clock::{HostClock, HostInstant};
pub(crate) use host::Host;
pub(crate) use join::{HostJoin, HostJoinError};

/// Ends after some virtual time, on a clock without error.
pub(crate) fn wait(duration: Duration) -> <SimRuntime as Runtime>::Sleep {
    SimRuntime::sleep(duration)
}

/// Runs a task that belongs to no host, whoever calls.
pub(crate) fn spawn_outside<T>(future: T)
where
    T: Future + Send + 'static,
    T::Output: Send + 'static,
{
    drop(task::spawn(None, future));
}

/// The runtime that simulated nodes run on.
pub(crate) struct HostRuntime(SimRuntime);

impl HostRuntime {
    /// A runtime whose random numbers derive from `seed`.
    #[must_use]
    pub(crate) fn with_seed(seed: u64) -> Self {
        HostRuntime(SimRuntime::with_seed(seed))
    }
}

impl fmt::Debug for HostRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HostRuntime").finish()
    }
}

impl Runtime for HostRuntime {
    type JoinError = HostJoinError;
    type JoinHandle<T: Send + 'static> = HostJoin<T>;
    type Sleep = <SimRuntime as Runtime>::Sleep;
    type Instant = HostInstant;
    type TimeoutError = <SimRuntime as Runtime>::TimeoutError;
    type Timeout<R, T: Future<Output = R> + Send> = <SimRuntime as Runtime>::Timeout<R, T>;
    type ThreadLocalRng = <SimRuntime as Runtime>::ThreadLocalRng;

    fn spawn<T>(future: T) -> Self::JoinHandle<T::Output>
    where
        T: Future + Send + 'static,
        T::Output: Send + 'static,
    {
        task::spawn(Host::current(), future)
    }

    fn sleep(duration: Duration) -> Self::Sleep {
        SimRuntime::sleep_until(clock::reached_in(duration))
    }

    fn sleep_until(deadline: Self::Instant) -> Self::Sleep {
        SimRuntime::sleep_until(clock::reached_at(deadline))
    }

    fn timeout<R, F: Future<Output = R> + Send>(
        duration: Duration,
        future: F,
    ) -> Self::Timeout<R, F> {
        SimRuntime::timeout_at(clock::reached_in(duration), future)
    }

    fn timeout_at<R, F: Future<Output = R> + Send>(
        deadline: Self::Instant,
        future: F,
    ) -> Self::Timeout<R, F> {
        SimRuntime::timeout_at(clock::reached_at(deadline), future)
    }

    fn is_panic(join_error: &Self::JoinError) -> bool {
        matches!(join_error, HostJoinError::Panic(_))
    }

    fn thread_rng() -> Self::ThreadLocalRng {
        SimRuntime::thread_rng()
    }

    type Mpsc = <SimRuntime as Runtime>::Mpsc;
    type Watch = <SimRuntime as Runtime>::Watch;
    type Oneshot = <SimRuntime as Runtime>::Oneshot;
    type Mutex<T: Send + 'static> = <SimRuntime as Runtime>::Mutex<T>;

    fn new(threads: usize) -> Self {
        HostRuntime(<SimRuntime as Runtime>::new(threads))
    }

    fn block_on<F, T>(&mut self, future: F) -> T
    where
        F: Future<Output = T>,
    {
        self.0.block_on(future)
    }

    /// Runs the work at once: it takes no virtual time.
    fn spawn_blocking<F, T>(work: F) -> impl Future<Output = Result<T, io::Error>> + Send
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        std::future::ready(Ok(work()))
    }
}
