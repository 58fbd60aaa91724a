//! Rows of three nodes on this machine, beside etcd with three members.

use std::path::Path;

use acquaint_bench::{Population, Settings, Target, Workload, load};
use acquaint_benches::nodes;
use acquaint_benches::peers::Etcd;
use acquaint_tests::Server;

use crate::contender::{Heading, Runs, measure, peer_reason, reason};
use crate::lookups::{CONNECTIONS, settings};
use crate::node::{runs as contender, target_of, test_environment};
use crate::options::Options;
use crate::peers::{Peer, etcd_puts};
use crate::results::{Part, Row};

/// Divisible by three, so that every node has as many.
const SINGLES_CONNECTIONS: usize = 63;
/// Customers of the cluster: enough for hot lookups.
const PROFILES_MAX: usize = 10_000;

/// Three nodes with a population of their own.
pub(crate) struct Cluster {
    options: Options,
    _servers: [Server; 3],
    target: Target,
    etcd: Peer<Etcd>,
}

impl Cluster {
    pub(crate) async fn start(dir: &Path, options: &Options) -> Result<Self, String> {
        let servers = nodes::three_with(test_environment()).await;
        let target = target_of(&[&servers[0], &servers[1], &servers[2]]);
        let profiles = options.profiles.min(PROFILES_MAX);
        let population = Population {
            profiles,
            talkers: 0,
            seed: 1,
        };
        load(&target, population).await.map_err(reason)?;
        Ok(Self {
            options: Options {
                profiles,
                ..options.clone()
            },
            _servers: servers,
            target,
            etcd: Etcd::start(dir).await.map_err(peer_reason),
        })
    }

    /// The version of the peer.
    pub(crate) fn etcd_version(&self) -> Peer<String> {
        self.etcd
            .as_ref()
            .map(|etcd| etcd.version.clone())
            .map_err(Clone::clone)
    }

    /// Single messages through all nodes, beside puts through all members.
    pub(crate) async fn singles(&self, runs: &mut Runs) -> Row {
        let settings = settings(&self.options, Workload::IngestKnown, SINGLES_CONNECTIONS);
        let contenders = vec![
            contender("three nodes", &self.target, settings),
            etcd_puts(&self.etcd, &self.options, SINGLES_CONNECTIONS),
        ];
        let heading = Heading {
            id: "cluster-ingest-known-1",
            part: Part::Cluster,
            title: "known people, single messages through all nodes",
            unit: "messages/s",
            connections: SINGLES_CONNECTIONS,
        };
        measure(heading, contenders, self.options.rounds, runs).await
    }

    /// All rows of three nodes.
    pub(crate) async fn rows(&self, runs: &mut Runs) -> Vec<Row> {
        let mut rows = vec![self.singles(runs).await];
        let lines = [
            (
                Workload::IngestKnown,
                100,
                9,
                "cluster-ingest-known-100",
                "known people, batches of 100 through all nodes",
                "messages/s",
            ),
            (
                Workload::LookupHot,
                1,
                CONNECTIONS,
                "cluster-lookup-hot",
                "1,000 customers through all nodes",
                "lookups/s",
            ),
            (
                Workload::LookupStrong,
                1,
                CONNECTIONS,
                "cluster-lookup-strong",
                "1,000 customers through all nodes, consistency=strong",
                "lookups/s",
            ),
        ];
        for (workload, batch, connections, id, title, unit) in lines {
            let settings = Settings {
                batch,
                ..settings(&self.options, workload, connections)
            };
            let heading = Heading {
                id,
                part: Part::Cluster,
                title,
                unit,
                connections,
            };
            let contenders = vec![contender("three nodes", &self.target, settings)];
            rows.push(measure(heading, contenders, self.options.rounds, runs).await);
        }
        rows
    }
}
