//! `acquaint cluster compare`: do all replicas hold the same?

use acquaint_api::cluster::{ComparisonBody, ComparisonsBody, DigestBody};
use clap::Args;

use super::columns;
use crate::connection::Connection;
use crate::exit::Exit;
use crate::output;

/// Digits of a digest that people compare.
const DIGITS: usize = 12;

#[derive(Debug, Args)]
pub(super) struct Compare {
    /// Print the answer of the API
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

pub(super) async fn compare(arguments: Compare) -> anyhow::Result<Exit> {
    let states = arguments.connection.client()?.compare_states().await?;
    match arguments.json {
        true => output::print_json(&states)?,
        false => output::print(&table(&states))?,
    }
    match states.groups.iter().all(|group| group.agrees) {
        true => Ok(Exit::Success),
        false => Ok(Exit::Failure),
    }
}

fn table(states: &ComparisonsBody) -> String {
    let heading = ["group", "index", "agrees", "nodes"];
    let mut rows = vec![heading.map(str::to_owned).to_vec()];
    rows.extend(states.groups.iter().map(row));
    let mut text = columns::aligned(&rows);
    for group in states.groups.iter().filter(|group| !group.agrees) {
        let nodes: Vec<String> = group.diverged.iter().map(u64::to_string).collect();
        text.push_str(&format!(
            "{} differs on node {}: see docs/operations.md before anything is restarted\n",
            group.group,
            nodes.join(", ")
        ));
    }
    text
}

fn row(group: &ComparisonBody) -> Vec<String> {
    let nodes = group.digests.iter().map(|(node, digest)| {
        let said = digest.as_ref().map_or("no answer".to_owned(), short);
        format!("{node}: {said}")
    });
    let nodes: Vec<String> = nodes.collect();
    let answered = group.digests.values().flatten().count();
    let agrees = match group.agrees {
        true if answered == nodes.len() => "yes".to_owned(),
        true => format!("{answered} of {}", nodes.len()),
        false => "NO".to_owned(),
    };
    vec![
        group.group.clone(),
        output::grouped(group.index),
        agrees,
        nodes.join("  "),
    ]
}

fn short(digest: &DigestBody) -> String {
    digest.hash.chars().take(DIGITS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_named() {
        let digest = |hash: &str| {
            Some(DigestBody {
                index: 1_200,
                hash: hash.repeat(8),
                rows: 7,
            })
        };
        let states = ComparisonsBody {
            groups: vec![ComparisonBody {
                group: "identity-0".to_owned(),
                index: 1_200,
                agrees: false,
                digests: [(1, digest("aa")), (2, digest("bb")), (3, None)].into(),
                diverged: vec![2],
            }],
        };
        let expected = "group       index  agrees  nodes\n\
                        identity-0  1,200  NO      1: aaaaaaaaaaaa  2: bbbbbbbbbbbb  3: no answer\n\
                        identity-0 differs on node 2: see docs/operations.md before anything is restarted\n";
        assert_eq!(table(&states), expected);
    }
}
