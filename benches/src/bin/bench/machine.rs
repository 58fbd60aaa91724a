//! Commit, versions and disk of a run.

use std::path::Path;
use std::process::Command;

use acquaint_tests::{binary, repository};

/// The first line that a program prints, or `unknown`.
fn first_line(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(repository())
        .output();
    let text = output.ok().filter(|output| output.status.success());
    let text = text.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let line = text.as_deref().and_then(|text| text.lines().next());
    line.unwrap_or("unknown").trim().to_owned()
}

/// The commit of the binary that is measured.
pub(crate) fn commit() -> String {
    if let Ok(commit) = std::env::var("BENCH_COMMIT") {
        return commit;
    }
    if std::env::var_os("ACQUAINT_BIN").is_some() {
        return "unknown (ACQUAINT_BIN)".to_owned();
    }
    let commit = first_line("git", &["rev-parse", "--short=12", "HEAD"]);
    let changed = first_line("git", &["status", "--porcelain", "--untracked-files=no"]);
    match changed.as_str() {
        "unknown" => commit,
        _ => format!("{commit} with changes"),
    }
}

/// Seconds and date in UTC.
pub(crate) fn date() -> String {
    first_line("date", &["-u", "+%Y-%m-%dT%H:%M:%SZ"])
}

/// Node and compiler with their versions.
pub(crate) fn versions() -> Vec<(String, String)> {
    let node = binary().display().to_string();
    vec![
        ("acquaint".to_owned(), first_line(&node, &["--version"])),
        ("rustc".to_owned(), first_line("rustc", &["--version"])),
    ]
}

/// Device and file system of a directory, from the table of mounts.
pub(crate) fn disk(dir: &Path) -> String {
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
    let dir = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    let mount = |line: &str| {
        let mut fields = line.split(' ');
        let (device, point, kind) = (fields.next()?, fields.next()?, fields.next()?);
        dir.starts_with(point)
            .then(|| (point.len(), format!("{kind} on {device}")))
    };
    let longest = mounts.lines().filter_map(mount).max();
    longest.map_or_else(|| "unknown".to_owned(), |(_, text)| text)
}
