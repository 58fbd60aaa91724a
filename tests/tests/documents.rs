//! What the documents promise about the code, held against the code.
//!
//! - `docs/architecture.md` lists every crate and every edge that is allowed between two.
//! - Every error code has its page, and every page its code.
//! - Every metric that a node prints stands in `docs/operations.md`.
//! - Every source file opens with prose, and none is a cliff.
//! - Every relative link in a document leads somewhere.

#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use acquaint_api::ErrorCode;
use acquaint_tests::{Import, Server, ServerOptions, import, repository, table};
use serde_json::json;

/// Code files longer than this are cut in two.
const FILE_LINES_MAX: usize = 500;

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files below the repository with this ending, build results and dot folders aside.
fn files(ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![repository()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                if !name.starts_with('.') && name != "target" && name != "data" {
                    folders.push(path);
                }
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn words_in_backticks(text: &str) -> BTreeSet<String> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// The crates of ours that a manifest depends on, tests of its own aside.
fn edges(manifest: &Path) -> (String, BTreeSet<String>) {
    let manifest: toml::Table = read(manifest).parse().unwrap();
    let short = |name: &str| name.strip_prefix("acquaint-").map(str::to_owned);
    let name = short(manifest["package"]["name"].as_str().unwrap()).unwrap();
    let dependencies = manifest.get("dependencies").and_then(toml::Value::as_table);
    let names = dependencies.into_iter().flat_map(toml::Table::keys);
    (name, names.filter_map(|name| short(name)).collect())
}

#[test]
fn crates_depend_on_each_other_as_the_table_allows() {
    let document = read(&repository().join("docs/architecture.md"));
    let rows = table(&document, "## Allowed edges");
    let allowed: BTreeMap<String, BTreeSet<String>> = rows
        .iter()
        .map(|row| {
            (
                row[0].trim_matches('`').to_owned(),
                words_in_backticks(&row[1]),
            )
        })
        .collect();
    let mut seen = BTreeSet::new();
    for manifest in files("Cargo.toml") {
        if manifest.parent() == Some(repository().as_path()) {
            continue;
        }
        let (name, uses) = edges(&manifest);
        let allowed = allowed.get(&name);
        let allowed = allowed.unwrap_or_else(|| panic!("the crate `{name}` is not in the table"));
        let extra: Vec<_> = uses.difference(allowed).collect();
        assert!(
            extra.is_empty(),
            "`{name}` uses {extra:?}, which docs/architecture.md does not allow"
        );
        seen.insert(name);
    }
    let listed: BTreeSet<String> = allowed.keys().cloned().collect();
    assert_eq!(
        listed, seen,
        "crates in the table, and crates that are there"
    );
}

#[test]
fn pure_crates_depend_on_nothing_of_ours() {
    for name in ["profile", "identity"] {
        let manifest = repository().join(format!("crates/{name}/Cargo.toml"));
        assert_eq!(edges(&manifest).1, BTreeSet::new(), "{name}");
    }
}

#[test]
fn every_error_code_has_its_page() {
    let pages: BTreeSet<String> = files(".md")
        .iter()
        .filter(|path| path.parent() == Some(repository().join("docs/errors").as_path()))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| name != "README")
        .collect();
    let codes: BTreeSet<String> = ErrorCode::ALL
        .iter()
        .map(|code| code.as_str().to_owned())
        .collect();
    assert_eq!(codes, pages, "codes, and pages in docs/errors");
}

#[tokio::test]
async fn every_metric_is_documented() {
    let server = Server::start(&ServerOptions::default()).await;
    let one = [json!({"type": "track", "userId": "u", "event": "Counted"})];
    import(
        &server,
        &one,
        Import {
            batch_messages: 1,
            in_flight: 1,
        },
    )
    .await;
    server.get("/v1/profiles/user_id:u").await;
    let answer = server
        .http()
        .get(server.url("/metrics"))
        .bearer_auth(acquaint_tests::TOKEN);
    let text = answer.send().await.unwrap().text().await.unwrap();
    let printed: BTreeSet<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
        .map(|rest| rest.split(' ').next().unwrap().to_owned())
        .collect();
    assert!(!printed.is_empty(), "no metrics: {text}");
    let documented = words_in_backticks(&read(&repository().join("docs/operations.md")));
    let missing: Vec<_> = printed.difference(&documented).collect();
    assert!(missing.is_empty(), "not in docs/operations.md: {missing:?}");
}

#[test]
fn every_source_file_opens_with_prose() {
    for path in files(".rs") {
        let text = read(&path);
        assert!(
            text.starts_with("//!"),
            "{} does not open with //!",
            path.display()
        );
        // Tests of a file live in it; the bound is for the code above them.
        let code = text.split("#[cfg(test)]").next().unwrap().lines().count();
        assert!(
            code <= FILE_LINES_MAX,
            "{} has {code} lines",
            path.display()
        );
    }
}

#[test]
fn every_relative_link_leads_somewhere() {
    for path in files(".md") {
        let text = read(&path);
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let file = target.split('#').next().unwrap();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            let linked = path.parent().unwrap().join(file);
            assert!(linked.exists(), "{} links to {target}", path.display());
        }
    }
}
