//! Runs a load: many connections, each with a session and a source of work.
//!
//! - At a rate, latency is service time plus the time for which the connection was still busy
//!   after the intended start. Work in [`Session::prepare`] is no part of either.
//! - At full speed latency equals service time.
//! - In waves, all connections prepare a number of operations first and then time them together,
//!   so that nothing but the timed operations runs during the timed phase.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::pace::Schedule;
use crate::{BenchError, Measured, Pace, Session, Work};

/// The runtime wakes a sleeping connection up to so much late. That is no latency of the server.
const TIMER_SLACK: Duration = Duration::from_millis(2);
/// After an error a connection rests, so that a dead server is not asked in a busy loop.
const ERROR_PAUSE: Duration = Duration::from_millis(5);

/// Pace and duration of a load.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The pace of all connections together.
    pub pace: Pace,
    /// Operations that start within this time are not measured.
    pub warm_up: Duration,
    /// The measured time after the warm-up.
    pub time: Duration,
    /// At full speed: operations that each connection prepares before it times them. Zero: each
    /// operation is prepared right before it is timed.
    pub wave: usize,
}

/// Runs all connections to the end of the plan.
///
/// # Errors
/// There is no connection, the rate is not positive, or a task of the load panicked. Failed
/// operations are not errors of the run; [`Measured::errors`] counts them.
pub async fn drive<S, F>(connections: Vec<(S, F)>, plan: &Plan) -> Result<Measured, BenchError>
where
    S: Session,
    F: FnMut() -> Work<S::Operation> + Send + 'static,
{
    if connections.is_empty() {
        return Err(BenchError::Setting("a load needs a connection".into()));
    }
    let asked = match plan.pace {
        Pace::Full => None,
        Pace::Rate(rate) if rate.is_finite() && rate > 0.0 => Some(rate),
        Pace::Rate(rate) => {
            let text = format!("invalid rate {rate}: expected a positive number");
            return Err(BenchError::Setting(text));
        }
    };
    let together = Arc::new(Together {
        barrier: Barrier::new(connections.len()),
        over: AtomicBool::new(false),
    });
    let count = connections.len();
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for (index, (session, source)) in connections.into_iter().enumerate() {
        let connection = Connection {
            session,
            source,
            from: begun + plan.warm_up,
            end: begun + plan.warm_up + plan.time,
            part: Measured::default(),
            busy: Duration::ZERO,
            last: begun + plan.warm_up,
        };
        let (together, wave) = (Arc::clone(&together), plan.wave);
        tasks.spawn(async move {
            match asked {
                Some(rate) => {
                    connection
                        .at_rate(index, Schedule::new(rate, count), begun)
                        .await
                }
                None if wave == 0 => connection.at_full_speed().await,
                None => connection.in_waves(wave, &together).await,
            }
        });
    }
    let mut measured = Measured {
        asked,
        ..Measured::default()
    };
    let (mut per_second, mut last) = (0.0, begun + plan.warm_up);
    while let Some(done) = tasks.join_next().await {
        let done = done?;
        if !done.busy.is_zero() {
            per_second += done.part.operations as f64 / done.busy.as_secs_f64();
        }
        measured.add(done.part);
        last = last.max(done.last);
    }
    measured.took = match asked {
        Some(_) => last - (begun + plan.warm_up),
        // The rates of the connections added up: an operation that was under way at the end of the
        // warm-up, or a connection that waits for the others of its wave, takes no time.
        None if per_second > 0.0 => {
            Duration::from_secs_f64(measured.operations as f64 / per_second)
        }
        None => Duration::ZERO,
    };
    Ok(measured)
}

/// State of all connections of a load in waves.
struct Together {
    barrier: Barrier,
    over: AtomicBool,
}

/// The result of one connection.
struct Done {
    part: Measured,
    busy: Duration,
    last: Instant,
}

struct Connection<S, F> {
    session: S,
    source: F,
    /// The end of the warm-up.
    from: Instant,
    end: Instant,
    part: Measured,
    /// At full speed: time of measured operations, in waves without their preparation.
    busy: Duration,
    /// The last measured answer.
    last: Instant,
}

impl<S, F> Connection<S, F>
where
    S: Session,
    F: FnMut() -> Work<S::Operation>,
{
    async fn at_rate(mut self, index: usize, schedule: Schedule, begun: Instant) -> Done {
        for number in 0.. {
            let intended = begun + schedule.start_of(index, number);
            if intended >= self.end {
                break;
            }
            let free = Instant::now();
            if free >= self.end {
                self.part.missed += 1;
                continue;
            }
            let work = (self.source)();
            if !self.prepared(&work).await {
                continue;
            }
            let waited = if free >= intended {
                free - intended
            } else if Instant::now() >= intended {
                // Preparing took longer than there was time until the intended start.
                Duration::ZERO
            } else {
                tokio::time::sleep_until(intended).await;
                let late = intended.elapsed();
                if late > TIMER_SLACK {
                    late
                } else {
                    Duration::ZERO
                }
            };
            self.timed(&work, waited, intended >= self.from).await;
        }
        self.done()
    }

    async fn at_full_speed(mut self) -> Done {
        // One operation after the warm-up at least, however long operations take.
        let mut attempted = false;
        loop {
            let free = Instant::now();
            let counts = free >= self.from;
            if free >= self.end && attempted {
                return self.done();
            }
            let work = (self.source)();
            if self.prepared(&work).await {
                self.timed(&work, Duration::ZERO, counts).await;
            }
            if counts {
                attempted = true;
                self.busy += free.elapsed();
            }
        }
    }

    async fn in_waves(mut self, size: usize, together: &Together) -> Done {
        loop {
            let mut wave = Vec::with_capacity(size);
            for _ in 0..size {
                let work = (self.source)();
                if self.prepared(&work).await {
                    wave.push(work);
                }
            }
            together.barrier.wait().await;
            let begun = Instant::now();
            let counts = begun >= self.from;
            for work in &wave {
                self.timed(work, Duration::ZERO, counts).await;
            }
            if counts {
                self.busy += begun.elapsed();
            }
            // One connection decides for all, so that all do the same number of waves, and one
            // after the warm-up at least.
            let is_leader = together.barrier.wait().await.is_leader();
            if is_leader && counts && Instant::now() >= self.end {
                together.over.store(true, Ordering::SeqCst);
            }
            together.barrier.wait().await;
            if together.over.load(Ordering::SeqCst) {
                return self.done();
            }
        }
    }

    async fn prepared(&mut self, work: &Work<S::Operation>) -> bool {
        match self.session.prepare(&work.operation).await {
            Ok(()) => true,
            Err(error) => {
                self.failed(&error).await;
                false
            }
        }
    }

    async fn timed(&mut self, work: &Work<S::Operation>, waited: Duration, counts: bool) {
        let sent = Instant::now();
        let outcome = self.session.call(&work.operation).await;
        let answered = Instant::now();
        match outcome {
            Err(error) => self.failed(&error).await,
            Ok(()) if counts => {
                let service = answered - sent;
                self.part.operations += 1;
                self.part.items += work.items;
                self.part.service.record(service);
                self.part.latency.record(waited + service);
                self.last = answered;
            }
            Ok(()) => {}
        }
    }

    async fn failed(&mut self, error: &BenchError) {
        self.part.count_error(error);
        tokio::time::sleep(ERROR_PAUSE).await;
    }

    fn done(self) -> Done {
        Done {
            part: self.part,
            busy: self.busy,
            last: self.last,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// Takes a fixed time, stalls once, and fails at chosen operations.
    struct Scripted {
        number: u64,
        takes: Duration,
        stall: Option<(u64, Duration)>,
        fails_every: u64,
        prepares: Duration,
    }

    impl Scripted {
        fn taking(takes: Duration) -> Self {
            Self {
                number: 0,
                takes,
                stall: None,
                fails_every: u64::MAX,
                prepares: Duration::ZERO,
            }
        }
    }

    impl Session for Scripted {
        type Operation = ();

        async fn prepare(&mut self, (): &()) -> Result<(), BenchError> {
            tokio::time::sleep(self.prepares).await;
            Ok(())
        }

        async fn call(&mut self, (): &()) -> Result<(), BenchError> {
            self.number += 1;
            let stall = self.stall.filter(|(number, _)| *number == self.number);
            tokio::time::sleep(stall.map_or(self.takes, |(_, time)| time)).await;
            if self.number.is_multiple_of(self.fails_every) {
                return Err(BenchError::Refused {
                    status: 503,
                    code: "overloaded".into(),
                    message: "try again".into(),
                });
            }
            Ok(())
        }
    }

    fn plan(pace: Pace, time: Duration) -> Plan {
        Plan {
            pace,
            warm_up: Duration::ZERO,
            time,
            wave: 0,
        }
    }

    fn with(sessions: Vec<Scripted>) -> Vec<(Scripted, impl FnMut() -> Work<()> + Send)> {
        let pair = |session| (session, || Work::one(()));
        sessions.into_iter().map(pair).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_stall_is_charged_to_every_operation_it_delays() {
        let mut session = Scripted::taking(Duration::ZERO);
        session.stall = Some((300, Duration::from_millis(100)));
        let plan = plan(Pace::Rate(1_000.0), Duration::from_secs(1));
        let measured = drive(with(vec![session]), &plan).await.unwrap();
        assert_eq!(measured.operations, 1_000);
        let delayed = measured.latency.count_from(Duration::from_millis(2));
        assert!((95..=101).contains(&delayed), "{delayed} of about 100");
        let half = measured.latency.count_from(Duration::from_millis(50));
        assert!((48..=52).contains(&half), "{half} of about 50");
        assert_eq!(measured.service.count_from(Duration::from_millis(2)), 1);
        assert!(!measured.fell_behind());
    }

    #[tokio::test(start_paused = true)]
    async fn full_speed_does_not_correct() {
        let mut session = Scripted::taking(Duration::from_millis(1));
        session.stall = Some((300, Duration::from_millis(100)));
        let plan = plan(Pace::Full, Duration::from_secs(1));
        let measured = drive(with(vec![session]), &plan).await.unwrap();
        assert_eq!(measured.latency.count_from(Duration::from_millis(2)), 1);
        assert!((895..=905).contains(&measured.operations));
        assert_eq!(measured.asked, None);
    }

    #[tokio::test(start_paused = true)]
    async fn an_unsustainable_rate_falls_behind_and_says_so() {
        let sessions = || {
            vec![
                Scripted::taking(Duration::from_millis(10)),
                Scripted::taking(Duration::from_millis(10)),
            ]
        };
        let hard = plan(Pace::Rate(1_000.0), Duration::from_secs(2));
        let measured = drive(with(sessions()), &hard).await.unwrap();
        assert!(measured.fell_behind());
        assert!(
            (measured.per_second() - 200.0).abs() < 5.0,
            "{}",
            measured.per_second()
        );
        assert_eq!(measured.operations + measured.missed, 2_000);
        assert!(measured.latency.max() > Duration::from_millis(1_500));
        assert!(measured.service.max() < Duration::from_millis(12));
        let easy = plan(Pace::Rate(100.0), Duration::from_secs(2));
        let measured = drive(with(sessions()), &easy).await.unwrap();
        assert!(!measured.fell_behind());
        assert!(measured.latency.max() < Duration::from_millis(12));
    }

    #[tokio::test(start_paused = true)]
    async fn errors_are_counted_by_name_and_are_no_measurements() {
        let mut session = Scripted::taking(Duration::from_millis(1));
        session.fails_every = 4;
        let plan = plan(Pace::Rate(100.0), Duration::from_secs(1));
        let measured = drive(with(vec![session]), &plan).await.unwrap();
        assert_eq!(measured.errors["503 overloaded"], 25);
        assert_eq!((measured.operations, measured.failed()), (75, 25));
        assert_eq!(measured.latency.count(), 75);
        assert!(measured.first_error.unwrap().contains("try again"));
    }

    #[tokio::test(start_paused = true)]
    async fn the_warm_up_is_not_measured() {
        let plan = Plan {
            warm_up: Duration::from_secs(1),
            ..plan(Pace::Rate(100.0), Duration::from_secs(1))
        };
        let mut session = Scripted::taking(Duration::from_millis(1));
        session.stall = Some((10, Duration::from_millis(500)));
        let measured = drive(with(vec![session]), &plan).await.unwrap();
        assert_eq!(measured.operations, 100);
        assert!(measured.latency.max() < Duration::from_millis(3));
    }

    #[tokio::test(start_paused = true)]
    async fn preparing_is_no_part_of_the_time() {
        let sessions = |count: usize| {
            let session = |_| Scripted {
                prepares: Duration::from_millis(20),
                ..Scripted::taking(Duration::from_millis(2))
            };
            (0..count).map(session).collect::<Vec<_>>()
        };
        let rate = plan(Pace::Rate(25.0), Duration::from_secs(1));
        let measured = drive(with(sessions(1)), &rate).await.unwrap();
        assert!(
            measured.latency.max() < Duration::from_millis(4),
            "{}",
            measured.latency
        );
        let waves = Plan {
            wave: 10,
            ..plan(Pace::Full, Duration::from_secs(1))
        };
        let measured = drive(with(sessions(4)), &waves).await.unwrap();
        assert_eq!(measured.operations % 40, 0);
        assert!(measured.latency.max() < Duration::from_millis(4));
        // Four connections, each with one operation in two milliseconds of timed time.
        let rate = measured.per_second();
        assert!((1_300.0..=2_100.0).contains(&rate), "{rate}");
    }

    #[tokio::test]
    async fn a_load_needs_connections_and_a_positive_rate() {
        let full = plan(Pace::Full, Duration::ZERO);
        assert!(drive(with(vec![]), &full).await.is_err());
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let plan = plan(Pace::Rate(rate), Duration::ZERO);
            let session = Scripted::taking(Duration::ZERO);
            assert!(drive(with(vec![session]), &plan).await.is_err(), "{rate}");
        }
    }
}
