//! How a test says that it cannot run here.
//!
//! - A skipped test passes, so skipping is never silent: the line goes to standard
//!   output and to the file that `tests/run.sh` reads at the end.
//! - In CI a skip that does not stand in `tests/allowed-skips.txt` fails the run.

use std::io::Write;

/// Prints `SKIP <name>: <reason>` and leaves it for the summary of the run. The
/// caller returns at once.
pub fn skip(name: &str, reason: &str) {
    println!("SKIP {name}: {reason}");
    let Some(path) = std::env::var_os("ACQUAINT_SKIPS_FILE") else {
        return;
    };
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .expect("the file of skips can be written");
    writeln!(file, "{name}: {reason}").expect("the file of skips can be written");
}
