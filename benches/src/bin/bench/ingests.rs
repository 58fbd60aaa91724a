//! Rows of ingest, each beside PostgreSQL doing the same, and mixed load.

use acquaint_bench::{Kind, Pace, Settings, Workload, run};
use acquaint_benches::peers::Postgres;

use crate::contender::{Contender, Heading, Runs, Sample, measure, reason, together};
use crate::lookups::settings;
use crate::node::Node;
use crate::options::Options;
use crate::peers::{POSTGRES_MERGE, Peer, Write, postgres_writes, write_once};
use crate::results::{Part, Row};
use crate::store::fdatasync;

/// Clients that send single messages.
pub(crate) const SINGLES_CONNECTIONS: usize = 64;
const BATCHES_CONNECTIONS: usize = 8;
const LARGE_CONNECTIONS: usize = 4;
const MIXED_CONNECTIONS: usize = 16;
const STEADY_SHARE: f64 = 0.5;

/// Everything that ingest is measured with.
pub(crate) struct Ingests<'a> {
    pub(crate) options: &'a Options,
    pub(crate) node: &'a Node,
    pub(crate) postgres: &'a Peer<Postgres>,
}

/// Connections of a batch size.
fn connections_of(batch: usize) -> usize {
    match batch {
        1 => SINGLES_CONNECTIONS,
        1_000 => LARGE_CONNECTIONS,
        _ => BATCHES_CONNECTIONS,
    }
}

impl Ingests<'_> {
    fn settings(&self, workload: Workload, batch: usize) -> Settings {
        Settings {
            batch,
            ..settings(self.options, workload, connections_of(batch))
        }
    }

    fn kind(&self, workload: Workload) -> Kind {
        match workload {
            Workload::IngestNew => Kind::New,
            Workload::IngestMerge => Kind::Merge,
            Workload::IngestOmnichannel => Kind::Omnichannel,
            _ => Kind::Known(self.options.profiles),
        }
    }

    /// One kind of messages in batches of one size.
    pub(crate) async fn row(&self, workload: Workload, batch: usize, runs: &mut Runs) -> Row {
        let (kind, connections) = (self.kind(workload), connections_of(batch));
        let peer =
            |write| postgres_writes(self.postgres, self.options, write, kind, batch, connections);
        let mut contenders = vec![
            self.node.runs(self.settings(workload, batch)),
            peer(Write::Merge),
        ];
        let is_simple = matches!(workload, Workload::IngestNew | Workload::IngestKnown);
        if is_simple && matches!(batch, 1 | 100) {
            contenders.push(peer(Write::Insert));
        }
        let people = match workload {
            Workload::IngestNew => "new people",
            Workload::IngestMerge => "every third message joins two profiles",
            Workload::IngestOmnichannel => "eight channels",
            _ => "known people",
        };
        let heading = Heading {
            id: &format!("{workload}-{batch}"),
            part: Part::Ingest,
            title: &format!("{people}, batches of {batch}"),
            unit: "messages/s",
            connections,
        };
        measure(heading, contenders, self.options.rounds, runs).await
    }

    /// Batches of 100, half of the time about new people and half about known ones.
    pub(crate) async fn new_and_known(&self, runs: &mut Runs) -> Row {
        const BATCH: usize = 100;
        let half = Options {
            time: self.options.time.mul_f64(0.5),
            ..self.options.clone()
        };
        let half = &half;
        let kinds = [Workload::IngestNew, Workload::IngestKnown];
        let node = Contender::new("node", move |number| {
            let settings = kinds.map(|workload| Settings {
                run: number,
                time: half.time,
                ..self.settings(workload, BATCH)
            });
            let target = &self.node.target;
            async move {
                let first = run(target, &settings[0]).await.map_err(reason)?;
                let second = run(target, &settings[1]).await.map_err(reason)?;
                Ok(together(Sample::from(first), Sample::from(second)))
            }
        });
        let half = &half;
        let peer = match self.postgres {
            Err(reason) => Contender::missing(POSTGRES_MERGE, reason.clone()),
            Ok(postgres) => Contender::new(POSTGRES_MERGE, move |number| {
                let kinds = kinds.map(|workload| self.kind(workload));
                let write = move |kind| {
                    let connections = connections_of(BATCH);
                    write_once(
                        postgres,
                        half,
                        Write::Merge,
                        kind,
                        BATCH,
                        connections,
                        number,
                    )
                };
                async move { Ok(together(write(kinds[0]).await?, write(kinds[1]).await?)) }
            }),
        };
        let heading = Heading {
            id: "ingest-new-and-known-100",
            part: Part::Ingest,
            title: "new and known people in turn, batches of 100",
            unit: "messages/s",
            connections: connections_of(BATCH),
        };
        measure(heading, vec![node, peer], self.options.rounds, runs).await
    }

    /// One client that waits for each answer, beside one fdatasync after another.
    async fn one_client(&self, runs: &mut Runs) -> Row {
        let settings = settings(self.options, Workload::IngestKnown, 1);
        let kind = self.kind(Workload::IngestKnown);
        let contenders = vec![
            self.node.runs(settings),
            fdatasync(self.node.server.dir(), self.options.time.mul_f64(0.5)),
            postgres_writes(self.postgres, self.options, Write::Merge, kind, 1, 1),
        ];
        let heading = Heading {
            id: "ingest-known-one-client",
            part: Part::Ingest,
            title: "known people, one client, one message at a time",
            unit: "messages/s",
            connections: 1,
        };
        measure(heading, contenders, self.options.rounds, runs).await
    }

    /// All rows of ingest.
    pub(crate) async fn rows(&self, runs: &mut Runs) -> Vec<Row> {
        let mut rows = vec![self.one_client(runs).await];
        for workload in [
            Workload::IngestKnown,
            Workload::IngestNew,
            Workload::IngestMerge,
            Workload::IngestOmnichannel,
        ] {
            for batch in [1, 10, 100, 1_000] {
                rows.push(self.row(workload, batch, runs).await);
            }
        }
        rows.push(self.new_and_known(runs).await);
        rows
    }

    /// Lookups and messages on the same connections.
    pub(crate) async fn mixed(&self, runs: &mut Runs) -> Vec<Row> {
        let mut rows = Vec::new();
        for (workload, title) in [
            (Workload::Mixed95, "95 % lookups, 5 % messages"),
            (Workload::Mixed50, "50 % lookups, 50 % messages"),
        ] {
            let settings = settings(self.options, workload, MIXED_CONNECTIONS);
            let heading = Heading {
                id: workload.name(),
                part: Part::Mixed,
                title,
                unit: "operations/s",
                connections: MIXED_CONNECTIONS,
            };
            let contenders = vec![self.node.runs(settings)];
            rows.push(measure(heading, contenders, self.options.rounds, runs).await);
        }
        rows
    }

    /// Single messages at half of the highest rate, for the tail.
    pub(crate) async fn at_a_rate(&self, full: &Row, runs: &mut Runs) -> Option<Row> {
        let highest = full.node.series()?.rate.median;
        let rate = (highest * STEADY_SHARE).round();
        let settings = Settings {
            pace: Pace::Rate(rate),
            ..self.settings(Workload::IngestKnown, 1)
        };
        let heading = Heading {
            id: "rate-ingest-known",
            part: Part::Rates,
            title: &format!(
                "known people, single messages, {rate:.0}/s asked (half of full speed)"
            ),
            unit: "messages/s",
            connections: SINGLES_CONNECTIONS,
        };
        let contenders = vec![self.node.runs(settings)];
        Some(measure(heading, contenders, self.options.rounds, runs).await)
    }
}
