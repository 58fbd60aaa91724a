//! Runs a property over random scripts, each from a seed, on several threads.
//!
//! | variable | meaning |
//! |---|---|
//! | `ACQUAINT_SEED` | only the script of this seed: what a failure names |
//! | `ACQUAINT_GRAPHS` | so many scripts instead of the property's own number |
//! | `ACQUAINT_GRAPHS_FROM` | the first seed: others explore other worlds |
//! | `ACQUAINT_GRAPHS_THREADS` | threads, as many as processors by default |
//!
//! A script that fails is shrunk and printed, with the line that repeats it.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::tests::graphs::random::Random;
use crate::tests::graphs::script::Script;
use crate::tests::graphs::shrink::{shrink, wrong};

/// Scripts between two lines of progress.
const PROGRESS_EVERY: u64 = 1_000;

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

/// The first seed, and how many.
fn asked_for(count: u64) -> (u64, u64) {
    match number("ACQUAINT_SEED") {
        Some(seed) => (seed, 1),
        None => (
            number("ACQUAINT_GRAPHS_FROM").unwrap_or(0),
            number("ACQUAINT_GRAPHS").unwrap_or(count),
        ),
    }
}

/// Runs a property that no script can say, and that panics where it does not hold.
pub(crate) fn each_seed<P: Fn(&mut Random)>(count: u64, property: P) {
    let name = name_of(&property);
    let (first, count) = asked_for(count);
    for seed in first..first + count {
        let run = AssertUnwindSafe(|| property(&mut Random::new(seed)));
        if let Err(panic) = catch_unwind(run) {
            report_seed(name, seed);
            resume_unwind(panic);
        }
    }
}

/// Runs `count` scripts, or as many as the environment says; the test fails with the first that does.
pub(crate) fn for_seeds<P: Fn(&mut Random) -> Script + Sync>(count: u64, property: P) {
    let name = name_of(&property);
    let (first, count) = asked_for(count);
    let threads = number("ACQUAINT_GRAPHS_THREADS").unwrap_or_else(|| {
        std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64)
    });
    let next = AtomicU64::new(0);
    let failed = AtomicBool::new(false);
    let work = || {
        while !failed.load(Ordering::Relaxed) {
            let done = next.fetch_add(1, Ordering::Relaxed);
            if done >= count {
                break;
            }
            let script = property(&mut Random::new(first + done));
            if wrong(&script).is_some() && !failed.swap(true, Ordering::Relaxed) {
                report(name, first + done, script);
            }
            if (done + 1).is_multiple_of(PROGRESS_EVERY) {
                eprintln!("{name}: {} of {count}", done + 1);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads.min(count) {
            scope.spawn(work);
        }
    });
    assert!(!failed.load(Ordering::Relaxed), "{name} failed, see above");
}

fn report(name: &str, seed: u64, script: Script) {
    let smallest = shrink(script);
    let wrong = wrong(&smallest).unwrap_or_default();
    eprintln!("{smallest}\n{wrong}\n");
    report_seed(name, seed);
}

fn report_seed(name: &str, seed: u64) {
    eprintln!(
        "failed; once more:\n  ACQUAINT_SEED={seed} cargo test --release -p acquaint-identity --lib {name}"
    );
}

/// The path of the test that a property's closure stands in.
fn name_of<P>(_: &P) -> &'static str {
    let path = std::any::type_name::<P>();
    let path = path.strip_suffix("::{{closure}}").unwrap_or(path);
    path.split_once("::").map_or(path, |(_, path)| path)
}
