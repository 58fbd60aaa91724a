//! Runs a property over random worlds, each from a seed, on several threads.
//!
//! | variable | meaning |
//! |---|---|
//! | `ACQUAINT_SEED` | only the world of this seed: what a failure names |
//! | `ACQUAINT_GRAPHS` | so many worlds instead of the property's own number |
//! | `ACQUAINT_GRAPHS_FROM` | the first seed; another one explores other worlds |
//! | `ACQUAINT_GRAPHS_THREADS` | threads, all processors by default |

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::tests::random::Random;

/// Worlds between two lines of progress.
const PROGRESS_EVERY: u64 = 1_000;

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is no number: {text}")),
    )
}

/// Runs a property over `count` seeds, or as many as the environment says; the test fails with the first seed that does.
pub(crate) fn for_seeds<P: Fn(&mut Random) + Sync>(count: u64, property: P) {
    if let Some(seed) = number("ACQUAINT_SEED") {
        return property(&mut Random::new(seed));
    }
    let name = name_of(&property);
    let first = number("ACQUAINT_GRAPHS_FROM").unwrap_or(0);
    let end = first + number("ACQUAINT_GRAPHS").unwrap_or(count);
    let threads = number("ACQUAINT_GRAPHS_THREADS").unwrap_or_else(|| {
        std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64)
    });
    let next = AtomicU64::new(first);
    let failed = AtomicBool::new(false);
    let work = || {
        while !failed.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end {
                break;
            }
            if catch_unwind(AssertUnwindSafe(|| property(&mut Random::new(seed)))).is_err() {
                failed.store(true, Ordering::Relaxed);
                eprintln!(
                    "failed; again with\n  ACQUAINT_SEED={seed} cargo test --release -p acquaint-identity {name}"
                );
            }
            let done = seed + 1 - first;
            if done.is_multiple_of(PROGRESS_EVERY) {
                eprintln!("{name}: {done} of {}", end - first);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    assert!(
        !failed.load(Ordering::Relaxed),
        "{name} failed; the seed stands above"
    );
}

/// The path of the test that a property's closure stands in.
fn name_of<P>(_: &P) -> &'static str {
    let path = std::any::type_name::<P>();
    let path = path.strip_suffix("::{{closure}}").unwrap_or(path);
    path.split_once("::").map_or(path, |(_, path)| path)
}
