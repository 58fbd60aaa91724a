//! The timer of one connection, for the time that the head of its next request may take.
//!
//! The server asks for a sleep before each head and drops it when the head has come. A timer of the runtime for each would be
//! put into its wheel and taken out again, under a lock that all connections share. Here the sleeps of a connection share
//! one such timer, which is only set again when it has run out:
//!
//! ```text
//! sleeps   ├────x  ├────x      ├────x   ├──────────►│ over
//! timer    ├──────────►│ set again ├───────────────►│
//! ```
//!
//! Invariant: the timer runs out no later than the sleep that waits. It holds because the sleeps of a connection have one
//! length, so a later one ends later.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};

/// Makes the sleeps of one connection.
#[derive(Debug)]
pub(crate) struct IdleTimer(Arc<Mutex<Pin<Box<tokio::time::Sleep>>>>);

impl IdleTimer {
    /// A timer for sleeps of this length.
    pub(crate) fn new(length: Duration) -> Self {
        Self(Arc::new(Mutex::new(Box::pin(tokio::time::sleep(length)))))
    }
}

impl Timer for IdleTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(Instant::now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        let timer = Arc::clone(&self.0);
        Box::pin(IdleSleep { deadline, timer })
    }
}

/// One sleep.
struct IdleSleep {
    deadline: Instant,
    timer: Arc<Mutex<Pin<Box<tokio::time::Sleep>>>>,
}

impl Sleep for IdleSleep {}

impl Future for IdleSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        // A poll leaves a timer whole, whatever happens in it.
        let mut timer = self.timer.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            ready!(timer.as_mut().poll(context));
            if Instant::now() >= self.deadline {
                return Poll::Ready(());
            }
            timer.as_mut().reset(self.deadline.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENGTH: Duration = Duration::from_millis(60);

    #[tokio::test]
    async fn a_sleep_ends_at_its_own_time() {
        let timer = IdleTimer::new(LENGTH);
        let first = timer.sleep(LENGTH);
        tokio::time::sleep(LENGTH / 2).await;
        drop(first);
        for _ in 0..2 {
            let began = Instant::now();
            timer.sleep(LENGTH).await;
            assert!(began.elapsed() >= LENGTH, "{:?}", began.elapsed());
            assert!(began.elapsed() < LENGTH * 10, "{:?}", began.elapsed());
        }
    }
}
