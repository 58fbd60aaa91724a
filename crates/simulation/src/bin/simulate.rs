//! Runs random seeds on every processor until so many virtual hours have passed, and says what was done in one line at the end.
//!
//! ```text
//! simulate --hours 10 --minutes 30    ten virtual cluster-hours, or half an hour of real time
//! simulate --seed 42                  one seed again, told step by step (RUST_LOG=debug for more)
//! ```

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::catch_unwind;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use acquaint_simulation::{Outcome, run};
use clap::Parser;
use tracing_subscriber::EnvFilter;

/// Seeds that fail until no more are tried: one is enough to work on, a few tell more.
const FAILED_MAX: usize = 5;

/// Simulates clusters under faults.
#[derive(Parser)]
struct Arguments {
    /// Virtual cluster-hours to run.
    #[arg(long, default_value_t = 1.0)]
    hours: f64,
    /// Real minutes after which no seed is begun any more.
    #[arg(long, default_value_t = 600.0)]
    minutes: f64,
    /// The first seed; those after it follow. Without it, a new one.
    #[arg(long)]
    from: Option<u64>,
    /// Only this seed, told step by step.
    #[arg(long)]
    seed: Option<u64>,
}

/// What all seeds have come to.
#[derive(Default)]
struct Total {
    seeds: u64,
    virtual_time: Duration,
    writes: u64,
    reads: u64,
    messages: u64,
    faults: BTreeMap<&'static str, u64>,
    failed: Vec<u64>,
}

impl Total {
    fn add(&mut self, outcome: &Outcome) {
        self.seeds += 1;
        self.virtual_time += outcome.virtual_time;
        self.writes += outcome.operations.writes;
        self.reads += outcome.operations.reads;
        self.messages += outcome.messages.sent;
        for (kind, count) in &outcome.faults {
            *self.faults.entry(kind).or_default() += count;
        }
        for (kind, count) in [
            ("message lost", outcome.messages.lost),
            ("message reordered", outcome.messages.reordered),
            ("message refused", outcome.messages.refused),
        ] {
            *self.faults.entry(kind).or_default() += count;
        }
    }

    fn line(&self, took: Duration) -> String {
        let faults = self
            .faults
            .iter()
            .map(|(kind, count)| format!("{kind} {count}"));
        format!(
            "simulate: {} seeds, {:.2} virtual cluster-hours in {:.0} s, {} writes and {} reads, {} messages; {}; {} failed",
            self.seeds,
            self.virtual_time.as_secs_f64() / 3_600.0,
            took.as_secs_f64(),
            self.writes,
            self.reads,
            self.messages,
            faults.collect::<Vec<_>>().join(", "),
            self.failed.len(),
        )
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match arguments.seed {
        Some(seed) => {
            let filter = EnvFilter::try_from_default_env().unwrap_or(EnvFilter::new("off"));
            tracing_subscriber::fmt()
                .with_env_filter(filter)
                .with_writer(std::io::stderr)
                .init();
            let outcome = run(seed, true);
            println!("{outcome:#?}");
            exit_code(outcome.broken.is_none())
        }
        None => many(&arguments),
    }
}

fn many(arguments: &Arguments) -> ExitCode {
    let from = arguments.from.unwrap_or_else(new_seed);
    println!("simulate: seeds from {from}");
    let (next, total) = (AtomicU64::new(from), Mutex::new(Total::default()));
    let began = Instant::now();
    let wanted = Duration::from_secs_f64(arguments.hours * 3_600.0);
    let is_over = || {
        let total = total.lock().unwrap_or_else(PoisonError::into_inner);
        total.virtual_time >= wanted
            || total.failed.len() >= FAILED_MAX
            || began.elapsed().as_secs_f64() >= arguments.minutes * 60.0
    };
    let work = || {
        while !is_over() {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            let ended = catch_unwind(|| run(seed, false));
            let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
            let broken = match &ended {
                Ok(outcome) => {
                    total.add(outcome);
                    outcome.broken.clone()
                }
                Err(panic) => Some(format!("it panicked: {}", text(&**panic))),
            };
            if let Some(broken) = broken {
                total.failed.push(seed);
                println!("seed {seed}: {broken}\n  again: make simulate SEED={seed}");
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, |threads| threads.get());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    let total = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!("{}", total.line(began.elapsed()));
    exit_code(total.failed.is_empty())
}

/// A seed that was hardly ever used before.
fn new_seed() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(1, |since| since.as_secs() * 1_000_000)
}

fn text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text")
}

fn exit_code(is_fine: bool) -> ExitCode {
    match is_fine {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
