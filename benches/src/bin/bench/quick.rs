//! Six ratios in a few minutes, for before and after a change.

use std::time::Instant;

use acquaint_benches::peers::Postgres;

use acquaint_bench::Workload;

use crate::cluster::Cluster;
use crate::contender::Runs;
use crate::history::{self, Entry};
use crate::identity;
use crate::ingests::Ingests;
use crate::lookups::Lookups;
use crate::node::Node;
use crate::options::{CACHE_BYTES, Options};
use crate::peers::{self, ETCD_PUT, POSTGRES_MERGE, Peer};
use crate::results::{Outcome, Row};

/// A ratio of the quick run.
pub(crate) struct Ratio {
    pub(crate) name: &'static str,
    pub(crate) other: &'static str,
    pub(crate) row: Result<Row, String>,
}

pub(crate) async fn run(options: &Options) -> Result<(), String> {
    let begun = Instant::now();
    let dir = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut runs = Runs::new();
    let mut ratios = Vec::new();
    {
        let node = Node::start(CACHE_BYTES).await?;
        node.load(options).await?;
        let postgres = peers::postgres(dir.path(), options).await;
        let redis = Err("not part of the quick run".to_owned());
        let lookups = Lookups {
            options,
            node: &node,
            postgres: &postgres,
            redis: &redis,
            answer_bytes: node.answer_bytes(&node.customer_lookups("")).await?,
        };
        push(
            &mut ratios,
            "hot lookup",
            "constant bytes",
            Ok(lookups.hot(&mut runs).await),
        );
        let row = lookups.mid_conversation(&mut runs).await;
        push(
            &mut ratios,
            "mid-conversation lookup",
            "constant bytes",
            row,
        );
        ingest(options, &node, &postgres, &mut ratios, &mut runs).await;
    }
    match Cluster::start(dir.path(), options).await {
        Ok(cluster) => {
            let row = cluster.singles(&mut runs).await;
            push(
                &mut ratios,
                "three nodes, single messages",
                ETCD_PUT,
                Ok(row),
            );
        }
        Err(reason) => push(
            &mut ratios,
            "three nodes, single messages",
            ETCD_PUT,
            Err(reason),
        ),
    }
    let row = identity::row(options, &mut runs).await;
    push(&mut ratios, "identity", identity::HASH_MAP, Ok(row));
    print(&ratios);
    history::append(&options.history, &Entry::new(options, &ratios))?;
    println!(
        "appended to {} after {:.0?}",
        options.history.display(),
        begun.elapsed()
    );
    // Refusals are no measurements: the command fails, after all rows are printed.
    let failed = ratios.iter().filter_map(|ratio| ratio.row.as_ref().ok());
    crate::full::without_errors(failed)
}

async fn ingest(
    options: &Options,
    node: &Node,
    postgres: &Peer<Postgres>,
    ratios: &mut Vec<Ratio>,
    runs: &mut Runs,
) {
    let ingests = Ingests {
        options,
        node,
        postgres,
    };
    let row = ingests.new_and_known(runs).await;
    push(
        ratios,
        "batch ingest, new and known people",
        POSTGRES_MERGE,
        Ok(row),
    );
    let row = ingests.row(Workload::IngestKnown, 1, runs).await;
    push(
        ratios,
        "single messages, 64 clients",
        POSTGRES_MERGE,
        Ok(row),
    );
}

fn push(
    ratios: &mut Vec<Ratio>,
    name: &'static str,
    other: &'static str,
    row: Result<Row, String>,
) {
    ratios.push(Ratio { name, other, row });
}

impl Ratio {
    /// The median of the rounds, or the reason why there is none.
    pub(crate) fn value(&self) -> Result<f64, String> {
        let row = self.row.as_ref().map_err(Clone::clone)?;
        if let Some(ratio) = row.ratio(self.other) {
            return Ok(ratio.median);
        }
        let other = row.others.iter().find(|other| other.name == self.other);
        let outcomes = [Some(&row.node), other.map(|other| &other.outcome)];
        let missing = outcomes
            .into_iter()
            .flatten()
            .find_map(|outcome| match outcome {
                Outcome::Missing { missing } => Some(missing.clone()),
                Outcome::Measured(_) => None,
            });
        Err(missing.unwrap_or_else(|| "no operation succeeded".to_owned()))
    }

    /// Rates of node and other.
    pub(crate) fn rates(&self) -> [Option<f64>; 2] {
        let Ok(row) = &self.row else {
            return [None, None];
        };
        let other = row.others.iter().find(|other| other.name == self.other);
        let rate = |outcome: &Outcome| Some(outcome.series()?.rate.median);
        [
            rate(&row.node),
            other.and_then(|other| rate(&other.outcome)),
        ]
    }
}

fn print(ratios: &[Ratio]) {
    println!(
        "{:<36} {:>7}   {:>10} {:>10}",
        "", "ratio", "node/s", "other/s"
    );
    for ratio in ratios {
        let [node, other] = ratio
            .rates()
            .map(|rate| rate.map_or("-".into(), |rate| format!("{rate:.0}")));
        match ratio.value() {
            Ok(value) => println!(
                "{:<36} {value:>7.3}   {node:>10} {other:>10}  / {}",
                ratio.name, ratio.other
            ),
            Err(reason) => println!(
                "{:<36} MISSING   {node:>10} {other:>10}  {reason}",
                ratio.name
            ),
        }
    }
}
